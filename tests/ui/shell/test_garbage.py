"""Garbage is collected by the window's timer, not by whichever thread makes objects."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from docops_desktop.ui.garbage import OLDEST, PATIENCE, GarbageCollector


class Ring:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def calm() -> list[bool]:
    """Whether the window is calm, as a test wants it."""
    return [True]


@pytest.fixture
def collector(qapp, calm) -> Iterator[GarbageCollector]:
    made = GarbageCollector(lambda: calm[0])
    yield made
    made.deleteLater()
    qapp.sendPostedEvents(made, 52)  # DeferredDelete
    gc.unfreeze()
    assert gc.isenabled()


def test_nothing_is_collected_while_libraries_are_loaded(collector, qtbot):
    gone = weakref.ref(Ring())
    kept = [[] for _ in range(5_000)]
    qtbot.wait(150)
    assert len(kept) == 5_000
    assert gone() is not None
    assert not gc.isenabled()


def test_the_timer_collects_once_it_was_started(collector, qtbot):
    collector.start()
    gone = weakref.ref(Ring())
    kept = [[] for _ in range(5_000)]  # more than the threshold of the youngest generation
    qtbot.waitUntil(lambda: gone() is None, timeout=60_000)
    assert len(kept) == 5_000


def test_below_the_threshold_nothing_is_looked_at(collector):
    gc.collect()
    gone = weakref.ref(Ring())
    collector.look()
    assert gone() is not None


@pytest.mark.parametrize(
    ("waits", "busy", "looked_at"), [(1, False, True), (1, True, False), (PATIENCE + 1, True, True)]
)
def test_a_look_at_everything_waits_for_a_calm_moment_but_not_for_ever(
    collector, calm, monkeypatch, waits, busy, looked_at
):
    looks = []
    calm[0] = not busy
    limits = gc.get_threshold()
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, waits * limits[OLDEST] + 1))
    monkeypatch.setattr(gc, "collect", looks.append)
    collector.look()
    assert looks == ([OLDEST] if looked_at else [])
