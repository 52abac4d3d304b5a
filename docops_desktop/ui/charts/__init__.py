"""Reusable drawing: axes, brush, colour scales, inline bars, heatmap. They draw what they are handed and know neither the desk nor a panel."""
