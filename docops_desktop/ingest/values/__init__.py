"""Cells to values: numbers, times, addresses, devices, places, channels; each decided by column, each distinct text judged once."""
