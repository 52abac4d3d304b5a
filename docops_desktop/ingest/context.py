"""What all steps of one import share: adapter, mapping, decisions, time zone, privacy, secret, writer, meter."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.mapping.adapters import AdapterSpec
from docops_desktop.ingest.mapping.decisions import Decisions
from docops_desktop.ingest.mapping.mapping import Mapping, resolve
from docops_desktop.ingest.privacy.keys import KeyMaker
from docops_desktop.ingest.privacy.personal_data import Recorder
from docops_desktop.ingest.progress import Meter
from docops_desktop.ingest.recognise.sniff import Layout
from docops_desktop.ingest.values.networks import Networks
from docops_desktop.ingest.values.user_agents import AgentReader
from docops_desktop.ingest.values.values import Cells, Rejects
from docops_desktop.store.aliases import Aliases

if TYPE_CHECKING:
    from docops_desktop.ingest.load.loading import RowSink
    from docops_desktop.store.overlaps import Earlier


@dataclass
class Tally:
    """Rows by what became of them."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    filtered: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    def filter(self, reason: str, count: int) -> None:
        """Count rows left out on purpose."""
        if count:
            self.filtered[reason] = self.filtered.get(reason, 0) + count


@dataclass
class Context:
    """One import, or one preview, of one member.

    Attributes:
        zone: IANA zone of times without an offset.
        sink: takes the rows; a preview's sink only counts.
        tally: what became of the rows so far.
        alive: returns (user key, session key, end ms) of earlier parts' sessions that were alive at a time (ms) or later; None: there are none.
        earlier: what earlier imports of this system brought; None: nothing.
        aliases: which user keys are one person's; shared by the members of an export.
        asks_consent: the export has a column for consent, so that records without it have given none.
    """

    spec: AdapterSpec
    layout: Layout
    decisions: Decisions
    zone: str
    privacy: str
    keys: KeyMaker
    meter: Meter
    sink: RowSink
    tally: Tally = field(default_factory=Tally)
    agents: AgentReader = field(default_factory=AgentReader)
    networks: Networks = field(default_factory=Networks)
    aliases: Aliases = field(default_factory=Aliases)
    currency: str = ""
    member: str = ""
    alive: Callable[[int], list[tuple[int, int, int]]] | None = None
    asks_consent: bool = False
    earlier: Earlier | None = None
    _mappings: dict[tuple[str, ...], Mapping] = field(default_factory=dict)

    @property
    def strict(self) -> bool:
        """Whether the strictest privacy applies."""
        return self.privacy == "strict"

    def mapping(self, columns: tuple[str, ...]) -> Mapping:
        """Return the mapping of a block's columns (blocks of JSON differ in theirs)."""
        found = self._mappings.get(columns)
        if found is None:
            if len(self._mappings) > 500:
                self._mappings.clear()
            found = self._mappings[columns] = resolve(self.spec, columns)
        return found

    def cells(self, block: Block) -> Cells:
        """Return a block's cells by target."""
        table = unfolded(block.table, self.spec.unfold)
        return Cells(table, self.mapping(tuple(table.column_names)))

    def take_broken(self, block: Block) -> None:
        """Count a block's records, and put its broken ones into quarantine."""
        self.tally.read += block.records
        for reason, count in block.filtered.items():
            self.tally.filter(reason, count)
        recorder = Recorder(self.privacy, Mapping())
        self._quarantine([(broken.line, broken.reason, recorder.line(broken.text)) for broken in block.broken])

    def take_rejects(self, block: Block, rejects: Rejects) -> None:
        """Put a block's faulty rows into quarantine."""
        recorder = Recorder(self.privacy, self.mapping(tuple(block.table.column_names)))
        self._quarantine(
            [
                (int(block.lines[row]), reason, recorder.row(block.table, row))
                for row, reason in sorted(rejects.reasons.items())
            ]
        )

    def _quarantine(self, rows: list[tuple[int, str, str]]) -> None:
        if not rows:
            return
        self.tally.quarantined += len(rows)
        for _, reason, _ in rows:
            self.tally.reasons[reason] = self.tally.reasons.get(reason, 0) + 1
        if self.member:
            rows = [(line, f"{self.member}: {reason}", text) for line, reason, text in rows]
        self.sink.quarantine(rows)


def unfolded(table: pa.Table, keys: dict[str, tuple[str, ...]]) -> pa.Table:
    """Return a table with the wanted keys of JSON texts as further columns; lists of one text count as the text."""
    for column, names in keys.items():
        if column not in table.column_names:
            continue
        encoded = table.column(column).combine_chunks().dictionary_encode()
        objects = [_lower_keys(text) for text in encoded.dictionary.to_pylist()]
        for name in names:
            texts = pa.array([found.get(name.lower()) for found in objects], pa.string())
            table = table.append_column(f"{column}.{name}", texts.take(encoded.indices))
    return table


def _lower_keys(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    plain = {
        str(name).lower(): value[0] if isinstance(value, list) and value else value for name, value in found.items()
    }
    return {name: value for name, value in plain.items() if isinstance(value, str)}


def first_filled(arrays: list[Any]) -> Any:
    """Return the first value of each row."""
    import pyarrow.compute as pc

    return arrays[0] if len(arrays) == 1 else pc.coalesce(*arrays)
