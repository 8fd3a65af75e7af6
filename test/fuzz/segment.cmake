flux_fuzz(segment_header LINKS flux_segment)
flux_fuzz(segment_reader LINKS flux_segment)
