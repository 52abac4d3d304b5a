"""What was decided about a column as a whole: time format, decimal sign, unit. Never about a single cell.

The first cells decide. When later cells contradict a choice that was only a guess so far, ``Reconsider`` asks for a second reading with the
choice known; when they contradict a choice that was certain, they are faults of their own and go to quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping

from docops_desktop.ingest.blocks import Reconsider

DECIMAL, ORDER = "decimal", "order"
_TOPICS = {DECIMAL: "decimal:", ORDER: "time:"}
"""Topics of columns that may leave open what a file shows."""
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

    def shown(self, kind: str) -> str:
        """Return what columns of this file show: the ``decimal`` sign, or what comes first in dates (``order``: ``%d``, ``%m``).

        "" = none shows it, or they differ.
        """
        return self._chosen.get(kind, "")

    def show(self, kind: str, value: str) -> None:
        """Note what one column shows (see ``shown``): columns that leave it open follow it.

        Raises:
            Reconsider: one of those was read otherwise.
        """
        if self._chosen.setdefault(kind, value) != value:
            self._chosen[kind] = ""
        elif kind not in self._known and any(not self._agrees(topic) for topic in self._left_open(kind)):
            raise Reconsider(kind, value)

    def _left_open(self, kind: str) -> list[str]:
        return sorted(topic for topic in self._chosen.keys() - self._certain if topic.startswith(_TOPICS[kind]))

    def _agrees(self, topic: str) -> bool:
        """Whether a choice is what other columns of the file show."""
        kind = DECIMAL if topic.startswith(_TOPICS[DECIMAL]) else ORDER
        return bool(self.shown(kind)) and self._chosen[topic].startswith(self.shown(kind))

    def doubts(self) -> list[str]:
        """Return what no cell settles: whether the day or the month comes first, whether a sign is the decimal one or groups digits."""
        found: list[str] = []
        for kind, what, how in (
            (ORDER, "whether the day or the month comes first", "read as"),
            (DECIMAL, "a decimal sign from one that groups digits", "read with the decimal sign"),
        ):
            for topic in self._left_open(kind):
                if not self._agrees(topic):
                    column = topic.removeprefix(_TOPICS[kind])
                    found.append(f"no cell of {column!r} tells {what}: {how} {self._chosen[topic]}. {_STATE}")
        return found

    def to_json(self) -> dict[str, str]:
        """What was decided, for the ledger and the preview."""
        return dict(sorted(self._chosen.items()))
