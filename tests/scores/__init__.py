"""Indicator systems, scores, rankings and the marks people give, from the commands down to the sheets."""
