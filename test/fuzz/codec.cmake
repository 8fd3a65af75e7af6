flux_fuzz(codec_sps LINKS flux_codec)
