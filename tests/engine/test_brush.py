"""While the brush moves panels preview what it covers, on release the exact answer comes, and nothing of the preview stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine.desk import Desk
from docops_desktop.model.timespan import TimeSpan
from tests.engine.conftest import Bench

PANELS = ("timeline", "pages", "heatmap", "segments", "distribution", "totals")
FOLLOWING = set(PANELS) - {"timeline"}


@pytest.fixture
def opened(bench: Bench, workspace_path: Path) -> Bench:
    for panel in PANELS:
        bench.desk.show_panel(panel)
    bench.open(workspace_path)
    bench.heard.clear()
    return bench


def span(desk: Desk, low: int, high: int) -> TimeSpan:
    """Whole bins of the timeline."""
    assert desk.results is not None
    edges = desk.results.get("timeline").edges_ms
    return TimeSpan(int(edges[low]), int(edges[high]))


def previews(bench: Bench) -> list[Any]:
    return [results for results in bench.of("results") if results.preview]


def test_panels_follow_the_brush_and_the_release_is_exact(opened: Bench) -> None:
    desk = opened.desk
    everything = desk.results
    desk.begin_brush()
    opened.settle()
    assert not opened.of("results")
    desk.brush(span(desk, 10, 40))
    opened.settle()
    desk.brush(span(desk, 10, 90))
    opened.settle()
    shown = previews(opened)
    assert [set(results.panels) for results in shown] == [FOLLOWING, FOLLOWING]
    assert shown[0].selection.span == span(desk, 10, 40)
    assert len({results.generation for results in shown}) == 2
    assert desk.selection.span is None
    assert desk.results is everything
    assert not desk.history.undo_text

    desk.end_brush(span(desk, 10, 90))
    opened.settle()
    exact = desk.results
    assert exact is not None
    assert not exact.preview
    assert desk.selection.span == exact.selection.span == span(desk, 10, 90)
    assert exact.totals is not None
    assert shown[1].totals.selected == exact.totals.selected
    assert shown[1].get("segments") == exact.get("segments")
    assert [r.page_views for r in shown[1].pages.rows] == sorted((r.page_views for r in exact.pages.rows), reverse=True)
    assert desk.history.undo_text is not None


def test_steps_before_the_tiles_are_ready_are_answered_by_the_newest(opened: Bench) -> None:
    desk = opened.desk
    for high in (20, 30, 40):
        desk.brush(span(desk, 10, high))
    opened.settle()
    assert [results.selection.span for results in previews(opened)] == [span(desk, 10, 40)]


def test_a_brush_that_changes_nothing_brings_the_last_results_back(opened: Bench) -> None:
    desk = opened.desk
    before = desk.results
    desk.brush(span(desk, 10, 20))
    opened.settle()
    desk.end_brush(None)
    assert opened.of("results")[-1] is before
    opened.settle()
    assert len(opened.of("results")) == 2


def test_nothing_of_the_brush_comes_after_its_release(opened: Bench) -> None:
    desk = opened.desk
    desk.brush(span(desk, 10, 20))
    desk.end_brush(span(desk, 10, 30))
    opened.settle()
    assert previews(opened) == []


def test_another_filter_means_other_tiles(opened: Bench) -> None:
    desk = opened.desk
    desk.brush(span(desk, 10, 40))
    opened.settle()
    desk.end_brush(None)
    desk.keep("country", [desk.workspace_info.dictionaries["country"][0]])
    opened.settle()
    desk.brush(span(desk, 10, 40))
    opened.settle()
    first, second = previews(opened)
    assert 0 < second.totals.selected.values["sessions"] < first.totals.selected.values["sessions"]


def test_a_comparison_with_the_baseline_waits_for_the_release(opened: Bench) -> None:
    desk = opened.desk
    desk.set_view(heatmap_mode="change")
    opened.settle()
    desk.brush(span(desk, 10, 40))
    opened.settle()
    assert set(previews(opened)[-1].panels) == FOLLOWING - {"heatmap"}


def test_closing_forgets_the_tiles(opened: Bench) -> None:
    desk = opened.desk
    desk.brush(span(desk, 10, 40))
    opened.settle()
    desk.close()
    desk.brush(TimeSpan(0, 10))
    opened.settle()
    assert len(previews(opened)) == 1
    assert desk._brush._tiles is None
