"""Find the cause on a real desk and a real workspace: asked, answered, old, cancelled, saved."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine import cause_jobs
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from tests.engine.conftest import Bench


@pytest.fixture
def opened(bench: Bench, workspace_path: Path) -> Bench:
    bench.open(workspace_path)
    return bench


def last_days(bench: Bench, days: int = 2) -> TimeSpan:
    info = bench.desk.workspace_info
    assert info is not None
    assert info.span is not None
    return TimeSpan(info.span.end_ms - days * MS_PER_DAY, info.span.end_ms)


def ask(bench: Bench, measure: str | None = None) -> None:
    bench.desk.cause.ask(measure)
    bench.settle()


def test_without_a_window_it_asks_what_stands_out(opened: Bench) -> None:
    ask(opened)
    state = opened.desk.cause.state
    assert state.result is not None
    assert state.result.window is None
    assert state.result.baseline == ()
    assert state.request is not None
    assert not state.request.compare
    assert (state.open, state.busy, state.error) == (True, False, "")
    assert [s.busy for s in opened.of("cause")][-2:] == [True, False]
    assert opened.of("message") == []


def test_with_a_window_it_compares_with_the_baseline(opened: Bench) -> None:
    opened.desk.set_window(last_days(opened))
    ask(opened)
    result = opened.desk.cause.state.result
    assert result is not None
    assert result.window == last_days(opened)
    assert result.baseline
    chosen = last_days(opened).shifted(-4 * MS_PER_DAY)
    opened.desk.set_baseline((chosen,))
    ask(opened)
    again = opened.desk.cause.state.result
    assert again is not None
    assert again.baseline == (chosen,)
    opened.desk.set_baseline(())
    ask(opened)
    alone = opened.desk.cause.state.result
    assert alone is not None
    assert alone.baseline == ()


def test_another_selection_makes_it_old_and_undo_makes_it_new_again(opened: Bench) -> None:
    cause = opened.desk.cause
    assert not cause.is_stale
    ask(opened)
    assert not cause.is_stale
    opened.desk.keep("country", ("DE",), "segments")
    assert cause.is_stale
    opened.desk.undo()
    assert not cause.is_stale
    opened.desk.set_window(last_days(opened))
    assert cause.is_stale
    ask(opened)
    assert not cause.is_stale


def test_a_question_that_makes_no_sense_is_said_in_place(opened: Bench) -> None:
    ask(opened, "sessions")
    state = opened.desk.cause.state
    assert state.result is None
    assert "baseline" in state.error
    assert state.open
    opened.desk.set_window(last_days(opened))
    ask(opened)
    assert opened.desk.cause.state.result is not None
    assert opened.desk.cause.state.result.measure == "sessions"
    assert opened.desk.cause.state.error == ""


def test_cancelling_keeps_the_last_answer(opened: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(opened)
    before = opened.desk.cause.state.result
    opened.desk.keep("country", ("DE",))
    explain, pressed = cause_jobs._explain, threading.Event()

    def not_done_before(*given: Any) -> Any:
        assert pressed.wait(60)
        return explain(*given)

    monkeypatch.setattr(cause_jobs, "_explain", not_done_before)
    opened.desk.cause.ask()
    opened.desk.cause.cancel()
    pressed.set()
    opened.settle()
    state = opened.desk.cause.state
    assert state.cancelled
    assert not state.busy
    assert state.result is before
    assert opened.desk.cause.is_stale


def test_closing_puts_it_away_and_opening_brings_it_back(opened: Bench) -> None:
    ask(opened)
    opened.desk.cause.close()
    assert not opened.desk.cause.state.open
    opened.desk.cause.open()
    assert opened.desk.cause.state.open
    assert opened.desk.cause.state.result is not None


def test_another_workspace_knows_nothing_of_it(opened: Bench) -> None:
    ask(opened)
    opened.desk.close()
    assert opened.desk.cause.state.result is None
    assert not opened.desk.cause.state.open
    assert opened.desk.cause.ask() == 0
    assert "no workspace is open" in opened.of("message")[-1].text


def test_a_finding_is_kept_in_the_workspace_with_its_note(opened: Bench) -> None:
    from tests.support.sample_causes import explained

    cause = opened.desk.cause
    ask(opened)
    result = explained()
    cause.show(cause.state.__class__(True, request=cause.state.request, result=result))
    cause.save(result.findings[0], "told the carrier", "Halden H7 Lite on Rheinfunk DE")
    opened.settle()
    (told,) = opened.of("findings")
    found: list[tuple[object, ...]] = []
    cause.saved(found.append)
    opened.settle()
    assert found == [(told,)]
    assert told.note == "told the carrier"
    assert told.payload["where"] == dict(result.findings[0].where)
    assert told.payload["lost_conversions"] == [120.0, 90.0, 150.0]
    assert opened.of("message") == []
    cause.remove(told.finding_id)
    cause.saved(found.append)
    opened.settle()
    assert found[-1] == ()
    assert opened.of("findings")[-1] is None
