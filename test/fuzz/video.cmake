flux_fuzz(video_decoder LINKS flux_video)
