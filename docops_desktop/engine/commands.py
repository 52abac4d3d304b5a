"""One registry of commands feeds the menu, the palette, the keys and the help: what exists once can't disagree with itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do.

    Attributes:
        id: stable name, ``group.act``; title: as the menu shows it; group: menu and help section.
        shortcut: portable key text (``Ctrl+Z``), or "".
        label: the title as it is now ("Undo filter ..."), when it changes.
        help: one sentence.
    """

    id: str
    title: str
    group: str
    run: Callable[[], None]
    shortcut: str = ""
    enabled: Callable[[], bool] = _always
    label: Callable[[], str] | None = None
    help: str = ""

    def text(self) -> str:
        """The title now."""
        return self.label() if self.label is not None else self.title


class CommandRegistry:
    """All commands, in the order in which they were registered."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def register(self, command: Command) -> Command:
        """Add a command.

        Raises:
            ValueError: its id or its shortcut is taken.
        """
        if command.id in self._commands:
            raise ValueError(f"the command {command.id!r} is registered twice")
        taken = next((c for c in self if command.shortcut and c.shortcut.lower() == command.shortcut.lower()), None)
        if taken is not None:
            raise ValueError(f"{command.shortcut} of {command.id!r} already runs {taken.id!r}")
        self._commands[command.id] = command
        return command

    def __iter__(self) -> Iterator[Command]:
        return iter(tuple(self._commands.values()))

    def __contains__(self, command_id: object) -> bool:
        return command_id in self._commands

    def __getitem__(self, command_id: str) -> Command:
        return self._commands[command_id]

    def groups(self) -> dict[str, tuple[Command, ...]]:
        """Commands by group, both in order of registration."""
        found: dict[str, list[Command]] = {}
        for command in self:
            found.setdefault(command.group, []).append(command)
        return {group: tuple(commands) for group, commands in found.items()}

    def run(self, command_id: str) -> bool:
        """Run a command; False when it isn't enabled now."""
        command = self._commands[command_id]
        if not command.enabled():
            return False
        command.run()
        return True

    def search(self, text: str) -> tuple[Command, ...]:
        """Enabled commands whose title or group holds the letters of ``text`` in this order, best first (words' beginnings and runs count more)."""
        ranked = [
            (score, index, command)
            for index, command in enumerate(self)
            if command.enabled() and (score := _score(text, f"{command.text()} {command.group}")) is not None
        ]
        return tuple(command for _, _, command in sorted(ranked, key=lambda item: (-item[0], item[1])))


def _score(query: str, text: str) -> float | None:
    """Best of the greedy matches that begin at each place of the first letter; None when the letters aren't there in order."""
    letters, target = query.casefold().replace(" ", ""), text.casefold()
    starts = [n for n, letter in enumerate(target) if letter == letters[0]] if letters else [0]
    scores = [score for start in starts if (score := _score_from(start, letters, target)) is not None]
    return max(scores) - len(target) / 1000 if scores else None


def _score_from(start: int, letters: str, target: str) -> float | None:
    score, position, previous = 0.0, start, -2
    for letter in letters:
        found = target.find(letter, position)
        if found < 0:
            return None
        starts_word = found == 0 or not target[found - 1].isalnum()
        score += 1.0 + (2.0 if found == previous + 1 else 0.0) + (1.5 if starts_word else 0.0)
        previous, position = found, found + 1
    return score
