"""The facts as columns in memory: what the columnar cache maps and the analysis reads.

All columns lie in one byte buffer (a memory map or an array), so that a compiled pass takes one argument whatever the column types, and a file
is read in order. Columns are the narrowest unsigned integer type that holds them, unless said otherwise. Nothing here computes a result.

Rows: ``sessions`` are sorted by ``start_ms``; ``page_views`` are sorted by their session's row, then by time. ``view_offset`` (length
``n_sessions + 1``) gives each session's first page view. Only human page views (the counted traffic classes) are in here.

Session columns
    start_ms     int64    start of the session, UTC epoch ms
    quarter      u16/u32  quarter hours since ``Facts.base_quarter_ms`` (a midnight in the workspace's time zone, expressed in UTC)
    <dimension>  u8..u32  dictionary codes, 0 = not set, for every name in ``session_dictionaries``
    view_offset  u32/u64  first page view
    views        u8..u32  page views of the session (weighted cells: of the cell)
    conversions  u8..u32  conversions by the workspace's conversion rule (weighted cells: of the cell)
    revenue      int64    minor units of ``currency``
    weight       u32      sessions that the row stands for; absent when every row stands for one

Page-view columns
    page_group, page_url  dictionary codes
    load_ms               u32, 0xFFFFFFFF = not measured
    load ttfb lcp inp cls uint16 bin codes of ``docops_desktop.model.load_bins`` (CLS x 10,000), 0 = not measured
    flags                 u8: bit 0 FIRST_OF_GROUP: the session's first view of its page group;
                          bit 1 BEFORE_CONVERSION: not at or after the session's (first) conversion;
                          bit 2 FIRST_MEASURED: the session's first view with a load time
    errors                u8/u16, saturating
    weight                u32, absent when every row stands for one view
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

FIRST_OF_GROUP = 1
BEFORE_CONVERSION = 2
FIRST_MEASURED = 4
NOT_MEASURED_MS = 0xFFFF_FFFF
ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column lies in the buffer: ``length`` items of ``dtype`` from byte ``offset`` (a multiple of 64)."""

    name: str
    dtype: str
    offset: int
    length: int


@dataclass(frozen=True)
class FactsHeader:
    """What is known about the facts beside their columns.

    Attributes:
        data_version: changes with every import, forget and change of definitions.
        time_zone: IANA zone of the calendar dimensions.
        base_quarter_ms: UTC epoch ms at quarter 0.
        first_ms, last_ms: span of session starts (inclusive); 0, 0 when empty.
        currency: ISO 4217 code of all revenue in the columns, or "".
        minor_digits: digits of the minor unit (2 for EUR).
        dictionaries: texts by code for each dictionary dimension; code 0 is NOT_SET.
        excluded: what the columns leave out, by reason (traffic classes, other currencies, orders without a session, ...), as counts.
        conversion_kind: the rule that was in effect: flag, order, page_group or none.
    """

    data_version: str
    time_zone: str
    base_quarter_ms: int
    first_ms: int
    last_ms: int
    currency: str
    minor_digits: int
    dictionaries: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, int] = field(default_factory=dict)
    conversion_kind: str = "none"


@dataclass(frozen=True)
class Facts:
    """Sessions and page views as columns in one buffer (see the module's text for the layout)."""

    header: FactsHeader
    buffer: npt.NDArray[np.uint8]
    sessions: Mapping[str, Column]
    page_views: Mapping[str, Column]

    @property
    def n_sessions(self) -> int:
        """Rows in ``sessions``."""
        return self.sessions["start_ms"].length

    @property
    def n_page_views(self) -> int:
        """Rows in ``page_views``."""
        return self.page_views["load"].length

    @property
    def session_dictionaries(self) -> tuple[str, ...]:
        """Names of the dictionary-coded session dimensions that are present, custom ones included."""
        return tuple(name for name in self.sessions if name in self.header.dictionaries)

    def session(self, name: str) -> npt.NDArray[Any]:
        """A session column as an array view (no copy)."""
        return _view(self.buffer, self.sessions[name])

    def page_view(self, name: str) -> npt.NDArray[Any]:
        """A page-view column as an array view (no copy)."""
        return _view(self.buffer, self.page_views[name])

    @classmethod
    def from_arrays(
        cls,
        header: FactsHeader,
        sessions: Mapping[str, npt.NDArray[Any]],
        page_views: Mapping[str, npt.NDArray[Any]],
    ) -> Facts:
        """Pack arrays into one buffer; dtypes are kept as they are."""
        places, size = layout(sessions, page_views)
        buffer = np.zeros(size, dtype=np.uint8)
        facts = cls(header, buffer, *places)
        for name, array in sessions.items():
            facts.session(name)[:] = array
        for name, array in page_views.items():
            facts.page_view(name)[:] = array
        return facts


def layout(
    sessions: Mapping[str, npt.NDArray[Any]], page_views: Mapping[str, npt.NDArray[Any]]
) -> tuple[tuple[dict[str, Column], dict[str, Column]], int]:
    """Place the columns one after the other, each aligned to 64 bytes; return the places and the size in bytes."""
    offset = 0
    tables: list[dict[str, Column]] = []
    for table in (sessions, page_views):
        places: dict[str, Column] = {}
        for name, array in table.items():
            places[name] = Column(name, array.dtype.str, offset, len(array))
            offset += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
        tables.append(places)
    return (tables[0], tables[1]), max(offset, ALIGNMENT)


def narrowest(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a non-negative integer array in the narrowest unsigned type that holds it."""
    top = int(array.max()) if len(array) else 0
    for dtype in (np.uint8, np.uint16, np.uint32):
        if top <= np.iinfo(dtype).max:
            return array.astype(dtype)
    return array.astype(np.uint64)


def _view(buffer: npt.NDArray[np.uint8], column: Column) -> npt.NDArray[Any]:
    size = np.dtype(column.dtype).itemsize * column.length
    return buffer[column.offset : column.offset + size].view(column.dtype)
