"""What was observed and judged, kept."""
