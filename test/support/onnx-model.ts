// A YOLO-shaped ONNX model that finds bright squares, written as the protobuf that it is (onnx.proto3).

type Field = Buffer;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

const number = (field: number, value: number): Field =>
  Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Buffer): Field =>
  Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
const text = (field: number, value: string): Field => bytes(field, Buffer.from(value, 'utf8'));
const message = (field: number, ...fields: Field[]): Field => bytes(field, Buffer.concat(fields));

const FLOAT = 1;
const INT64 = 7;

function tensor(name: string, dims: number[], values: Float32Array | BigInt64Array): Field {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const type = values instanceof Float32Array ? FLOAT : INT64;
  // GraphProto.initializer: dims, data_type, name, raw_data.
  return message(
    5,
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    text(8, name),
    bytes(9, raw),
  );
}

function ints(name: string, values: number[]): Field {
  // NodeProto.attribute: name, type INTS, ints.
  return message(5, text(1, name), number(20, 7), ...values.map((value) => number(8, value)));
}

function node(op: string, inputs: string[], output: string, ...attributes: Field[]): Field {
  return message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(4, op),
    ...attributes,
  );
}

function value(field: number, name: string, dims: number[]): Field {
  const shape = message(2, ...dims.map((dim) => message(1, number(1, dim))));
  return message(field, text(1, name), message(2, message(1, number(1, FLOAT), shape)));
}

export interface BrightSquareModel {
  /** Of the pictures that it takes, [batch, 3, size, size]. */
  size: number;
  batch: number;
  /** Side of the squares that it finds, in its pixels. */
  square: number;
  /** From one place where it looks to the next. */
  stride: number;
}

/**
 * Its score at a place is the mean brightness of a square there, by one convolution; its output is
 * that of YOLOv8 with one class, [batch, 5, places]: centre, size, score.
 */
export function brightSquareModel({ size, batch, square, stride }: BrightSquareModel): Buffer {
  const across = Math.floor((size - square) / stride) + 1;
  const places = across * across;
  const kernel = new Float32Array(3 * square * square).fill(1 / (3 * square * square));
  const boxes = new Float32Array(batch * 4 * places);
  for (let item = 0; item < batch; item++) {
    for (let place = 0; place < places; place++) {
      const at = item * 4 * places + place;
      boxes[at] = (place % across) * stride + square / 2;
      boxes[at + places] = Math.floor(place / across) * stride + square / 2;
      boxes[at + 2 * places] = square;
      boxes[at + 3 * places] = square;
    }
  }
  const graph = message(
    7,
    node('Conv', ['images', 'kernel'], 'brightness', ints('strides', [stride, stride])),
    node('Reshape', ['brightness', 'shape'], 'scores'),
    node(
      'Concat',
      ['boxes', 'scores'],
      'output0',
      message(5, text(1, 'axis'), number(20, 2), number(3, 1)),
    ),
    text(2, 'bright squares'),
    tensor('kernel', [1, 3, square, square], kernel),
    tensor('shape', [3], BigInt64Array.from([batch, 1, places].map(BigInt))),
    tensor('boxes', [batch, 4, places], boxes),
    value(11, 'images', [batch, 3, size, size]),
    value(12, 'output0', [batch, 5, places]),
  );
  return Buffer.concat([
    number(1, 8), // ir_version
    text(2, 'a test'),
    graph,
    message(8, text(1, ''), number(2, 13)), // opset
    message(14, text(1, 'names'), text(2, "{0: 'square'}")),
    message(14, text(1, 'imgsz'), text(2, `[${size}, ${size}]`)),
  ]);
}
