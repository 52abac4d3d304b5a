"""Turns finished blocks into Arrow tables in the workspace's own codes, as every import does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from docops_desktop.ingest.demo.blocks import CODED, Block, vocabulary
from docops_desktop.ingest.demo.shares import IntArray

CURRENCY = "EUR"
_WAYS = ("channel", "source", "medium", "campaign")


class WorkspaceCodes:
    """Codes of the demo's texts in the workspace's dictionaries; a text enters a dictionary when a row first uses it."""

    def __init__(self, encode: Callable[[str, Any], Any]) -> None:
        self._encode = encode
        self._codes = {name: np.full(len(texts), -1, dtype=np.int32) for name, texts in vocabulary().items()}

    def of(self, dimension: str, index: npt.NDArray[np.integer]) -> IntArray:
        """Return the workspace's codes of vocabulary indices."""
        codes = self._codes[dimension]
        found: IntArray = codes[index]
        if len(found) and found.min() < 0:
            new = np.unique(index[found < 0])
            texts = vocabulary()[dimension]
            codes[new] = self._encode(dimension, pa.array([texts[i] for i in new], pa.string())).to_numpy()
            found = codes[index]
        return found


def session_table(block: Block, codes: WorkspaceCodes, first_id: int) -> pa.Table:
    """Return the rows of ``sessions``; ids count from ``first_id``."""
    n = len(block.key)
    visitors = block.visitors
    last = block.offset[1:] - 1
    load = np.nan_to_num(block.views.timings.load_ms[last]).astype(np.int64)
    way = visitors.codes["acquisition"]
    columns: dict[str, Any] = {
        "session_id": np.arange(first_id, first_id + n),
        "session_key": block.key,
        "start_ms": visitors.start_ms,
        "end_ms": block.views.time_ms[last] + load,
        **{name: codes.of(name, visitors.codes[name]) for name in CODED},
        **{name: codes.of(name, way) for name in _WAYS},
        "currency": pa.DictionaryArray.from_arrays(np.zeros(n, dtype=np.int32), pa.array([CURRENCY])),
        "conversions": block.bought.astype(np.int32),
        "revenue_minor": block.revenue_minor,
    }
    return pa.table(columns)


def view_table(block: Block, codes: WorkspaceCodes, first_id: int) -> pa.Table:
    """Return the rows of ``page_views``; page groups are left to the URL rules."""
    views = block.views
    timings = views.timings
    whole = ("load_ms", "ttfb_ms", "lcp_ms", "fcp_ms", "inp_ms")
    columns: dict[str, Any] = {
        "session_id": views.session.astype(np.int64) + first_id,
        "time_ms": views.time_ms,
        "view_class": views.view_class,
        "page_url": codes.of("page_url", views.url),
        **{name: pa.array(getattr(timings, name), from_pandas=True).cast(pa.int32()) for name in whole},
        "cls": np.round(timings.cls.astype(np.float64), 4),
        "errors": timings.errors,
        "conversions": views.conversions,
        "revenue_minor": views.revenue_minor,
    }
    return pa.table(columns)
