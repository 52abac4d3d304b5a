"""One adjusted model per facts and selection, however many ask for it: ranking, what-if and command line share the fit.

Whoever comes second waits for the first one's fit, and can give up waiting. A model dies with its facts; of each facts only the newest few are kept.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection

if TYPE_CHECKING:
    from docops_desktop.store.facts import Facts

KEPT = 4
POLL_SECONDS = 0.02
_shelves: dict[int, _Shelf] = {}
_guard = threading.Lock()


class _Shelf:
    """Models of one Facts object by selection."""

    def __init__(self, facts: Facts) -> None:
        self.facts = weakref.ref(facts)
        self.fitting = threading.Lock()
        self.models: dict[Selection, CausalModel] = {}


def shared_model(facts: Facts, selection: Selection, cancelled: Callable[[], bool] | None = None) -> CausalModel:
    """Return the adjusted model of a selection, fitted at most once while it is remembered.

    Raises:
        Cancelled: ``cancelled`` said so, while fitting or while waiting for another's fit.
    """
    shelf = _shelf(facts)
    while not shelf.fitting.acquire(timeout=POLL_SECONDS):
        if cancelled is not None and cancelled():
            raise Cancelled
    try:
        found = shelf.models.pop(selection, None)
        if found is None:
            found = CausalModel.fit(facts, selection, cancelled)
        shelf.models[selection] = found
        while len(shelf.models) > KEPT:
            shelf.models.pop(next(iter(shelf.models)))
        return found
    finally:
        shelf.fitting.release()


def is_known(facts: Facts, selection: Selection) -> bool:
    """Tell whether the model of a selection is there already, so that asking for it costs nothing."""
    return selection in _shelf(facts).models


def _shelf(facts: Facts) -> _Shelf:
    key = id(facts)
    with _guard:
        found = _shelves.get(key)
        if found is None or found.facts() is not facts:
            found = _shelves[key] = _Shelf(facts)
            weakref.finalize(facts, _shelves.pop, key, None)
        return found
