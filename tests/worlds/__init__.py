"""Simulated shops in which the effect of load time on conversion is known, to hold the statistics to."""
