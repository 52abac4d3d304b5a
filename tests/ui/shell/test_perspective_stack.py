"""Perspectives are made when they are asked for, or one by one while chart code is still being imported."""

from __future__ import annotations


def test_a_perspective_is_there_at_once_when_nothing_is_being_prepared(loaded):
    stack = loaded.perspectives
    stack.show_perspective("data")
    assert stack.shown is stack.perspective("data")


def test_while_panels_are_prepared_the_perspective_that_was_asked_for_last_is_shown_when_it_is_made(
    window, desk, qtbot
):
    stack = window.perspectives
    stack.wait_for_prepare()
    desk.give_workspace()
    desk.set_view(perspective="whatif")
    desk.set_view(perspective="investigate")
    assert stack.shown is None
    stack.prepare()
    assert stack.shown is None, "nothing heavy happens in the turn in which it is asked for"
    qtbot.waitUntil(lambda: stack.shown is not None, timeout=60_000)
    assert stack.shown is stack.perspective("investigate")
    assert stack.currentWidget() is stack.shown


def test_after_the_preparation_perspectives_change_at_once_again(window, desk, qtbot):
    stack = window.perspectives
    stack.wait_for_prepare()
    desk.give_workspace()
    stack.prepare()
    qtbot.waitUntil(lambda: not stack._prepares, timeout=60_000)
    assert len(stack.save_layout()) == 4
    stack.show_perspective("data")
    assert stack.shown is stack.perspective("data")
