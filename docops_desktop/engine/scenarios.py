"""The saved what-if scenarios of a workspace: saved, taken up again, renamed, deleted, compared. Each act is one undo step; they live with the view.

Computes nothing: answers come from the what-if scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from docops_desktop.engine.descriptions import shorten
from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import Change, Scenario

if TYPE_CHECKING:
    from docops_desktop.engine.state import AnalystState
    from docops_desktop.engine.whatif_scheduler import Compared, WhatIfScheduler

LONGEST_NAME = 60


class SavedScenarios:
    """Scenarios by name, in the order in which they were saved.

    Args:
        state: gives the analyst's state; ``commit`` makes another one the present, as one undo step with a text.
    """

    def __init__(
        self, state: Callable[[], AnalystState], commit: Callable[[AnalystState, str], None], whatif: WhatIfScheduler
    ) -> None:
        self._state = state
        self._commit = commit
        self._whatif = whatif

    @property
    def saved(self) -> tuple[Scenario, ...]:
        """All that are saved."""
        return self._state().scenarios

    @property
    def present_is_saved(self) -> bool:
        """The changes that are set now are those saved under the present scenario's name."""
        return self._state().scenario in self.saved

    def get(self, name: str) -> Scenario:
        """Return a saved scenario.

        Raises:
            RequestError: there is none of that name.
        """
        for scenario in self.saved:
            if scenario.name == name:
                return scenario
        raise RequestError(f"there is no scenario {name!r}", fix="Choose one of the list")

    def save(self, name: str, changes: tuple[Change, ...] | None = None) -> None:
        """Save changes (the present ones) under a name, in place of what had it.

        Raises:
            RequestError: the name is empty or too long, or there is nothing to save.
        """
        state, name = self._state(), _checked(name)
        scenario = Scenario(name, state.scenario.changes if changes is None else changes)
        if not scenario.changes:
            raise RequestError("the scenario changes nothing", fix="Move a slider first")
        known = [old.name for old in state.scenarios]
        kept = list(state.scenarios)
        if name in known:
            kept[known.index(name)] = scenario
        else:
            kept.append(scenario)
        now = scenario if changes is None else state.scenario
        self._commit(replace(state, scenario=now, scenarios=tuple(kept)), shorten(f"save scenario {name}"))

    def use(self, name: str) -> None:
        """Set the changes of a saved scenario."""
        self._commit(replace(self._state(), scenario=self.get(name)), shorten(f"scenario {name}"))

    def rename(self, name: str, new: str) -> None:
        """Give a saved scenario another name.

        Raises:
            RequestError: the name is empty, too long, or another scenario has it.
        """
        old, new = self.get(name), _checked(new)
        if new == name:
            return
        if any(scenario.name == new for scenario in self.saved):
            raise RequestError(f"there is a scenario {new!r} already", fix="Choose another name, or delete that one")
        state, renamed = self._state(), replace(old, name=new)
        self._commit(
            replace(
                state,
                scenario=renamed if state.scenario == old else state.scenario,
                scenarios=tuple(renamed if scenario == old else scenario for scenario in state.scenarios),
            ),
            shorten(f"rename scenario {name} to {new}"),
        )

    def delete(self, name: str) -> None:
        """Delete a saved scenario; the changes that are set stay."""
        state, old = self._state(), self.get(name)
        kept = tuple(scenario for scenario in state.scenarios if scenario != old)
        self._commit(replace(state, scenarios=kept), shorten(f"delete scenario {name}"))

    def compare(self, scenarios: tuple[Scenario, ...], done: Compared) -> bool:
        """``done(answers)`` in the scenarios' order, about the present selection; False: not yet possible (topic "whatif_model" tells when)."""
        return self._whatif.compare(scenarios, done)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RequestError("the scenario has no name", fix="Type a name")
    if len(name) > LONGEST_NAME:
        raise RequestError(f"the name has more than {LONGEST_NAME} characters", fix="Choose a shorter one")
    return name
