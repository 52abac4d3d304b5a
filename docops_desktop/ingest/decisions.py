"""What was decided about a column as a whole: time format, decimal sign, unit. Never about a single cell.

The first cells decide. When later cells contradict a choice that was only a guess so far, ``Reconsider`` asks for a second reading with the
choice known; when they contradict a choice that was certain, they are faults of their own and go to quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping

from docops_desktop.ingest.blocks import Reconsider

_DECIMAL = "decimal"
_STATE = "State it in a mapping file (format, decimal) if that is wrong"


class Decisions:
    """Choices by topic, each either known from outside, certain by evidence, or a guess so far (``guessed``: by an earlier part of the file)."""

    def __init__(self, known: dict[str, str] | None = None, guessed: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._chosen: dict[str, str] = {**(guessed or {}), **self._known}
        self._certain: set[str] = set(self._known)

    def get(self, topic: str) -> str | None:
        """Return the choice, if there is one."""
        return self._chosen.get(topic)

    def choose(self, topic: str, value: str, *, certain: bool) -> str:
        """Choose once; return the choice that holds."""
        if topic not in self._chosen:
            self._chosen[topic] = value
            if certain:
                self._certain.add(topic)
        return self._chosen[topic]

    def is_certain(self, topic: str) -> bool:
        """Whether evidence has settled the choice."""
        return topic in self._certain

    def confirm(self, topic: str) -> None:
        """Note that evidence has settled the choice."""
        self._certain.add(topic)

    def contradict(self, topic: str, value: str) -> None:
        """Report evidence for another value.

        Raises:
            Reconsider: the choice was a guess.
        """
        if topic not in self._certain:
            raise Reconsider(topic, value)

    @property
    def shown_decimal(self) -> str:
        """The decimal sign that columns of this file show, "" when none does, or they differ."""
        return self._chosen.get(_DECIMAL, "")

    def show_decimal(self, sign: str) -> None:
        """Note the decimal sign that one column shows: columns that leave it open follow it.

        Raises:
            Reconsider: one of those was read otherwise.
        """
        if self._chosen.setdefault(_DECIMAL, sign) != sign:
            self._chosen[_DECIMAL] = ""
            return
        left_open = {topic for topic in self._chosen.keys() - self._certain if topic.startswith(f"{_DECIMAL}:")}
        if _DECIMAL not in self._known and any(self._chosen[topic] != sign for topic in left_open):
            raise Reconsider(_DECIMAL, sign)

    def doubts(self) -> list[str]:
        """Return what no cell settles: whether the day or the month comes first, whether a sign is the decimal one or groups digits."""
        found: list[str] = []
        for topic in sorted(self._chosen.keys() - self._certain):
            kind, _, column = topic.partition(":")
            if kind == "time":
                found.append(
                    f"no cell of {column!r} tells whether the day or the month comes first: read as {self._chosen[topic]}. {_STATE}"
                )
            elif kind == _DECIMAL and column and self._chosen[topic] != self.shown_decimal:
                found.append(
                    f"no cell of {column!r} tells a decimal sign from one that groups digits: read with a decimal {self._chosen[topic]!r}. {_STATE}"
                )
        return found

    def to_json(self) -> dict[str, str]:
        """What was decided, for the ledger and the preview."""
        return dict(sorted(self._chosen.items()))
