from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.analysis.results.support import Support, WhatIfReady
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario
from docops_desktop.model.selection import RangeClause
from docops_desktop.ui.panels.distribution import DistributionPanel
from docops_desktop.ui.panels.distribution_curve import EXPECTED_CONVERSIONS, rate_curve
from docops_desktop.ui.panels.distribution_words import bin_lines
from tests.support import mouse, sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def panel(show):
    return show(DistributionPanel, size=(900, 320), distribution=sample_results.distribution())


def pixel(panel, ms):
    y = int(panel.chart.box.sceneBoundingRect().center().y())
    return QPoint(round(panel.chart.to_pixels(math.log10(ms))), y)


def drag(panel, low_ms, high_ms, *, release=True):
    mouse.drag(panel.chart.viewport(), pixel(panel, low_ms), pixel(panel, high_ms), release=release)


def clause(desk):
    return next((c for c in desk.selection.clauses if isinstance(c, RangeClause)), None)


def test_a_brush_keeps_a_range_of_load_times_on_bin_edges(panel, desk):
    edges = panel.result.edges_ms
    drag(panel, edges[30], edges[38])
    found = clause(desk)
    assert (found.number, found.author) == ("load_ms", "distribution")
    assert found.low == round(edges[30])
    assert found.high == round(edges[38])
    assert panel.chart.brush.range == pytest.approx((math.log10(found.low), math.log10(found.high)))


def test_to_the_end_of_the_axis_means_without_an_upper_end(panel, desk):
    edges = panel.result.edges_ms
    panel.chart.brush.committed.emit(math.log10(edges[30]), math.log10(edges[-1]))
    assert math.isinf(clause(desk).high)
    panel.chart.brush.committed.emit(math.log10(edges[0]), math.log10(edges[-1]))
    assert clause(desk) is None


def test_escape_and_undo_take_it_back(panel, desk):
    drag(panel, 2000, 6000)
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Escape)
    assert clause(desk) is None
    assert panel.chart.brush.range is None
    desk.undo()
    assert clause(desk) is not None
    assert panel.chart.brush.range is not None


def test_escape_ends_a_drag_where_it_began(panel, desk):
    drag(panel, 2000, 6000)
    before, panel_range = clause(desk), panel.chart.brush.range
    drag(panel, 6000, 4000, release=False)
    assert panel.chart.brush.range != panel_range
    QTest.keyClick(panel.chart, Qt.Key.Key_Escape)
    assert panel.chart.brush.range == panel_range
    assert clause(desk) == before


def test_arrows_nudge_it(panel, desk):
    drag(panel, 2000, 6000)
    before = clause(desk)
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    after = clause(desk)
    assert after.low > before.low
    assert after.high > before.high


def test_hover_tells_rate_and_interval_or_why_there_is_none(panel):
    QTest.mouseMove(panel.chart.viewport(), pixel(panel, 2000))
    QApplication.processEvents()
    lines = panel.card.plain_text.replace("\u00a0", " ")
    assert "Conversion rate: 3" in lines
    assert " to " in lines.split("Conversion rate")[1]
    QTest.mouseMove(panel.chart.viewport(), pixel(panel, 40_000))
    QApplication.processEvents()
    assert "Conversion rate: n/a" in panel.card.plain_text
    assert "bins together" in panel.card.plain_text
    assert "n = " in panel.card.plain_text


def test_percentiles_are_named_with_their_value(panel):
    labels = [mark.label.replace("\u00a0", " ") for mark in panel.chart.marks.marks]
    assert labels == ["p50 1.64 s", "p75 2.71 s", "p95 6.08 s"]


def test_bins_with_few_sessions_share_a_point_of_the_curve(panel):
    result = panel.result
    x, rates = panel.chart.curve.points
    assert 0 < len(rates) < len(result.sessions)
    assert np.isfinite(rates).all()
    assert (np.diff(x) > 0).all()
    curve = rate_curve(result, panel.edges())
    assert curve.sessions.min() >= result.min_sessions
    assert curve.sessions.sum() == result.sessions.sum()
    share = result.conversions.sum() / result.sessions.sum()
    assert (curve.rate * curve.sessions).sum() == pytest.approx(share * curve.sessions.sum())
    assert (curve.sessions * share).min() >= EXPECTED_CONVERSIONS


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(0, 1)), min_size=1, max_size=40),
)
def test_the_curve_loses_no_session(bins):
    sessions = np.array([n for n, _ in bins])
    conversions = np.array([int(n * share) for n, share in bins])
    nothing = np.full(len(bins), np.nan)
    edges = np.geomspace(100, 10_000, len(bins) + 1)
    result = DistributionResult(
        edges, sessions, conversions, nothing, nothing, nothing, sessions, 30, None, None, None, 0
    )
    curve = rate_curve(result, np.log10(edges))
    if len(curve.rate):
        assert curve.sessions.sum() == sessions.sum()
        assert curve.sessions.min() >= 30
        assert ((curve.low <= curve.rate) & (curve.rate <= curve.high)).all()
        assert (np.bincount(curve.point_of, sessions) == curve.sessions).all()
    else:
        assert (curve.point_of == -1).all()


def test_without_a_known_conversion_there_is_no_curve_and_it_is_said(panel, desk):
    nothing = np.full_like(panel.result.rate, np.nan)
    unknown = replace(
        panel.result, conversions=panel.result.conversions * 0, rate=nothing, rate_low=nothing, rate_high=nothing,
        rate_missing="no conversion is known",
    )  # fmt: skip
    desk.give(distribution=unknown)
    QApplication.processEvents()
    assert not len(panel.chart.curve.points[0])
    assert "conv. rate (right)" not in panel.chart.legend.names
    assert panel.n_text().endswith("conversion rate n/a")
    assert "n/a: no conversion is known" in panel.accessibleDescription()
    _, lines, foot = bin_lines(unknown, 10)
    assert dict(lines)["Conversions"] == dict(lines)["Conversion rate"] == "n/a"
    assert foot == "no conversion is known"
    conversions = panel.sheet().headers.index("conversions")
    assert all(np.isnan(row[conversions]) for row in panel.sheet().rows)


def test_small_bins_leave_neither_as_table_nor_as_picture(panel):
    result = panel.result
    k = int(np.sort(result.sessions[result.sessions > 0])[2]) + 1
    small = (result.sessions > 0) & (result.sessions < k)
    assert len(panel.sheet().suppressed(k).rows) <= len(result.sessions) - small.sum()
    drawn = panel.chart.part.values
    panel.suppress_below(k)
    assert (panel.chart.part.values[small] == 0).all()
    panel.suppress_below(0)
    assert (panel.chart.part.values == drawn).all()


def test_it_reads_as_a_sentence(panel):
    text = panel.accessibleDescription().replace("\u00a0", " ")
    assert "half of the page views within 1.64 s" in text
    assert "Conversion rate from" in text


def test_nothing_measured_is_said(panel, desk):
    empty = sample_results.distribution()
    none = np.zeros_like(empty.sessions)
    from dataclasses import replace

    desk.give(
        distribution=replace(empty, sessions=none, conversions=none, all_sessions=none, p50=None, p75=None, p95=None)
    )
    assert panel.notice.isVisible()
    assert "No load times were measured" in panel.notice.text()


def test_beside_the_whatif_the_observed_range_is_drawn_of_the_page_group_that_changes(panel, desk, monkeypatch):
    support = {
        "Product": Support(480.0, 9_000.0, 2_000.0, 723.0, 41.7, 1_180.0),
        ALL_PAGES: Support(400.0, 12_000.0, 2_100.0, 600.0, 35.0, 1_300.0),
    }
    monkeypatch.setattr(desk._whatif, "ready", WhatIfReady(True, support))
    desk.topics.publish("whatif_model", desk.whatif_ready)
    assert panel.chart.beyond.spans == (), "nowhere else"
    desk.set_view(perspective="whatif")
    assert observed(panel) == pytest.approx((400, 12_000))
    assert "hardly observed" in panel.chart.legend.names
    desk.set_scenario(Scenario("", (Change(("Product",), "percent", -10.0),)))
    assert observed(panel) == pytest.approx((480, 9_000))
    desk.set_view(perspective="investigate")
    assert panel.chart.beyond.spans == ()


def observed(panel):
    (_, low), (high, _) = panel.chart.beyond.spans
    return 10**low, 10**high
