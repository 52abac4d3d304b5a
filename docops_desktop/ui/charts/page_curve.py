"""One page group's conversion by load time: sessions, the raw rate with its interval, the rate of an unchanged mix of visitors, target and observed range."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from docops_desktop.analysis.results.page_story import PageCurve
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.axes import LoadAxis
from docops_desktop.ui.charts.band_plot import BandPlot
from docops_desktop.ui.charts.layers import Area, Curve, IntervalBand
from docops_desktop.ui.charts.legend import Key, Legend
from docops_desktop.ui.charts.spans import Spans
from docops_desktop.ui.charts.upright_marks import UprightMark, UprightMarks
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme

_PART_OF_SUPPORT = 1.35
"""The axis shows the observed range and so much beyond each end: one far bin would squeeze everything else."""


class PageCurveChart(BandPlot):
    """Positions on the axis are log10(ms)."""

    def __init__(self, curve: PageCurve, parent: QWidget | None = None) -> None:
        self.legend = Legend()
        self.sessions, self.raw, self.same, self.band = Area(), Curve(), Curve(), IntervalBand()
        self.beyond = Spans()
        self.target = UprightMarks()
        super().__init__(LoadAxis(), parent)
        for layer in (self.beyond, self.sessions, self.target):
            self.add(layer)
        for line in (self.band, self.raw, self.same):
            self.add(line, second=True)
        self.word_second(lambda rate: fmt.percent(rate, 1))
        self._show(curve)

    def _show(self, curve: PageCurve) -> None:
        edges, x = np.log10(np.maximum(curve.edges_ms, 1.0)), np.log10(curve.load_ms)
        low, high = np.log10(curve.floor_ms / _PART_OF_SUPPORT), np.log10(curve.ceiling_ms * _PART_OF_SUPPORT)
        per_width = curve.n / np.maximum(np.diff(edges), 1e-6)
        self.sessions.set_bins(edges, per_width)
        self.raw.set_points(x, curve.rate)
        self.band.set_band(x, curve.low, curve.high)
        if len(curve.same_visitors):
            self.same.set_points(x, curve.same_visitors)
        self.beyond.set_spans([(low, np.log10(curve.floor_ms)), (np.log10(curve.ceiling_ms), high)])
        self.set_x_range(float(low), float(high))
        self.set_heights(1.12 * float(per_width.max()), float(min(curve.high.max(), 2 * curve.rate.max())))
        self.y_axis.setVisible(False)
        if curve.target_ms is not None:
            label = tr("target {time}").format(time=fmt.duration(curve.target_ms))
            self.target.set_marks((UprightMark(float(np.log10(curve.target_ms)), label, 0.93),))
        keys = [
            Key(tr("sessions"), 0, "area"),
            Key(tr("conv. rate, raw"), 1, "line"),
            Key(tr("95 % interval"), 1, "band"),
        ]
        if len(curve.same_visitors):
            keys.append(Key(tr("same mix of visitors"), 2, "line"))
        self.legend.set_keys(*keys, Key(tr("hardly observed"), "context_grey", "hatch"))

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().dress(theme)
        self.sessions.dress(theme.series[0], 80)
        self.raw.dress(theme.series[1])
        self.band.dress(theme.series[1])
        self.same.dress(theme.series[2])
        self.beyond.dress(QColor(theme.context_grey))
        self.target.dress(theme)
        self.legend.update()
