// What the conversion kernels are launched with: plain numbers, laid out alike by every compiler.
#pragma once

namespace flux::gpu {

/// One plane of the source.
struct ConvertInput {
  unsigned long long address;
  int pitch;
  int width;   ///< samples of one component
  int height;  ///< lines
  int step;    ///< components by turns: 1 of luma, 2 of chroma
};

/// Which samples a pixel covers along one axis: [from + (index - target) * each, + each), in parts.
struct ConvertAxis {
  float from;
  float each;
  int parts;
  int target;  ///< the first index that is of the picture; before it are bars
  int end;     ///< the first after it
};

/// How a plane's samples become those of the result.
struct ConvertSampling {
  ConvertAxis x;
  ConvertAxis y;
};

struct ConvertOutput {
  unsigned long long address;
  int pitch;
  int step;  ///< bytes from one value to the next in a line
};

struct ConvertParameters {
  ConvertInput luma;
  ConvertInput chroma;
  int wide;         ///< 1: samples of 16 bits, whose upper 8 are the level
  int keepsColour;  ///< 1: `transform` changes nothing

  ConvertSampling lumaSampling;    ///< of a pixel of the result
  ConvertSampling chromaSampling;  ///< of the same
  /// Of a chroma sample of the result, where it has half the columns and rows.
  ConvertSampling quarterLuma;
  ConvertSampling quarterChroma;

  int width;  ///< of the result, in pixels
  int height;
  ConvertOutput out[3];  ///< of R, G, B; Y', Cb, Cr; or grey
  float transform[3][4];
  float fill[3];
  float scale[3];   ///< of tensors
  float offset[3];  ///< of tensors
};

}  // namespace flux::gpu
