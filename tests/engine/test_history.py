"""Undo and redo: whatever was done can be taken back exactly, and repeated exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.engine.history import STEPS, History

STATES = st.integers(0, 5)
ACTS = st.lists(st.one_of(STATES.map(lambda state: ("do", state)), st.sampled_from([("undo", 0), ("redo", 0)])))


def apply(history: History[int], act: tuple[str, int]) -> None:
    match act:
        case ("do", state):
            history.do(f"set {state}", state)
        case ("undo", _):
            history.undo()
        case _:
            history.redo()


@given(ACTS, STATES)
def test_undo_of_do_is_identity(before: list[tuple[str, int]], state: int) -> None:
    history = History(0)
    for act in before:
        apply(history, act)
    present, text = history.state, history.undo_text
    if history.do("act", state):
        assert history.undo_text == "act"
        assert history.undo() == "act"
    assert history.state == present
    assert history.undo_text == text


@given(ACTS)
def test_redo_of_undo_is_identity(acts: list[tuple[str, int]]) -> None:
    history = History(0)
    for act in acts:
        apply(history, act)
    state, undo, redo = history.state, history.undo_text, history.redo_text
    if history.undo() is not None:
        assert history.redo() == undo
    assert (history.state, history.undo_text, history.redo_text) == (state, undo, redo)


@given(ACTS)
def test_undoing_everything_returns_to_the_start_and_redoing_everything_to_the_end(acts: list[tuple[str, int]]) -> None:
    history = History(0)
    for act in acts:
        apply(history, act)
    while history.redo() is not None:
        pass
    end = history.state
    while history.undo() is not None:
        pass
    assert history.state == 0
    while history.redo() is not None:
        pass
    assert history.state == end


def test_a_new_act_forgets_what_was_undone() -> None:
    history = History(0)
    history.do("one", 1)
    history.undo()
    history.do("two", 2)
    assert history.redo_text is None
    assert history.undo_text == "two"


def test_an_act_that_changes_nothing_is_none() -> None:
    history = History(0)
    assert not history.do("nothing", 0)
    assert history.undo_text is None


def test_a_hundred_steps_are_kept() -> None:
    history = History(0)
    for state in range(1, STEPS + 51):
        history.do(f"set {state}", state)
    undone = 0
    while history.undo() is not None:
        undone += 1
    assert undone == STEPS
    assert history.state == 50


def test_navigation_is_not_undone() -> None:
    history = History((0, "here"))
    history.do("one", (1, "here"))
    history.replace((1, "there"))
    history.undo(lambda restored, present: (restored[0], present[1]))
    assert history.state == (0, "there")
