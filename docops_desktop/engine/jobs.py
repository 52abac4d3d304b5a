"""Work beside the window: named lanes with one thread each, progress, cancel, and results handed back through one dispatch function.

A lane either queues its jobs or lets the newest win: then a new job cancels the running one, drops the waiting one, and a result that is no longer
the newest is never delivered. A lane may stand behind another: while that one has work, its jobs rest where they ask whether they go on. No exception
is lost: ``Cancelled`` ends a job quietly, everything else reaches ``failed`` or ``on_error``.
Nothing here may know what the jobs compute, nor Qt.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from docops_desktop.engine.state import JobView
from docops_desktop.kernels.priority import BACKGROUND, stand_back
from docops_desktop.model.errors import Cancelled

Dispatch = Callable[[Callable[[], None]], None]
NOTIFY_SECONDS = 0.1
JOIN_SECONDS = 10.0
REST_SECONDS = 0.01
"""How often a job that gives way looks whether it may go on."""


def run_inline(function: Callable[[], None]) -> None:
    """Call at once, in the thread that is there: the dispatch for programs without an event loop."""
    function()


class JobContext:
    """What a job's work gets: whether it is cancelled, and where to say how far it is.

    Args:
        on_progress: called when it has been said.
        gives_way: tells whether the job is to rest for the moment; it does where it polls.
        dispatch: runs a function where results are shown.
    """

    def __init__(
        self,
        on_progress: Callable[[], None],
        gives_way: Callable[[], bool] = lambda: False,
        dispatch: Dispatch = run_inline,
    ) -> None:
        self._dispatch = dispatch
        self._event = threading.Event()
        self._gives_way = gives_way
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []
        self._on_progress = on_progress
        self.fraction: float | None = None
        self.detail = ""

    def cancelled(self) -> bool:
        """Tell whether the result is not wanted any more; poll this in loops. Rests while there is work that goes first."""
        while self._gives_way() and not self._event.wait(REST_SECONDS):
            pass
        return self._event.is_set()

    @property
    def is_cancelled(self) -> bool:
        """The same for somebody who looks on, at once."""
        return self._event.is_set()

    def check(self) -> None:
        """Stop here when cancelled.

        Raises:
            Cancelled: the job was cancelled or superseded.
        """
        if self.cancelled():
            raise Cancelled

    def pause(self, seconds: float) -> None:
        """Wait before work that would be wasted if something newer comes: so long after everything that was delivered has been shown.

        Raises:
            Cancelled: something newer came, or somebody cancelled.
        """
        shown = threading.Event()
        self._dispatch(shown.set)
        while not shown.wait(REST_SECONDS):
            self.check()
        if self._event.wait(seconds):
            raise Cancelled

    def on_cancel(self, hook: Callable[[], None]) -> None:
        """Call ``hook`` when the job is cancelled (at once when it is already)."""
        with self._lock:
            self._hooks.append(hook)
            late = self._event.is_set()
        if late:
            hook()

    def cancel(self) -> None:
        """Ask the work to stop; safe from any thread, harmless when repeated."""
        with self._lock:
            first = not self._event.is_set()
            self._event.set()
            hooks = tuple(self._hooks) if first else ()
        for hook in hooks:
            hook()

    def progress(self, fraction: float | None, detail: str = "") -> None:
        """Say how far the work is: 0 to 1, or None when the end is not known."""
        self.fraction = None if fraction is None else min(max(fraction, 0.0), 1.0)
        self.detail = detail
        self._on_progress()


@dataclass(eq=False)
class _Job:
    id: int
    title: str
    work: Callable[[JobContext], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[BaseException], None] | None
    context: JobContext
    visible: bool
    cancellable: bool
    key: str
    running: bool = False

    def view(self) -> JobView:
        cancelled = self.context.is_cancelled
        return JobView(
            self.id,
            self.title,
            self.context.fraction,
            "cancelling" if cancelled else self.context.detail,
            self.cancellable and not cancelled,
            running=self.running,
        )


@dataclass(eq=False)
class _Lane:
    newest_wins: bool
    behind: _Lane | None = None
    waiting: deque[_Job] = field(default_factory=deque)
    current: _Job | None = None
    latest_id: int = 0
    thread: threading.Thread | None = None

    def has_work(self) -> bool:
        return self.current is not None or bool(self.waiting)

    def gives_way(self) -> bool:
        return self.behind is not None and self.behind.has_work()


class JobRunner:
    """Runs jobs in lanes.

    Args:
        dispatch: gets every callback (done, failed, on_jobs, on_error) to run it where the application's state lives.
        on_error: called with an exception that a job has no ``failed`` for, and with those of callbacks; second argument: the job's title.
        on_jobs: called, rate-limited, when jobs start, move on or end.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        on_error: Callable[[BaseException, str], None],
        on_jobs: Callable[[], None] | None = None,
    ) -> None:
        self._dispatch = dispatch
        self._on_jobs = on_jobs
        self._on_error = on_error
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}
        self._ids = itertools.count(1)
        self._delivering = 0
        self._closed = False
        self._notified_at = 0.0
        self._telling = False

    def dispatch(self, function: Callable[[], None]) -> None:
        """Run a function where the application's state lives."""
        if not self._closed:
            self._dispatch(function)

    def add_lane(self, name: str, *, newest_wins: bool, behind: str = "") -> None:
        """Make a lane; its thread starts with the first job.

        Args:
            behind: a lane whose jobs go first: those of this one rest meanwhile, and their thread stands back behind the window's.
        """
        self._lanes[name] = _Lane(newest_wins, self._lanes[behind] if behind else None)

    def submit(
        self,
        lane: str,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        *,
        visible: bool = True,
        cancellable: bool = True,
        key: str = "",
    ) -> int:
        """Put work into a lane and return the job's id.

        Args:
            failed: gets the exception, ``Cancelled`` included; without it ``Cancelled`` is quiet and the rest goes to ``on_error``.
            visible: whether ``views`` lists the job.
            key: a waiting job of the same lane and key is replaced (for example "save the view").
        """
        context = JobContext(self._notify_progress, self._lanes[lane].gives_way, self._dispatch)
        job = _Job(next(self._ids), title, work, done, failed, context, visible, cancellable, key)
        dropped: list[_Job] = []
        with self._changed:
            if self._closed:
                raise RuntimeError("the job runner is closed")
            place = self._lanes[lane]
            if place.newest_wins:
                dropped = self._supersede(place)
            elif key:
                dropped = [waiting for waiting in place.waiting if waiting.key == key]
                for waiting in dropped:
                    place.waiting.remove(waiting)
            place.waiting.append(job)
            place.latest_id = job.id
            if place.thread is None:
                place.thread = threading.Thread(
                    target=self._run, args=(place,), name=f"docops-lane-{lane}", daemon=True
                )
                place.thread.start()
            self._changed.notify_all()
        for old in dropped:
            old.context.cancel()
        self._notify(job, *dropped)
        return job.id

    @staticmethod
    def _supersede(lane: _Lane) -> list[_Job]:
        dropped = list(lane.waiting)
        lane.waiting.clear()
        if lane.current is not None:
            dropped.append(lane.current)
        return dropped

    def supersede(self, lane: str) -> None:
        """Cancel what a newest-wins lane has; nothing of it will be delivered."""
        with self._changed:
            place = self._lanes[lane]
            place.latest_id = 0
            dropped = self._supersede(place)
            self._changed.notify_all()
        for job in dropped:
            job.context.cancel()
        self._notify(*dropped)

    def cancel(self, job_id: int) -> bool:
        """Cancel a job that waits or runs; False when it is not there (any more) or can't be cancelled."""
        with self._changed:
            job = next((j for j in self._all() if j.id == job_id and j.cancellable), None)
            waiting = next((p for p in self._lanes.values() if job in p.waiting), None)
            if job is not None and waiting is not None:
                waiting.waiting.remove(job)
                self._delivering += 1
                self._changed.notify_all()
        if job is None:
            return False
        job.context.cancel()
        if waiting is not None:
            self._deliver(waiting, job, None, Cancelled())
        self._notify(job)
        return True

    def views(self) -> tuple[JobView, ...]:
        """Visible jobs, oldest first."""
        with self._changed:
            return tuple(job.view() for job in sorted(self._all(), key=lambda j: j.id) if job.visible)

    def _all(self) -> list[_Job]:
        found: list[_Job] = []
        for lane in self._lanes.values():
            found += [lane.current] if lane.current else []
            found += lane.waiting
        return found

    def is_busy(self, lane: str) -> bool:
        """Tell whether the lane runs or holds a job."""
        with self._changed:
            place = self._lanes[lane]
            return place.has_work()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until nothing waits, runs or is on its way to be delivered; False when that takes longer than ``timeout`` seconds.

        Not from the thread that the dispatch posts to: it would wait for itself.
        """
        with self._changed:
            return self._changed.wait_for(lambda: not self._all() and not self._delivering, timeout)

    def drain(self, lane: str, timeout: float = JOIN_SECONDS) -> bool:
        """Wait until a lane has done what it holds, without its callbacks; False when that takes longer than ``timeout`` seconds."""
        with self._changed:
            place = self._lanes[lane]
            return self._changed.wait_for(lambda: not place.has_work(), timeout)

    def close(self, timeout: float = JOIN_SECONDS) -> None:
        """Cancel everything and wait for the threads; no callback runs afterwards."""
        with self._changed:
            self._closed = True
            jobs = self._all()
            for lane in self._lanes.values():
                lane.waiting.clear()
            self._changed.notify_all()
        for job in jobs:
            job.context.cancel()
        end = time.monotonic() + timeout
        for lane in self._lanes.values():
            if lane.thread is not None and lane.thread is not threading.current_thread():
                lane.thread.join(max(0.0, end - time.monotonic()))

    def _run(self, lane: _Lane) -> None:
        if lane.behind is not None:
            stand_back(BACKGROUND)
        while self._run_next(lane):
            pass

    def _run_next(self, lane: _Lane) -> bool:
        """Wait for a job and run it; False when the runner is closed.

        A call of its own, so that a job and what it held (all the columns of a workspace, say) are freed at its end and not while the lock is held.
        """
        with self._changed:
            self._changed.wait_for(lambda: lane.waiting or self._closed)
            if self._closed:
                return False
            job = lane.waiting.popleft()
            job.running = True
            lane.current = job
        self._notify(job)
        result, error = _outcome(job)
        with self._changed:
            lane.current = None
            self._delivering += 1
            self._changed.notify_all()
        self._deliver(lane, job, result, error)
        self._notify(job)
        return True

    def _deliver(self, lane: _Lane, job: _Job, result: Any, error: BaseException | None) -> None:
        def deliver() -> None:
            try:
                self._hand_over(lane, job, result, error)
            finally:
                with self._changed:
                    self._delivering -= 1
                    self._changed.notify_all()

        self._dispatch(deliver)

    def _hand_over(self, lane: _Lane, job: _Job, result: Any, error: BaseException | None) -> None:
        if self._closed or (lane.newest_wins and lane.latest_id != job.id):
            if error is not None and not isinstance(error, Cancelled):
                self._on_error(error, job.title)
            return
        try:
            if error is None:
                if job.done is not None:
                    job.done(result)
            elif job.failed is not None:
                job.failed(error)
            elif not isinstance(error, Cancelled):
                self._on_error(error, job.title)
        except Exception as fault:
            self._on_error(fault, job.title)

    def _notify_progress(self) -> None:
        now = time.monotonic()
        if now - self._notified_at >= NOTIFY_SECONDS:
            self._notified_at = now
            self._have_told()

    def _notify(self, *changed: _Job) -> None:
        """Tell once of however many changes, and only of jobs that ``views`` lists: refreshing panels takes three jobs that nobody looks at."""
        if any(job.visible for job in changed):
            self._have_told()

    def _have_told(self) -> None:
        if self._on_jobs is not None and not self._closed and not self._telling:
            self._telling = True
            self._dispatch(self._tell_jobs)

    def _tell_jobs(self) -> None:
        self._telling = False
        if self._on_jobs is None or self._closed:
            return
        try:
            self._on_jobs()
        except Exception as fault:
            self._on_error(fault, "showing jobs")


def _outcome(job: _Job) -> tuple[Any, BaseException | None]:
    try:
        job.context.check()
        return job.work(job.context), None
    except BaseException as error:
        return None, error
