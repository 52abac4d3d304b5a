"""Whatever an analyst does at the desk can be taken back to the very state before, step by step, and repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.engine.desk import Desk
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import RangeClause
from docops_desktop.model.timespan import TimeSpan

Act = Callable[[Desk], None]
DIMENSIONS = st.sampled_from(["country", "carrier", "page_group"])
VALUES = st.sets(st.sampled_from("abc"), min_size=1).map(sorted)
WINDOWS = st.none() | st.integers(0, 5).map(lambda n: TimeSpan(n, n + 10))
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda d, v: lambda desk: desk.keep(d, v), DIMENSIONS, VALUES),
    st.builds(lambda d, v: lambda desk: desk.exclude(d, v), DIMENSIONS, VALUES),
    st.builds(lambda n: lambda desk: desk.add(RangeClause("load_ms", low=float(n))), st.integers(0, 3)),
    st.just(lambda desk: desk.remove(desk.selection.clauses[0]) if desk.selection.clauses else None),
    st.just(lambda desk: desk.clear()),
    st.builds(lambda w: lambda desk: desk.set_window(w), WINDOWS),
    st.builds(lambda w: lambda desk: desk.set_baseline(None if w is None else (w,)), WINDOWS),
    st.builds(lambda d: lambda desk: desk.set_view(heatmap_rows=d), DIMENSIONS),
    st.builds(lambda n: lambda desk: desk.set_scenario(Scenario("", (Change(("*",), "ms", n),))), st.integers(-3, 3)),
)


@given(st.lists(ACTS, max_size=12))
def test_undoing_all_acts_visits_every_state_and_redoing_returns(acts: list[Act]) -> None:
    desk = Desk(settings=SettingsFile(Path(gettempdir()) / "docops-test-settings-unused.json"))
    told: list[tuple[str | None, str | None]] = []
    desk.subscribe("history", told.append)
    try:
        states = [desk.state]
        for act in acts:
            act(desk)
            if desk.state != states[-1]:
                states.append(desk.state)
                assert told[-1] == (desk.history.undo_text, None)
                assert desk.history.undo_text
        for state in reversed(states[:-1]):
            desk.undo()
            assert desk.state == state
        desk.undo()
        assert desk.state == states[0]
        for state in states[1:]:
            desk.redo()
            assert desk.state == state
    finally:
        desk.shut_down()
