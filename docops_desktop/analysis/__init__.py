"""The questions that panels and commands ask, answered from columns: ranking, heatmap, segments, timeline, distribution, what-if.

Nothing here may import Qt.
"""
