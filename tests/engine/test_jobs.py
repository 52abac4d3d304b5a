"""Jobs: the newest wins, a queue keeps its order, cancel is quick, nothing that goes wrong is lost."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from docops_desktop.engine.jobs import JobContext, JobRunner, run_inline
from docops_desktop.kernels.priority import BACKGROUND
from docops_desktop.model.errors import Cancelled, RequestError

SECONDS = 60
NICEST = 19
"""Nobody can stand back further: there the whole run may be already."""


class Bench:
    """A runner with a newest-wins lane "fast" and a queue "io", and what it reported."""

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = run_inline) -> None:
        self.errors: list[tuple[BaseException, str]] = []
        self.notified = 0
        self.runner = JobRunner(dispatch, lambda error, title: self.errors.append((error, title)), self.count)
        self.runner.add_lane("fast", newest_wins=True)
        self.runner.add_lane("io", newest_wins=False)

    def count(self) -> None:
        self.notified += 1


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.runner.close()


def until_cancelled(started: threading.Event) -> Callable[[JobContext], Any]:
    def work(context: JobContext) -> None:
        started.set()
        while True:
            context.check()
            time.sleep(0.001)

    return work


def test_a_result_is_delivered(bench: Bench) -> None:
    got: list[int] = []
    bench.runner.submit("io", "adding", lambda _: 1 + 1, got.append)
    assert bench.runner.wait_idle(SECONDS)
    assert got == [2]
    assert bench.errors == []


def test_the_newest_wins(bench: Bench) -> None:
    started, got = threading.Event(), []
    bench.runner.submit("fast", "old", until_cancelled(started), lambda _: got.append("old"))
    assert started.wait(SECONDS)
    bench.runner.submit("fast", "waiting", lambda _: "waiting", got.append)
    bench.runner.submit("fast", "new", lambda _: "new", got.append)
    assert bench.runner.wait_idle(SECONDS)
    assert got[-1:] == ["new"]
    assert "old" not in got
    assert bench.errors == []


def test_a_result_that_was_superseded_on_its_way_is_dropped() -> None:
    posted: queue.Queue[Callable[[], None]] = queue.Queue()
    bench = Bench(posted.put)
    got: list[str] = []
    bench.runner.submit("fast", "old", lambda _: "old", got.append)
    deadline = time.monotonic() + SECONDS
    while bench.runner.is_busy("fast") and time.monotonic() < deadline:
        time.sleep(0.001)
    bench.runner.submit("fast", "new", lambda _: "new", got.append)
    while got != ["new"]:
        posted.get(timeout=SECONDS)()
    bench.runner.close()
    assert got == ["new"]


def test_a_queue_runs_in_order_and_loses_nothing(bench: Bench) -> None:
    got: list[int] = []
    for number in range(50):
        bench.runner.submit("io", "job", lambda _, n=number: n, got.append)
    assert bench.runner.wait_idle(SECONDS)
    assert got == list(range(50))


def test_a_waiting_job_of_the_same_key_is_replaced(bench: Bench) -> None:
    started, go, got = threading.Event(), threading.Event(), []

    def hold(_: JobContext) -> None:
        started.set()
        go.wait(SECONDS)

    bench.runner.submit("io", "hold", hold)
    assert started.wait(SECONDS)
    for number in range(10):
        bench.runner.submit("io", "save", lambda _, n=number: n, got.append, key="save")
    go.set()
    assert bench.runner.wait_idle(SECONDS)
    assert got == [9]


def test_cancel_stops_a_running_job_soon(bench: Bench) -> None:
    started = threading.Event()
    job = bench.runner.submit("io", "endless", until_cancelled(started))
    assert started.wait(SECONDS)
    assert bench.runner.cancel(job)
    assert bench.runner.wait_idle(SECONDS)
    assert bench.errors == []
    assert not bench.runner.cancel(job)


def test_cancel_of_a_waiting_job_tells_it(bench: Bench) -> None:
    started, failures = threading.Event(), []
    first = bench.runner.submit("io", "endless", until_cancelled(started))
    assert started.wait(SECONDS)
    second = bench.runner.submit("io", "later", lambda _: pytest.fail("it must not run"), failed=failures.append)
    assert bench.runner.cancel(second)
    assert [type(error) for error in failures] == [Cancelled]
    bench.runner.cancel(first)
    assert bench.runner.wait_idle(SECONDS)


def test_what_can_not_be_cancelled_goes_on(bench: Bench) -> None:
    started, go, got = threading.Event(), threading.Event(), []

    def work(_: JobContext) -> str:
        started.set()
        go.wait(SECONDS)
        return "done"

    job = bench.runner.submit("io", "saving", work, got.append, cancellable=False)
    assert started.wait(SECONDS)
    assert not bench.runner.cancel(job)
    go.set()
    assert bench.runner.wait_idle(SECONDS)
    assert got == ["done"]


def test_a_cancel_hook_is_called_even_when_it_comes_late() -> None:
    context, called = JobContext(lambda: None), []
    context.on_cancel(lambda: called.append("early"))
    context.cancel()
    context.cancel()
    context.on_cancel(lambda: called.append("late"))
    assert called == ["early", "late"]


@pytest.mark.parametrize("error", [RequestError("no"), ValueError("defect"), MemoryError()])
def test_no_exception_is_lost(bench: Bench, error: Exception) -> None:
    def work(_: JobContext) -> None:
        raise error

    for lane in ("io", "fast"):
        bench.runner.submit(lane, "failing", work)
        assert bench.runner.wait_idle(SECONDS)
    assert bench.errors == [(error, "failing")] * 2


def test_a_fault_of_a_job_that_was_superseded_is_reported_all_the_same(bench: Bench) -> None:
    started, fault = threading.Event(), ValueError("defect")

    def work(context: JobContext) -> None:
        started.set()
        while not context.cancelled():
            time.sleep(0.001)
        raise fault

    bench.runner.submit("fast", "old", work)
    assert started.wait(SECONDS)
    bench.runner.submit("fast", "new", lambda _: None)
    assert bench.runner.wait_idle(SECONDS)
    assert bench.errors == [(fault, "old")]


def test_a_fault_in_a_callback_is_reported_and_the_lane_lives_on(bench: Bench) -> None:
    got: list[int] = []

    def broken(_: object) -> None:
        raise ValueError("callback")

    bench.runner.submit("io", "first", lambda _: 1, broken)
    bench.runner.submit("io", "second", lambda _: 2, got.append)
    assert bench.runner.wait_idle(SECONDS)
    assert [str(error) for error, _ in bench.errors] == ["callback"]
    assert got == [2]


def test_views_tell_progress(bench: Bench) -> None:
    started, go = threading.Event(), threading.Event()

    def work(context: JobContext) -> None:
        context.progress(2.5, "1,000 rows")
        started.set()
        go.wait(SECONDS)

    bench.runner.submit("io", "Importing x.csv", work)
    bench.runner.submit("io", "hidden", lambda _: None, visible=False)
    assert started.wait(SECONDS)
    (view,) = bench.runner.views()
    assert (view.title, view.fraction, view.detail, view.running) == ("Importing x.csv", 1.0, "1,000 rows", True)
    go.set()
    assert bench.runner.wait_idle(SECONDS)
    assert bench.runner.views() == ()
    assert bench.notified > 0


def test_progress_reports_are_rate_limited(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        for number in range(20_000):
            context.progress(number / 20_000)

    started = time.monotonic()
    bench.runner.submit("io", "chatty", work)
    assert bench.runner.wait_idle(SECONDS)
    assert bench.notified < 10 + 20 * (time.monotonic() - started)


def test_close_cancels_and_ends_the_threads() -> None:
    bench, started, got = Bench(), threading.Event(), []
    bench.runner.submit("io", "endless", until_cancelled(started), got.append, got.append)
    bench.runner.submit("io", "never", lambda _: "never", got.append)
    assert started.wait(SECONDS)
    bench.runner.close()
    assert got == []
    with pytest.raises(RuntimeError):
        bench.runner.submit("io", "late", lambda _: None)


def test_a_pause_ends_with_the_cancel() -> None:
    context = JobContext(lambda: None)
    context.pause(0.001)
    threading.Timer(0.05, context.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        context.pause(SECONDS)
    assert time.monotonic() - started < SECONDS / 2


def test_a_job_that_is_being_cancelled_says_so(bench: Bench) -> None:
    started, go = threading.Event(), threading.Event()

    def work(_: JobContext) -> None:
        started.set()
        go.wait(SECONDS)

    job = bench.runner.submit("io", "stubborn", work)
    assert started.wait(SECONDS)
    bench.runner.cancel(job)
    (view,) = bench.runner.views()
    assert (view.detail, view.cancellable) == ("cancelling", False)
    go.set()
    assert bench.runner.wait_idle(SECONDS)


@pytest.fixture
def behind(bench: Bench) -> Bench:
    """The same with a lane "fit" that stands behind "fast"."""
    bench.runner.add_lane("fit", newest_wins=True, behind="fast")
    return bench


def test_a_job_rests_while_the_lane_before_its_own_has_work(behind: Bench) -> None:
    began, refreshing, release, went_on = (threading.Event() for _ in range(4))

    def fit(context: JobContext) -> None:
        began.set()
        refreshing.wait(SECONDS)
        context.check()
        went_on.set()

    def refresh(_: JobContext) -> None:
        refreshing.set()
        release.wait(SECONDS)

    behind.runner.submit("fit", "fit", fit)
    assert began.wait(SECONDS)
    behind.runner.submit("fast", "refresh", refresh)
    assert not went_on.wait(0.1)
    release.set()
    assert went_on.wait(SECONDS)


def test_a_job_that_rests_can_be_cancelled(behind: Bench) -> None:
    release, ended = threading.Event(), threading.Event()
    behind.runner.submit("fast", "refresh", lambda _: release.wait(SECONDS))
    job = behind.runner.submit("fit", "fit", lambda context: context.check(), failed=lambda _: ended.set())
    assert behind.runner.cancel(job)
    assert ended.wait(SECONDS)
    assert behind.runner.is_busy("fast")
    release.set()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a priority to a single thread")
def test_the_thread_of_a_lane_behind_another_stands_back(behind: Bench) -> None:
    found: dict[str, int] = {}

    def ask(name: str) -> Callable[[JobContext], None]:
        return lambda _: found.update({name: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())})

    behind.runner.submit("fast", "refresh", ask("fast"))
    behind.runner.submit("fit", "fit", ask("fit"))
    assert behind.runner.wait_idle(SECONDS)
    assert found["fit"] == min(found["fast"] + BACKGROUND, NICEST)
