"""Painted frames in the benchmark: a hand drags the window of the real timeline, and every other panel of Investigate follows.

The window is the real one at 1600 x 900, drawn offscreen. Mouse moves come at gaps around 17 ms, whatever the window is doing; those that come while it is
busy are replaced by the newest, as window systems do. A frame is done when every panel that follows shows the step and the window has painted it; its
time counts from when the mouse move was due. On a machine that others use, too, the window's thread waits for a processor meanwhile: ``own`` is the time from
where the window takes the move, without that.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from docops_desktop.ui.application import Session

FRAME_SECONDS = 0.016
MEDIAN_GAP_SECONDS = 0.017
SIZE = (1600, 900)
FOLLOWING = ("pages", "heatmap", "segments", "distribution")
_PATIENCE_SECONDS = 120.0


def painted(workspace: Path, events: int = 400, keep: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Drag over the timeline of a workspace and return plain figures (seconds, shares); ``keep`` are filters (dimension, value)."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with _window(workspace, keep) as session:
        frames = _Frames(session)
        return frames.replay(events)


@contextmanager
def _window(workspace: Path, keep: tuple[tuple[str, str], ...]) -> Iterator[Session]:
    from docops_desktop.engine.settings import SettingsFile
    from docops_desktop.kernels import warmup
    from docops_desktop.ui.application import Session, application
    from docops_desktop.ui.garbage import GarbageCollector
    from docops_desktop.ui.screenshot import wait_settled, wait_until

    sys.setswitchinterval(0.001)  # as the application does
    app = application("dark")
    with tempfile.TemporaryDirectory() as folder:
        session = Session(SettingsFile(Path(folder) / "settings.json"))
        garbage = GarbageCollector(session.is_calm, session.window)  # as it does, too
        try:
            assert warmup.wait(), warmup.failure()
            end = time.monotonic() + _PATIENCE_SECONDS
            session.desk.open(workspace, read_only=True)
            wait_until(lambda: session.desk.workspace_info is not None, end)
            session.window.resize(*SIZE)
            session.desk.set_view(perspective="investigate")
            for dimension, value in keep:
                session.desk.keep(dimension, (value,))
            session.window.show()
            wait_settled(session, end)
            session.desk.begin_brush()
            wait_until(lambda: session.desk._brush._tiles is not None, end)
            garbage.start()
            yield session
        finally:
            session.end()
            app.processEvents()


class _Frames:
    """Sends the mouse moves of a trace to the timeline and notes when each was painted."""

    def __init__(self, session: Session) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        from docops_desktop.ui.panels.panel import Panel

        self._loop, self._patience = QEventLoop(), QTimer()
        self._patience.setInterval(500)
        self._patience.timeout.connect(self._loop.quit)
        self._session = session
        window = session.window
        self._panels = {p.panel_id: p for p in window.findChildren(Panel) if p.isVisible()}
        self._chart = self._panels["timeline"].chart
        self._due = 0.0
        self._wanted: int | None = None
        self._painted_at: float | None = None
        self._paint_seconds = 0.0
        session.desk.subscribe("results", self._step_comes)
        self._filter = _paints_of(window, self._painted)

    def replay(self, events: int) -> dict[str, Any]:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        view = self._chart.viewport()
        left, right, middle = self._pixels()
        places, arrivals = trace(left, right, events)
        QTest.mousePress(
            view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(left + (right - left) // 3, middle)
        )
        _move(view, QPoint(left + (right - left) // 2, middle))
        _run_until(time.perf_counter() + 1.0)

        latencies, own, cpu, paints, dropped, unanswered, k = [], [], [], [], 0, 0, 0
        start = time.perf_counter() + 0.05
        cpu_before = time.process_time()
        while k < len(places):
            _run_until(start + arrivals[k])
            now = time.perf_counter() - start
            newest = max(int(np.searchsorted(arrivals, now, side="right")) - 1, k)
            dropped += newest - k
            self._wanted, self._painted_at, self._paint_seconds = None, None, 0.0
            before, waited, taken = time.thread_time(), _waited(), time.perf_counter()
            _move(view, QPoint(int(places[newest]), middle))
            if self._wait_for_picture():
                latencies.append(self._painted_at - start - arrivals[newest])
                own.append(self._painted_at - taken - (_waited() - waited))
                cpu.append(time.thread_time() - before)
                paints.append(self._paint_seconds)
            else:
                unanswered += 1
            k = newest + 1
        whole_cpu = time.process_time() - cpu_before
        return {
            "events": events,
            "frames": len(latencies),
            "dropped": dropped,
            "unanswered": unanswered,
            "median_seconds": statistics.median(latencies),
            "p95_seconds": float(np.quantile(latencies, 0.95)),
            "worst_seconds": max(latencies),
            "own_p95_seconds": float(np.quantile(own, 0.95)),
            "own_in_16_ms": float(np.mean(np.array(own) <= FRAME_SECONDS)),
            "in_16_ms": float(np.mean(np.array(latencies) <= FRAME_SECONDS)),
            "gui_cpu_seconds": statistics.median(cpu),
            "gui_cpu_p10_seconds": float(np.quantile(cpu, 0.10)),
            "gui_cpu_p95_seconds": float(np.quantile(cpu, 0.95)),
            "painting_seconds": statistics.median(paints),
            "process_cpu_per_frame": whole_cpu / max(len(latencies), 1),
        }

    def _pixels(self) -> tuple[int, int, int]:
        rect = self._chart.mapFromScene(self._chart.box.sceneBoundingRect()).boundingRect()
        return rect.left() + 4, rect.right() - 4, rect.center().y()

    def _step_comes(self, results: Any) -> None:
        if results.preview:
            self._wanted = results.generation

    def _painted(self, seconds: float) -> None:
        from docops_desktop.ui.panels.turns import Turns

        self._paint_seconds += seconds
        if self._wanted is None or not Turns.of(self._session.desk).idle:
            return
        if all(self._panels[name]._generation == self._wanted for name in FOLLOWING):
            self._painted_at = time.perf_counter()
            self._loop.quit()

    def _wait_for_picture(self) -> bool:
        """Run the event loop until the step is painted; False when the mouse is over the same bins as before, so that nothing comes."""
        from PySide6.QtWidgets import QApplication

        if self._wanted is None and self._session.desk._runner.wait_idle(0):
            return False
        if self._painted_at is not None:
            QApplication.processEvents()  # what else there is to paint for this step counts, too
            return True
        self._patience.start()
        self._loop.exec()
        self._patience.stop()
        return self._painted_at is not None


def _waited() -> float:
    """Return how long this thread has waited for a processor in its life (seconds; 0 where the system doesn't tell)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) * 1e-9
    except (OSError, IndexError, ValueError):
        return 0.0


def _run_until(end: float) -> None:
    """Run the event loop until then, to the tenth of a millisecond: timers know whole ones only."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    left = int((end - time.perf_counter()) * 1000)
    if left > 0:
        loop, timer = QEventLoop(), QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(loop.quit)
        timer.start(left)
        loop.exec()
    while time.perf_counter() < end:
        QApplication.processEvents()


def _paints_of(window: Any, painted: Any) -> Any:
    """Call ``painted(seconds)`` after each time that the window has painted what was dirty."""
    from PySide6.QtCore import QEvent, QObject

    class Filter(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if watched is window and event.type() == QEvent.Type.UpdateRequest:
                started = time.perf_counter()
                window.event(event)
                painted(time.perf_counter() - started)
                return True
            return False

    found = Filter(window)
    window.installEventFilter(found)
    return found


def _move(view: Any, point: Any) -> None:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    at = QPointF(point)
    no, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    QApplication.sendEvent(
        view,
        QMouseEvent(QEvent.Type.MouseMove, at, QPointF(view.mapToGlobal(at)), no, left, Qt.KeyboardModifier.NoModifier),
    )


def trace(left: int, right: int, events: int, seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return where the hand is at each event (pixels; each is another bin than before) and when it comes (seconds)."""
    rng = np.random.default_rng(seed)
    least = (right - left) / 150
    steps = rng.choice([-1, 1], events, p=[0.45, 0.55]) * rng.uniform(least, 4 * least, events)
    width = right - left
    swing = np.abs((width / 2 + np.cumsum(steps)) % (2 * width) - width)  # reflected at both ends
    gaps = rng.lognormal(np.log(MEDIAN_GAP_SECONDS), 0.25, events)
    return left + swing, np.cumsum(gaps)
