"""The desk on a real workspace: gesture to result, undo, restore, import, what-if; no fakes below it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docops_desktop.engine.desk import Desk
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import RangeClause, Selection
from docops_desktop.model.timespan import MS_PER_HOUR, TimeSpan
from tests.engine.conftest import Bench

PANELS = ("timeline", "pages", "heatmap", "segments", "distribution", "totals")


@pytest.fixture
def opened(bench: Bench, workspace_path: Path) -> Bench:
    for panel in PANELS:
        bench.desk.show_panel(panel)
    bench.open(workspace_path)
    return bench


def last_day(desk: Desk) -> TimeSpan:
    info = desk.workspace_info
    assert info is not None
    assert info.span is not None
    end = info.span.end_ms
    return TimeSpan(end - 4 * MS_PER_HOUR, end)


def test_opening_tells_what_is_there_and_fills_all_panels(opened: Bench, workspace_path: Path) -> None:
    info, results = opened.desk.workspace_info, opened.desk.results
    assert info is not None
    assert (info.name, Path(info.path)) == ("demo", workspace_path)
    assert 0 < info.sessions <= 2_000 < info.page_views
    assert info.dictionaries["country"]
    assert info.dictionaries["weekday"][0] == "Mon"
    assert len(info.imports) == info.freshness.files == 1
    assert results is not None
    assert set(results.panels) == set(PANELS)
    assert results.pages is results.get("pages")
    assert results.totals is not None
    assert results.totals.selected.values["sessions"] == info.sessions
    assert [i for i in opened.of("workspace") if i] == [info]
    assert opened.desk.settings.recent == (str(workspace_path),)
    assert not opened.desk.busy
    assert opened.desk.jobs == ()


def test_dictionaries_are_biggest_first(opened: Bench) -> None:
    info = opened.desk.workspace_info
    assert info is not None
    opened.desk.set_view(segments_by=("country",))
    opened.settle()
    results = opened.desk.results
    assert results is not None
    by_size = [row.keys[0] for row in results.get("segments").rows if row.keys[0] != "(not set)"]
    sizes = {row.keys[0]: row.values["sessions"] for row in results.get("segments").rows}
    assert [sizes[v] for v in info.dictionaries["country"] if v in sizes] == [sizes[v] for v in by_size]


def test_a_filter_is_one_step_one_refresh_and_can_be_undone(opened: Bench) -> None:
    desk = opened.desk
    everything = desk.results
    assert everything is not None
    country = desk.workspace_info.dictionaries["country"][0]
    opened.heard.clear()
    desk.keep("country", [country], "segments")
    opened.settle()
    assert len({results.generation for results in opened.of("results")}) == 1
    pages = [results.pages for results in opened.of("results")]
    assert [found and found.first_estimate for found in pages] == [None, True, False]
    assert opened.of("history") == [(f"filter Country = {country}", None)]
    assert desk.results.totals.selected.values["sessions"] < everything.totals.selected.values["sessions"]
    assert desk.results.totals.everything.values == everything.totals.everything.values
    desk.undo()
    opened.settle()
    assert desk.selection.is_empty
    assert desk.results.totals.selected.values == everything.totals.selected.values
    assert opened.of("history")[-1] == (None, f"filter Country = {country}")
    desk.redo()
    opened.settle()
    assert desk.selection.clauses[0].values == (country,)


def test_a_panel_ignores_its_own_clause(opened: Bench) -> None:
    desk = opened.desk
    desk.set_view(segments_by=("country",))
    opened.settle()
    before = desk.results.get("segments").groups
    desk.keep("country", [desk.workspace_info.dictionaries["country"][0]], "segments")
    opened.settle()
    assert desk.results.get("segments").groups == before
    assert desk.results.totals.selected.values["sessions"] < desk.workspace_info.sessions


def test_exclude_add_remove_and_clear(opened: Bench) -> None:
    desk = opened.desk
    first, second = desk.workspace_info.dictionaries["country"][:2]
    desk.exclude("country", [first])
    desk.exclude("country", [second])
    slow = RangeClause("load_ms", low=4000.0)
    desk.add(slow)
    assert desk.selection.clauses[0].values == (first, second)
    desk.remove(slow)
    assert len(desk.selection.clauses) == 1
    desk.set_window(last_day(desk))
    desk.clear()
    assert desk.selection == Selection()
    assert desk.history.undo_text == "clear all filters"
    desk.undo()
    assert desk.selection.span == last_day(desk)
    opened.settle()
    assert opened.of("message") == []


def test_the_baseline_is_the_same_hours_of_the_days_before(opened: Bench) -> None:
    desk = opened.desk
    assert desk.baseline == ()
    window = last_day(desk)
    desk.set_window(window)
    assert desk.baseline == default_baseline(window, desk.workspace_info.span.start_ms, desk.workspace_info.time_zone)
    opened.settle()
    assert desk.results.baseline == desk.baseline
    assert desk.results.get("heatmap").baseline_sessions.sum() > 0
    desk.set_baseline(())
    assert desk.baseline == ()
    opened.settle()
    assert desk.results.get("heatmap").baseline_values.size == 0
    desk.undo()
    assert desk.baseline
    opened.settle()


def test_a_change_of_perspective_is_no_step(opened: Bench) -> None:
    desk = opened.desk
    desk.set_view(heatmap_rows="country")
    desk.set_view(perspective="data")
    desk.undo()
    assert (desk.view.heatmap_rows, desk.view.perspective) == ("device_model", "data")
    assert opened.of("view")[-1] == desk.view
    opened.settle()


def test_selection_and_view_are_restored(opened: Bench, workspace_path: Path, tmp_path: Path) -> None:
    opened.desk.keep("country", ["DE"], "heatmap")
    opened.desk.set_view(heatmap_rows="browser")
    opened.desk.set_view(perspective="investigate")
    opened.desk.set_scenario(Scenario("faster", (Change(("*",), "percent", -10.0),)))
    opened.settle()
    state = opened.desk.state
    opened.desk.shut_down()
    again = Bench(tmp_path)
    try:
        again.open(workspace_path)
        assert again.desk.state == state
        assert again.desk.history.undo_text is None
    finally:
        again.desk.shut_down()


def test_a_saved_view_that_can_not_be_read_is_said_and_left_out(bench: Bench, workspace_path: Path) -> None:
    from docops_desktop.store.workspace import Workspace

    with Workspace.open(workspace_path) as workspace:
        workspace.save_json_value(
            "view_state", {"selection": {"clauses": [{"dimension": "nonsense", "values": ["x"]}]}}
        )
    bench.desk.open(workspace_path)
    bench.settle()
    assert bench.desk.workspace_info is not None
    assert bench.desk.selection.is_empty
    assert [message.kind for message in bench.of("message")] == ["error"]


def test_a_workspace_that_can_not_be_opened_leaves_the_present_one(opened: Bench, tmp_path: Path) -> None:
    info, results = opened.desk.workspace_info, opened.desk.results
    (tmp_path / "junk.docops").write_bytes(b"not a database, certainly" * 100)
    for name in ("missing.docops", "junk.docops"):
        opened.desk.open(tmp_path / name)
        opened.settle()
        assert name in opened.of("message")[-1].text
        assert opened.of("message")[-1].kind == "error"
    assert opened.desk.workspace_info is info
    assert opened.desk.results is results


def test_close_empties_the_desk(opened: Bench) -> None:
    opened.desk.keep("country", ["DE"])
    opened.desk.close()
    opened.settle()
    assert opened.desk.workspace_info is None
    assert opened.desk.results is None
    assert opened.desk.selection.is_empty
    assert opened.of("workspace")[-1] is None


def test_the_whatif_is_answered_for_the_present_selection(opened: Bench) -> None:
    desk = opened.desk
    desk.what_if([Change(("*",), "percent", -20.0)])
    opened.settle()
    first = opened.of("whatif")[-1]
    assert first.sessions == desk.workspace_info.sessions
    desk.what_if([Change(("*",), "percent", -10.0)])
    opened.settle()
    assert opened.of("whatif")[-1].changes[0].value == -10.0
    desk.keep("country", [desk.workspace_info.dictionaries["country"][0]])
    opened.settle()
    assert opened.of("whatif")[-1].sessions < first.sessions
    assert desk.whatif is opened.of("whatif")[-1]
    desk.what_if([])
    assert desk.whatif is None
    assert opened.of("message") == []


def test_the_whatif_can_be_broken_down_by_any_session_dimension(opened: Bench) -> None:
    opened.desk.set_view(whatif_by="browser")
    opened.desk.set_scenario(Scenario("", (Change(("*",), "percent", -20.0),)))
    opened.settle()
    assert opened.of("message") == []
    assert opened.desk.whatif.by == "browser"


def test_an_unanswerable_question_is_said_and_keeps_the_last_results(opened: Bench) -> None:
    good = opened.desk.results
    opened.desk.set_view(segments_by=("custom.nothing",))
    opened.settle()
    assert opened.of("message")[-1].kind == "error"
    assert opened.desk.results is good
    opened.desk.undo()
    opened.settle()
    assert opened.desk.results is not good


def test_a_fault_of_a_subscriber_is_a_defect_that_is_told(opened: Bench) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("in a panel")

    opened.desk.subscribe("selection", broken)
    opened.desk.keep("country", ["DE"])
    opened.settle()
    (message,) = opened.of("message")
    assert message.kind == "defect"
    assert "ZeroDivisionError" in message.details


def test_a_demo_is_made_and_opened(bench: Bench, tmp_path: Path) -> None:
    bench.desk.show_panel("totals")
    bench.desk.make_demo(tmp_path / "new.docops", sessions=1_000, seed=2)
    bench.settle()
    assert bench.of("message") == []
    assert bench.desk.workspace_info.name == "new"
    assert bench.desk.results.totals.selected.values["sessions"] > 0


def test_a_demo_that_is_cancelled_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    job = bench.desk.make_demo(tmp_path / "new.docops", sessions=2_000_000)
    bench.loop.turn_until(lambda: any(view.fraction for view in bench.desk.jobs))
    assert bench.desk.cancel(job)
    bench.settle()
    assert bench.desk.workspace_info is None
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("new")] == []
    assert bench.of("message") == []


def test_an_existing_file_is_never_replaced(bench: Bench, workspace_path: Path) -> None:
    before = workspace_path.read_bytes()
    bench.desk.make_demo(workspace_path, sessions=1_000)
    bench.desk.new(workspace_path)
    bench.settle()
    assert [message.kind for message in bench.of("message")] == ["error", "error"]
    assert workspace_path.read_bytes() == before


def test_forgetting_the_only_import_empties_the_panels(opened: Bench) -> None:
    opened.desk.forget(opened.desk.workspace_info.imports[0].import_id)
    opened.settle()
    assert opened.desk.workspace_info.sessions == 0
    assert opened.desk.workspace_info.imports == ()
    assert opened.desk.workspace_info.span is None
    assert opened.desk.results.totals.selected.values["sessions"] == 0
    assert opened.of("message") == []


def test_without_a_workspace_data_jobs_say_what_to_do(bench: Bench, tmp_path: Path) -> None:
    assert bench.desk.import_files([tmp_path / "x.csv"]) == 0
    assert bench.desk.forget(1) == 0
    assert all("no workspace is open" in message.text for message in bench.of("message"))


def test_a_workspace_in_a_folder_that_can_not_be_written_opens(
    bench: Bench, workspace_path: Path, tmp_path: Path
) -> None:
    bench.desk.show_panel("totals")
    folder = tmp_path / "fixed"
    folder.mkdir()
    shutil.copy(workspace_path, folder / "demo.docops")
    folder.chmod(0o500)
    (folder / "demo.docops").chmod(0o400)
    try:
        bench.open(folder / "demo.docops")
        bench.desk.keep("country", ["DE"])
        bench.settle()
        assert bench.desk.results.totals.selected.values["sessions"] > 0
        assert bench.of("message") == []
    finally:
        folder.chmod(0o700)


def test_inline_dispatch_serves_programs_without_a_loop(workspace_path: Path, tmp_path: Path) -> None:
    desk = Desk(settings=SettingsFile(tmp_path / "settings.json"))
    try:
        desk.show_panel("totals")
        desk.open(workspace_path)
        assert desk.wait_idle(60)
        assert desk.results.totals.selected.values["sessions"] > 0
    finally:
        desk.shut_down()


def test_open_for_reading_only_changes_nothing(bench: Bench, workspace_path: Path) -> None:
    before = workspace_path.read_bytes()
    bench.desk.show_panel("totals")
    bench.desk.open(workspace_path, read_only=True)
    bench.settle()
    bench.desk.keep("country", ["DE"])
    bench.settle()
    assert bench.desk.workspace_info.read_only
    assert bench.desk.results.totals.selected.values["sessions"] > 0
    bench.desk.shut_down()
    assert workspace_path.read_bytes() == before


def test_a_workspace_that_somebody_else_writes_to_can_be_looked_at(
    opened: Bench, workspace_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr("docops_desktop.store.connection.BUSY_TIMEOUT_S", 0.1)
    opened.desk.close()
    opened.settle()
    opened.open(workspace_path)
    with sqlite3.connect(workspace_path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        opened.desk.keep("country", ["DE"])
        opened.settle()
        other.execute("ROLLBACK")
    other.close()
    assert opened.desk.results.selection == opened.desk.selection
    assert opened.of("message") == []


def test_shutting_down_in_the_middle_of_a_job_is_quick_and_leaves_nothing_half_done(
    bench: Bench, tmp_path: Path
) -> None:
    import time

    bench.desk.make_demo(tmp_path / "new.docops", sessions=2_000_000)
    bench.loop.turn_until(lambda: any(view.fraction for view in bench.desk.jobs))
    started = time.monotonic()
    bench.desk.shut_down()
    assert time.monotonic() - started < 8
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("new")] == []
