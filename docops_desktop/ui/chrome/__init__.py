"""The frame round the perspectives: rail, filter bar with its chips, status bar. Nothing here computes a figure."""
