"""The steps by which a panel takes part in a refresh.

``unfiltered`` names figures of the whole workspace that the panel shows beside its own; ``ask`` puts panels into the pass; ``follow`` may ask for a
second look at the kept sessions, once the first one has told which values matter; ``result`` hands out the frozen answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.facts_index import FactsIndex
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

Ask = Callable[[PlanBuilder], Handle]
PassRunner = Callable[[PlanBuilder], ScanOutput]


@dataclass(frozen=True)
class Context:
    """What every question of one refresh shares."""

    facts: Facts
    index: FactsIndex
    selection: Selection
    baseline: tuple[TimeSpan, ...]
    everything: dict[Any, Sums]
    run: PassRunner


class Question(ABC):
    """One panel's part of a refresh."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.facts = context.facts
        self.index = context.index

    def unfiltered(self) -> Mapping[Any, Ask]:
        """Return figures of the unfiltered facts that the result needs, by a key that names them."""
        return {}

    def is_late(self) -> bool:
        """Tell whether ``read`` needs the sums of rows outside window and baseline, which come last; such a question doesn't follow."""
        return False

    def may_follow(self) -> bool:
        """Tell whether a second look may be needed; then the first pass keeps each session's mask."""
        return False

    @abstractmethod
    def ask(self, builder: PlanBuilder) -> None:
        """Add this question's panels to the pass."""

    @abstractmethod
    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first pass."""

    def follow(self, builder: PlanBuilder) -> bool:  # noqa: ARG002 - for those that override it
        """Add panels to a second pass over the kept sessions; return whether there are any."""
        return False

    def read_followed(self, out: ScanOutput) -> None:  # noqa: B027 - nothing to take by default
        """Take the sums of the second pass."""

    @abstractmethod
    def result(self) -> Any:
        """Return the frozen answer."""


def dimension_key(index: FactsIndex, name: str, bins: npt.NDArray[Any] | None = None, size: int = 0) -> Key:
    """Return the key that groups by a dimension: by its codes, or by ``bins[code]`` (``size`` bins, -1 drops)."""
    what = index.dimension(name)
    if what.coding == "calendar":
        runs = index.runs(name)
        codes = runs.codes if bins is None else np.asarray(bins, dtype=np.int32)[runs.codes]
        return Key("", size or len(runs.labels), runs=(runs.edges, codes))
    return Key(name, size or len(index.labels(name)), bins, level=what.level)
