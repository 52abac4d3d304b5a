"""Undo and redo as a line of snapshots, each with the text of the act that led to it.

States are immutable values, so that undo is "go back to the value before": there is nothing to invert and nothing to get wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")
STEPS = 100


@dataclass(frozen=True, slots=True)
class Step(Generic[State]):
    """One act: its text and the states before and after it."""

    text: str
    before: State
    after: State


class History(Generic[State]):
    """The present state, and at most ``steps`` acts before it that can be undone."""

    def __init__(self, state: State, steps: int = STEPS) -> None:
        self._state = state
        self._steps = steps
        self._done: list[Step[State]] = []
        self._undone: list[Step[State]] = []

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    def do(self, text: str, after: State) -> bool:
        """Go to a new state as one act; forget what was undone. A state equal to the present one is no act (returns False)."""
        if after == self._state:
            return False
        self._done.append(Step(text, self._state, after))
        del self._done[: -self._steps]
        self._undone.clear()
        self._state = after
        return True

    def replace(self, state: State) -> None:
        """Change the present state without an act (navigation)."""
        self._state = state

    def undo(self, adapt: Callable[[State, State], State] | None = None) -> str | None:
        """Go back before the last act and return its text, None when there is none; ``adapt(restored, present)`` may carry things over."""
        return self._move(self._done, self._undone, adapt, back=True)

    def redo(self, adapt: Callable[[State, State], State] | None = None) -> str | None:
        """Repeat the act that was undone last and return its text, None when there is none."""
        return self._move(self._undone, self._done, adapt, back=False)

    def _move(
        self,
        source: list[Step[State]],
        target: list[Step[State]],
        adapt: Callable[[State, State], State] | None,
        *,
        back: bool,
    ) -> str | None:
        if not source:
            return None
        step = source.pop()
        target.append(step)
        restored = step.before if back else step.after
        self._state = adapt(restored, self._state) if adapt else restored
        return step.text

    @property
    def undo_text(self) -> str | None:
        """Text of the act that ``undo`` would take back."""
        return self._done[-1].text if self._done else None

    @property
    def redo_text(self) -> str | None:
        """Text of the act that ``redo`` would repeat."""
        return self._undone[-1].text if self._undone else None

    def clear(self, state: State) -> None:
        """Start anew from a state (another workspace)."""
        self._state = state
        self._done.clear()
        self._undone.clear()
