"""Desks with a stand-in for the window's event loop."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine.desk import Desk
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.engine.topics import TOPICS

SECONDS = 120.0


class Loop:
    """A stand-in for the window's event loop: jobs post to it, the test turns it."""

    def __init__(self) -> None:
        self._posted: queue.Queue[Callable[[], None]] = queue.Queue()

    def __call__(self, function: Callable[[], None]) -> None:
        self._posted.put(function)

    def turn_until(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while not condition():
            left = end - time.monotonic()
            assert left > 0, "waited too long"
            try:
                self._posted.get(timeout=min(left, 0.05))()
            except queue.Empty:
                continue


class Bench:
    """A desk with its loop, and everything it published."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop()
        self.desk = Desk(self.loop, SettingsFile(folder / "settings.json"))
        self.heard: list[tuple[str, Any]] = []
        for topic in TOPICS:
            self.desk.subscribe(topic, lambda payload, topic=topic: self.heard.append((topic, payload)))

    def of(self, topic: str) -> list[Any]:
        return [payload for heard, payload in self.heard if heard == topic]

    def settle(self) -> None:
        """Turn the loop until nothing is under way."""

        def quiet() -> bool:
            return not self.desk.busy and self.desk.wait_idle(0)

        self.loop.turn_until(quiet)

    def open(self, path: Path) -> None:
        self.desk.open(path)
        self.settle()
        assert self.of("message") == []


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.desk.shut_down()
