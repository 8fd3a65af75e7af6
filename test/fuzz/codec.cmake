flux_fuzz(codec_h265 LINKS flux_codec)
flux_fuzz(codec_sps LINKS flux_codec)
