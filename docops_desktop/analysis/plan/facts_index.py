"""What is worked out once per Facts object: look-ups, calendar runs, figures of the unfiltered data.

The index dies with its facts. Nothing here depends on a selection.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.plan.calendar_runs import Runs, calendar_runs
from docops_desktop.analysis.plan.outcomes import Outcomes, outcomes_of
from docops_desktop.analysis.plan.value_bits import ValueBits
from docops_desktop.model.dimensions import DIMENSIONS, Dimension, dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.store.facts import Facts

_CHUNK = 1 << 20
_KEPT = 32
_indexes: dict[int, FactsIndex] = {}
_lock = threading.Lock()


class FactsIndex:
    """Derived figures of one Facts object, computed when first asked for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = weakref.ref(facts)
        self._cache: dict[Any, Any] = {}
        # Arrays only: a Sums would hold the facts, and they would never be freed.
        self._kept: dict[Any, tuple[Any, Any, Any]] = {}
        self._results: dict[Any, Any] = {}
        self._lock = threading.RLock()
        self.value_bits = ValueBits(facts.n_sessions)

    @property
    def facts(self) -> Facts:
        """The facts; whoever holds the index holds them too."""
        facts = self._facts()
        if facts is None:
            raise ReferenceError("the facts are gone")
        return facts

    def once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """Return ``compute()``, computed at most once per key; an exception is not kept."""
        with self._lock:
            if key not in self._cache:
                self._cache[key] = compute()
            return self._cache[key]

    def remember(self, key: Any, sums: Sums) -> None:
        """Keep the sums of a question for later refreshes; the oldest of many is dropped."""
        hists = {name: hist.copy() for name, hist in sums.hists.items()}
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (sums.acc.copy(), sums.revenue_squared.copy(), hists)
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))

    def recall(self, key: Any) -> Sums | None:
        """Return the sums that were kept under this key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept[key] = self._kept.pop(key)
            return Sums(*found, self.facts)

    def remember_result(self, request: Any, result: Any) -> None:
        """Keep a panel's answer about everything; the oldest of many is dropped. Results hold arrays and texts, never facts."""
        with self._lock:
            self._results.pop(request, None)
            self._results[request] = result
            while len(self._results) > _KEPT:
                self._results.pop(next(iter(self._results)))

    def recall_result(self, request: Any) -> Any | None:
        """Return the answer about everything that was kept for this request, or None."""
        with self._lock:
            return self._results.get(request)

    def codes(self, name: str) -> dict[str, int]:
        """Return text -> code of a dictionary or calendar dimension."""
        found: dict[str, int] = self.once(
            ("codes", name), lambda: {text: code for code, text in enumerate(self.labels(name))}
        )
        return found

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the texts of a dimension by code."""
        if self.dimension(name).coding == "calendar":
            return self.runs(name).labels
        return self.facts.header.dictionaries[name]

    def text_ranks(self, name: str) -> npt.NDArray[np.int64]:
        """Return each code's place in the alphabetical order of the texts."""

        def compute() -> npt.NDArray[np.int64]:
            labels = self.labels(name)
            ranks = np.empty(len(labels), dtype=np.int64)
            ranks[sorted(range(len(labels)), key=labels.__getitem__)] = np.arange(len(labels))
            return ranks

        found: npt.NDArray[np.int64] = self.once(("ranks", name), compute)
        return found

    def runs(self, name: str) -> Runs:
        """Return the runs of a calendar dimension."""
        found: Runs = self.once(("runs", name), lambda: calendar_runs(self.facts, name))
        return found

    def dimension(self, name: str) -> Dimension:
        """Return the dimension.

        Raises:
            RequestError: it is unknown, or these facts don't have it.
        """

        def compute() -> Dimension:
            found = dimension(name)
            if found.coding == "dictionary":
                table = self.facts.page_views if found.level == "page_view" else self.facts.sessions
                if name not in table or name not in self.facts.header.dictionaries:
                    raise RequestError(
                        f"this workspace has no dimension {name}", fix=f"It has: {', '.join(self.dimension_names())}"
                    )
            return found

        known: Dimension = self.once(("dimension", name), compute)
        return known

    def dimension_names(self) -> tuple[str, ...]:
        """Return the dimensions that these facts have."""
        facts = self.facts
        names = [n for n in facts.header.dictionaries if n in facts.sessions or n in facts.page_views]
        return (*names, *(d.name for d in DIMENSIONS.values() if d.coding == "calendar"))

    def outcomes(self) -> Outcomes:
        """Return the outcomes of the sessions that have any."""
        found: Outcomes = self.once("outcomes", lambda: outcomes_of(self.facts))
        return found

    def views_are_rows(self) -> bool:
        """Tell whether every session has as many page-view rows as it has views, so that the pass can read the smaller column."""

        def compute() -> bool:
            views, offset = self.facts.session("views"), self.facts.session("view_offset")
            for low in range(0, len(views), _CHUNK):
                high = min(low + _CHUNK, len(views))
                if not bool((np.diff(offset[low : high + 1]) == views[low:high]).all()):
                    return False
            return True

        return bool(self.once("views_are_rows", compute))

    def wide(self) -> bool:
        """Tell whether counts of sessions or page views may exceed 32 bits, so that counts and histograms need 64."""

        def compute() -> bool:
            facts = self.facts
            weights = [facts.session("weight")] if "weight" in facts.sessions else []
            weights += [facts.page_view("weight")] if "weight" in facts.page_views else []
            counts = [facts.n_page_views, *(int(one.sum(dtype=np.int64)) for one in (facts.session("views"), *weights))]
            return max(counts) >= 1 << 32

        return bool(self.once("wide", compute))

    @property
    def weighted(self) -> bool:
        """Whether rows stand for more than one session."""
        return "weight" in self.facts.sessions

    def rows_between(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Return the rows of sessions that start in ``start_ms <= t < end_ms``."""
        starts: npt.NDArray[np.int64] = self.facts.session("start_ms")
        low, high = np.searchsorted(starts, [start_ms, end_ms])
        return int(low), int(high)


def index_of(facts: Facts) -> FactsIndex:
    """Return the index of these facts; it lives as long as they do."""
    key = id(facts)
    with _lock:
        found = _indexes.get(key)
        if found is None or found._facts() is not facts:
            found = _indexes[key] = FactsIndex(facts)
            weakref.finalize(facts, _indexes.pop, key, None)
        return found
