"""Saved scenarios: each act is one undo step, they come back with the workspace, and their answers stand side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario, Segment
from tests.engine.conftest import Bench

FASTER = (Change((ALL_PAGES,), "percent", -10.0),)
MUCH = (Change((ALL_PAGES,), "percent", -25.0),)
FILM = (Change((ALL_PAGES,), "to_rest", 100.0, Segment("carrier", ("Rheinfunk DE",))),)


@pytest.fixture
def opened(bench: Bench, workspace_path: Path) -> Bench:
    bench.open(workspace_path)
    bench.desk.set_scenario(Scenario("", FASTER))
    bench.settle()
    return bench


def names(bench: Bench) -> list[str]:
    return [scenario.name for scenario in bench.desk.scenarios.saved]


def test_saving_renaming_deleting_are_undoable_steps(opened: Bench) -> None:
    desk = opened.desk
    desk.scenarios.save("  A ")
    assert desk.scenario == Scenario("A", FASTER)
    assert desk.scenarios.present_is_saved
    desk.scenarios.save("B", MUCH)
    assert desk.scenario.changes == FASTER
    desk.scenarios.rename("A", "first")
    assert (names(opened), desk.scenario.name) == (["first", "B"], "first")
    desk.scenarios.delete("first")
    assert names(opened) == ["B"]
    assert desk.scenario.changes == FASTER
    told = opened.of("history")[-4:]
    assert [undo for undo, _ in told] == [
        "save scenario A",
        "save scenario B",
        "rename scenario A to first",
        "delete scenario first",
    ]
    for expected in (["first", "B"], ["A", "B"], ["A"], []):
        desk.undo()
        assert names(opened) == expected
    desk.redo()
    assert names(opened) == ["A"]
    assert [s.name for s in opened.of("scenarios")[-1]] == ["A"]


def test_saving_again_replaces_and_using_sets_the_sliders(opened: Bench) -> None:
    desk = opened.desk
    desk.scenarios.save("A")
    desk.set_scenario(Scenario("A", MUCH))
    assert not desk.scenarios.present_is_saved
    desk.scenarios.use("A")
    assert desk.scenario.changes == FASTER
    desk.set_scenario(Scenario("A", MUCH))
    desk.scenarios.save("A")
    assert desk.scenarios.saved == (Scenario("A", MUCH),)


def test_what_makes_no_scenario_is_refused(opened: Bench) -> None:
    shelf = opened.desk.scenarios
    shelf.save("A")
    shelf.save("B")
    for act, word in (
        (lambda: shelf.save(" "), "no name"),
        (lambda: shelf.save("x" * 61), "more than 60"),
        (lambda: shelf.save("C", ()), "changes nothing"),
        (lambda: shelf.rename("A", "B"), "already"),
        (lambda: shelf.use("Z"), "no scenario 'Z'"),
    ):
        with pytest.raises(RequestError, match=word) as error:
            act()
        assert error.value.fix
    assert names(opened) == ["A", "B"]


def test_they_come_back_with_the_workspace(opened: Bench, workspace_path: Path) -> None:
    opened.desk.scenarios.save("A")
    opened.desk.scenarios.save("film", FILM)
    opened.settle()
    opened.desk.close()
    opened.settle()
    assert names(opened) == []
    opened.open(workspace_path)
    assert opened.desk.scenarios.saved == (Scenario("A", FASTER), Scenario("film", FILM))
    assert opened.desk.scenario == Scenario("A", FASTER)


def test_answers_side_by_side_equal_the_answer_of_each(opened: Bench) -> None:
    desk = opened.desk
    found: list[Any] = []
    asked = (Scenario("A", FASTER), Scenario("B", MUCH))
    assert desk.scenarios.compare(asked, found.append)
    opened.settle()
    (answers,) = found
    assert [answer.changes for answer in answers] == [FASTER, MUCH]
    assert answers[0].conversions == desk.whatif.conversions
    assert not answers[0].first_estimate
    desk.keep("country", [desk.workspace_info.dictionaries["country"][0]])
    assert not desk.scenarios.compare(asked, found.append), "the model is about another selection"
    opened.settle()
    ready = opened.of("whatif_model")[-1]
    assert ready.adjusted
    assert opened.desk.whatif_ready is ready
    assert len(found) == 1


def test_a_scenario_that_these_data_cannot_be_asked_keeps_the_others_answered(opened: Bench) -> None:
    found: list[Any] = []
    gone = Scenario("gone", (Change(("No such page",), "percent", -10.0),))
    assert opened.desk.scenarios.compare((gone, Scenario("A", FASTER)), found.append)
    assert opened.desk.scenarios.compare((Scenario("B", MUCH),), found.append), "several may ask at once"
    opened.settle()
    (refused, answered), (other,) = found
    assert isinstance(refused, RequestError)
    assert answered.changes == FASTER
    assert other.changes == MUCH
    assert opened.of("message") == []


def test_the_whatif_says_a_first_estimate_and_then_the_adjusted_answer(opened: Bench) -> None:
    opened.heard.clear()
    opened.desk.keep("device_type", ["Desktop"])
    opened.settle()
    told = opened.of("whatif")
    assert told[-1].first_estimate is False
    if len(told) > 1:  # the answer of the first model may be overtaken by the second's
        assert told[0].first_estimate
        assert "First estimate" in told[0].warnings[0]
        assert told[0].conversions == told[-1].ladder[1].conversions
    assert opened.of("message") == []


def test_a_segment_is_answered_as_on_the_command_line(opened: Bench) -> None:
    carrier = opened.desk.workspace_info.dictionaries["carrier"][0]
    change = Change((ALL_PAGES,), "percent", -20.0, Segment("carrier", (carrier,)))
    opened.desk.set_scenario(Scenario("", (change,)))
    opened.settle()
    result = opened.desk.whatif
    assert opened.of("message") == []
    assert result.changes == (change,)
    assert result.sessions == opened.desk.workspace_info.sessions
