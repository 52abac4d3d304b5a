"""While the brush moves panels preview what it covers, on release the exact answer comes, and nothing of the preview stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine import brush
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


def in_order(segments: Any) -> Any:
    """The same groups, sorted as a refresh sorts them, without those that have no sessions."""
    rows = sorted((r for r in segments.rows if r.values["sessions"]), key=lambda r: (-r.values["sessions"], r.keys))
    return replace(segments, rows=tuple(rows))


def test_rows_stand_still_while_the_brush_moves_and_are_sorted_on_release(opened: Bench) -> None:
    desk = opened.desk
    before = desk.results
    assert before is not None
    for high in (14, 40, 20):
        desk.brush(span(desk, 10, high))
        opened.settle()
        step = previews(opened)[-1]
        assert [row.keys for row in step.get("segments").rows] == [row.keys for row in before.get("segments").rows]
        assert step.get("heatmap").row_labels == before.get("heatmap").row_labels
        assert step.get("heatmap").column_labels == before.get("heatmap").column_labels
        assert [row.page_group for row in step.pages.rows] == [row.page_group for row in before.pages.rows]
    desk.end_brush(span(desk, 10, 20))
    opened.settle()
    assert in_order(desk.results.get("segments")) == desk.results.get("segments")


def test_panels_follow_the_brush_and_the_release_is_exact(opened: Bench) -> None:
    desk = opened.desk
    everything = desk.results
    ranked = [row.page_group for row in everything.pages.rows]
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
    assert in_order(shown[1].get("segments")) == in_order(exact.get("segments"))
    assert [r.page_group for r in shown[1].pages.rows] == ranked
    assert {r.page_group: r.page_views for r in shown[1].pages.rows if r.page_views} == {
        r.page_group: r.page_views for r in exact.pages.rows
    }
    assert desk.history.undo_text is not None


@pytest.fixture
def slow_tiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Tiles that are not ready before the test lets them."""
    ready, build = threading.Event(), brush.tiles_for

    def wait_and_build(*arguments: Any) -> Any:
        assert ready.wait(60)
        return build(*arguments)

    monkeypatch.setattr(brush, "tiles_for", wait_and_build)
    yield ready
    ready.set()


def test_steps_before_the_tiles_are_ready_are_answered_by_a_pass(opened: Bench, slow_tiles: threading.Event) -> None:
    desk = opened.desk
    for high in (20, 30, 40):
        desk.brush(span(desk, 10, high))
    opened.loop.turn_until(lambda: previews(opened))
    plain = previews(opened)[-1]
    assert plain.selection.span == span(desk, 10, 40)
    assert set(plain.panels) == FOLLOWING - {"pages"}
    slow_tiles.set()
    opened.settle()
    exact = previews(opened)[-1]
    assert set(exact.panels) == FOLLOWING
    assert {results.selection.span for results in previews(opened)} == {span(desk, 10, 40)}
    assert exact.totals.selected == plain.totals.selected
    assert in_order(exact.get("segments")) == in_order(plain.get("segments"))


def test_a_window_too_large_for_a_pass_waits_for_the_tiles(
    opened: Bench, slow_tiles: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brush, "PLAIN_SESSIONS", 0)
    desk = opened.desk
    for high in (38, 39, 40):
        desk.brush(span(desk, 10, high))
    assert not desk._runner.is_busy(brush.BRUSH_LANE)
    slow_tiles.set()
    opened.settle()
    assert [set(results.panels) for results in previews(opened)] == [set(), FOLLOWING]
    assert previews(opened)[-1].selection.span == span(desk, 10, 40)


@pytest.mark.parametrize("at_once", [True, False])
def test_quick_answers_come_at_once_and_slow_ones_from_another_thread(
    opened: Bench, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(brush, "AT_ONCE_SECONDS", 60.0 if at_once else 0.0)
    desk = opened.desk
    desk.brush(span(desk, 10, 40))
    opened.settle()
    seen = len(previews(opened))
    desk.brush(span(desk, 10, 41))
    assert (len(previews(opened)) > seen) is at_once
    opened.settle()
    assert previews(opened)[-1].selection.span == span(desk, 10, 41)


def test_a_brush_that_changes_nothing_brings_the_last_results_back(opened: Bench) -> None:
    desk = opened.desk
    before = desk.results
    desk.brush(span(desk, 10, 20))
    opened.settle()
    assert previews(opened)
    seen = len(opened.of("results"))
    desk.end_brush(None)
    assert opened.of("results")[-1] is before
    opened.settle()
    assert len(opened.of("results")) == seen + 1


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
    first, second = previews(opened)[0], previews(opened)[-1]
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
    seen = len(previews(opened))
    opened.settle()
    assert len(previews(opened)) == seen
    assert desk._brush._tiles is None
