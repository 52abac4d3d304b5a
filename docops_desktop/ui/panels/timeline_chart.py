"""The drawing of the timeline: grey whole, filtered part, second line, baseline spans. It is told what to show and knows no desk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.model.measures import measure
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.axes import TimeAxis
from docops_desktop.ui.charts.band_plot import BandPlot, drawn_smaller
from docops_desktop.ui.charts.layers import Area, Curve
from docops_desktop.ui.charts.legend import Key, Legend
from docops_desktop.ui.charts.spans import Spans
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.timeline_words import line_values
from docops_desktop.ui.theme import Theme


class TimelineChart(BandPlot):
    """Sessions as steps, a measure as a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._time_axis = TimeAxis()
        self.legend = Legend(on_panel=True)
        self.whole, self.part, self.line = Area(), Area(), Curve()
        self.baseline = Spans()
        self._line_name, self._shrunk = "load_p75", 1.0
        super().__init__(self._time_axis, parent)
        for layer in (self.baseline, self.whole, self.part):
            self.add(layer)
        self.add(self.line, second=True)

    def show_result(self, result: TimelineResult, line_name: str, currency: str) -> None:
        """Show a result with this measure as the line."""
        if len(result.edges_ms) < 2:
            return
        self._time_axis.set_zone(result.time_zone)
        self._line_name = line_name
        part_top, whole_top = float(result.sessions.max()), float(result.all_sessions.max())
        self._shrunk = drawn_smaller(part_top, whole_top)
        self.whole.set_bins(result.edges_ms, result.all_sessions * self._shrunk)
        self.part.set_bins(result.edges_ms, result.sessions)
        values = line_values(result, line_name)
        self.line.set_points((result.edges_ms[:-1] + result.edges_ms[1:]) / 2, values)
        self.word_second(lambda value: fmt.measure_value(measure(line_name), value, currency))
        self.set_x_range(float(result.edges_ms[0]), float(result.edges_ms[-1]))
        top = float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")
        self.set_heights(part_top if self._shrunk < 1 else whole_top, top)
        self._write_legend()

    def show_baseline(self, spans: Sequence[TimeSpan]) -> None:
        """Shade these spans."""
        shaded = tuple((float(span.start_ms), float(span.end_ms)) for span in spans)
        if shaded != self.baseline.spans:
            self.baseline.set_spans(shaded)
            self._write_legend()

    def _write_legend(self) -> None:
        whole = tr("everything")
        if self._shrunk < 1:
            whole = tr("everything, drawn ÷ {factor}").format(factor=fmt.number(1 / self._shrunk))
        keys = [
            Key(tr("sessions"), 0, "area"),
            Key(tr("{measure} (right)").format(measure=tr(measure(self._line_name).label)), 1, "line"),
            Key(whole, "context_grey", "area"),
        ]
        if self.baseline.spans:
            keys.append(Key(tr("baseline"), "baseline", "hatch"))
        self.legend.set_keys(*keys)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().dress(theme)
        self.whole.dress(theme.context_grey, 70)
        self.part.dress(theme.series[0], 110)
        self.line.dress(theme.series[1], max(theme.px(2), 2))
        faint = QColor(theme.baseline)
        faint.setAlpha(130)
        self.baseline.dress(faint)
        self.legend.update()
