"""The drawing of the load-time distribution: histogram, conversion curve with its band, percentile marks."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.axes import LoadAxis
from docops_desktop.ui.charts.band_plot import BandPlot, drawn_smaller
from docops_desktop.ui.charts.layers import Area, Curve, IntervalBand
from docops_desktop.ui.charts.legend import Key, Legend
from docops_desktop.ui.charts.spans import Spans
from docops_desktop.ui.charts.upright_marks import UprightMark, UprightMarks
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.distribution_curve import RateCurve, rate_curve
from docops_desktop.ui.theme import Theme

_FAR_LOW, _FAR_HIGH = -1.0, 7.0
"""Further than any load time on the axis."""
_HEIGHTS = (0.93, 0.81, 0.69)
"""Labels of the three percentiles stand one below the other: on a narrow chart they would overlap."""


class DistributionChart(BandPlot):
    """Sessions by log load time; positions on the axis are log10(ms)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.legend = Legend(on_panel=True)
        self.whole, self.part, self.curve, self.band = Area(), Area(), Curve(), IntervalBand()
        self.marks, self.beyond = UprightMarks(), Spans()
        self._shrunk = 1.0
        self._legend_for: tuple[float, bool] | None = None
        super().__init__(LoadAxis(), parent)
        self.add(self.beyond, still=True)
        self.add(self.whole, still=True)
        self.add(self.part)
        self.add(self.marks)
        for line in (self.band, self.curve):
            self.add(line, second=True)
        self.word_second(lambda rate: fmt.percent(rate, 1))

    def show_result(self, result: DistributionResult, *, steady: bool = False) -> None:
        """Show a result; ``steady``: the axes stay as they are where they can."""
        edges = log_edges(result)
        if len(edges) < 2:
            return
        part, whole = per_width(edges, result.sessions), per_width(edges, result.all_sessions)
        part_top, whole_top = float(part.max()), float(whole.max())
        self._shrunk = drawn_smaller(part_top, whole_top, self._shrunk if steady else 1.0)
        self.whole.set_bins(edges, whole * self._shrunk)
        self.part.set_bins(edges, part)
        rates = rate_curve(result, edges)
        self.curve.set_points(rates.x, rates.rate)
        self.band.set_band(rates.x, rates.low, rates.high)
        self.set_x_range(float(edges[0]), float(edges[-1]))
        top = part_top if self._shrunk < 1 else whole_top
        self.set_heights(top, _top_of(rates), steady=steady, most=whole_top)
        self._show_marks(result)
        if (self._shrunk, bool(rates.x.size)) != self._legend_for:
            self._write_legend()

    def show_support(self, ends_ms: tuple[float, float] | None) -> None:
        """Hatch what lies beyond these load times: there the what-if gives no answers (None: hatch nothing)."""
        ends = None if ends_ms is None else tuple(float(np.log10(max(ms, 1.0))) for ms in ends_ms)
        spans = () if ends is None else ((_FAR_LOW, ends[0]), (ends[1], _FAR_HIGH))
        if spans != self.beyond.spans:
            self.beyond.set_spans(spans)
            self._write_legend()

    def _show_marks(self, result: DistributionResult) -> None:
        named = zip(("p50", "p75", "p95"), (result.p50, result.p75, result.p95), _HEIGHTS, strict=True)
        self.marks.set_marks(
            tuple(
                UprightMark(float(np.log10(value)), f"{name} {fmt.duration(value)}", height)
                for name, value, height in named
                if value is not None and value > 0
            )
        )

    def _write_legend(self) -> None:
        whole = tr("everything")
        if self._shrunk < 1:
            whole = tr("everything, drawn ÷ {factor}").format(factor=fmt.number(1 / self._shrunk))
        drawn = bool(len(self.curve.points[0]))
        self._legend_for = self._shrunk, drawn
        self.legend.set_keys(
            Key(tr("sessions"), 0, "area"),
            *((Key(tr("conv. rate (right)"), 1, "line"),) if drawn else ()),
            *((Key(tr("hardly observed"), "context_grey", "hatch"),) if self.beyond.spans else ()),
            Key(whole, "context_grey", "area"),
            *((Key(tr("95 % interval"), 1, "band"),) if drawn else ()),
        )

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().dress(theme)
        self.whole.dress(theme.context_grey, 70)
        self.part.dress(theme.series[0], 110)
        self.curve.dress(theme.series[1], max(theme.px(2), 2))
        self.band.dress(theme.series[1])
        self.marks.dress(theme)
        self.beyond.dress(QColor(theme.context_grey))
        self.legend.update()


def log_edges(result: DistributionResult) -> np.ndarray:
    """Return the bins' edges on the axis; an edge at zero stands where 1 ms would."""
    return np.log10(np.maximum(np.asarray(result.edges_ms, float), 1.0))


def per_width(edges: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return counts per bin of the usual width: a wide catch-all bin at an end is no taller than its neighbours, so that areas stand for sessions."""
    widths = np.diff(edges)
    usual = float(np.median(widths))
    return np.asarray(counts, float) * usual / np.where(widths > 0, widths, usual)


def _top_of(rates: RateCurve) -> float:
    """Return the height of the second axis: the curve's, with as much of the band as does not dwarf it."""
    return float(min(rates.high.max(), 2.0 * rates.rate.max())) if rates.rate.size else float("nan")
