from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from docops_desktop.ingest.demo.blocks import Block, make_block
from docops_desktop.ingest.demo.plan import DemoPlan, rhythm


@dataclass(frozen=True)
class Made:
    """A generated demo held in memory."""

    plan: DemoPlan
    blocks: tuple[Block, ...]

    def sessions(self, get: Callable[[Block], Any]) -> np.ndarray:
        return np.concatenate([get(block) for block in self.blocks])

    def views(self, get: Callable[[Block], Any]) -> np.ndarray:
        return np.concatenate([get(block) for block in self.blocks])


def made(plan: DemoPlan) -> Made:
    when = rhythm(plan)
    return Made(plan, tuple(make_block(plan, when, number) for number in range(plan.blocks)))


@pytest.fixture(scope="package")
def demo() -> Made:
    """100,000 sessions as a user gets them."""
    return made(DemoPlan(100_000, seed=3))


@pytest.fixture(scope="package")
def hit() -> Made:
    """Many sessions of the planted combination, so that little is left to chance."""
    return made(DemoPlan(60_000, seed=5, days=3, planted_share=0.5))


@pytest.fixture(scope="package")
def spared(hit: Made) -> Made:
    """The same visitors without the incident."""
    return made(replace(hit.plan, incident=False))
