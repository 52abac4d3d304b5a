"""Runs a plan: on the compiled pass with all cores when it is ready, else on the NumPy reference.

Threads are plain Python threads: the compiled pass releases the interpreter lock, each thread takes the next share of blocks when it is done with one
and adds to its own accumulators, which are summed at the end. No OpenMP or other threading layer is needed, and two passes at a time are safe; one
process-wide lock keeps them from fighting for the cores.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from docops_desktop.kernels import layout as lay
from docops_desktop.kernels import memory, reference, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import ScanOutput, ScanPlan
from docops_desktop.kernels.priority import stand_back

_MAX_THREADS = 8
_BLOCKS_PER_CALL = 8
_FEWEST_BLOCKS_PER_CALL = 2
_FEWEST_ROWS_PER_THREAD = 100_000
"""Below this, adding up another thread's sums takes longer than it saves."""
_FEWEST_BINS_PER_THREAD = 250_000
"""Histograms smaller than this are added up faster than another thread wakes."""
_REFERENCE_BLOCKS = 4
_REFERENCE_SECONDS_PER_ROW = 1e-6
_POLL_SECONDS = 0.005
_lock = threading.Lock()
_pool_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


class PassCancelled(Exception):  # noqa: N818 - an outcome that the caller asked for
    """The cancel flag was set; the accumulators are incomplete."""


def thread_count() -> int:
    """Return the number of threads of a pass: the cores this process may use, at most eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _MAX_THREADS))


def run(
    plan: ScanPlan,
    cancel: CancelFlag | None = None,
    threads: int | None = None,
    *,
    wide: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> ScanOutput:
    """Run a plan and return its sums.

    Args:
        plan: what to add up.
        cancel: polled before every block.
        threads: number of threads, default ``thread_count()``.
        wide: 64-bit histograms, needed when the page views' weights add up to 2^32 or more.
        meanwhile: done first by this thread, while the others have begun with the pass.

    Raises:
        PassCancelled: the flag was set before the pass was done.
    """
    flag = cancel or CancelFlag()
    _await_kernels(plan, flag)
    with _lock:
        if flag.is_set:
            raise PassCancelled
        mask = _mask(plan)
        if wide and warmup.ready():
            warmup.start(wide=True)
        if not warmup.ready(wide=wide):
            if meanwhile is not None:
                meanwhile()
            return _run_reference(plan, flag, mask)
        return _run_compiled(plan, flag, mask, max(1, threads or thread_count()), wide, meanwhile)


def _await_kernels(plan: ScanPlan, flag: CancelFlag) -> None:
    """Wait for the compiled pass while it is being loaded, no longer than the reference would take for the plan."""
    end = time.monotonic() + plan.rows * _REFERENCE_SECONDS_PER_ROW
    while warmup.pending() and not flag.is_set and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)


def _mask(plan: ScanPlan) -> lay.U8:
    written = plan.blocks[(plan.blocks[:, lay.BLOCK_SPANS] & plan.at[lay.AT_WRITE_MASK]) != 0]
    if not plan.at[lay.AT_WRITE_MASK]:
        return np.zeros(0, dtype=np.uint8)
    first, end = written[:, lay.BLOCK_START].min(initial=plan.n_sessions), written[:, lay.BLOCK_END].max(initial=0)
    return memory.take_mask(plan.n_sessions, int(first), int(end))


def _run_reference(plan: ScanPlan, flag: CancelFlag, mask: lay.U8) -> ScanOutput:
    out = ScanOutput(
        np.zeros((plan.acc_rows, lay.ACC_FIELDS), dtype=np.int64),
        np.zeros(plan.acc_rows, dtype=np.float64),
        np.zeros(plan.hist_size, dtype=np.int64),
        mask,
    )
    for first in range(0, len(plan.blocks), _REFERENCE_BLOCKS):
        if flag.is_set:
            raise PassCancelled
        reference.scan(plan, first, min(first + _REFERENCE_BLOCKS, len(plan.blocks)), out)
    return out


def _run_compiled(
    plan: ScanPlan, flag: CancelFlag, mask: lay.U8, threads: int, wide: bool, meanwhile: Callable[[], None] | None
) -> ScanOutput:
    kernel = _kernel(wide)
    threads = min(threads, max(1, plan.rows // _FEWEST_ROWS_PER_THREAD))
    shares = _shares(plan, threads)
    parts = _WideParts(plan, threads) if wide else _Parts(plan, threads)
    queue = iter(shares)
    take = threading.Lock()

    def work(thread: int) -> None:
        if thread == 0 and meanwhile is not None:
            meanwhile()
        acc, squares, hist = parts.begin(thread)
        stamps = np.zeros(2 * plan.stamp_size, dtype=np.int32)
        cap = int(plan.at[lay.AT_CAP])
        scratch = memory.scratch(lay.scratch_size(cap))
        lay.prepare_scratch(scratch, cap)
        while True:
            with take:
                share = next(queue, None)
            if share is None or flag.is_set:
                return
            kernel(
                plan.data, plan.extra, plan.columns, plan.at, plan.blocks, share[0], share[1], plan.session_clauses,
                plan.view_clauses, plan.mask_lut, plan.keys, plan.key_lut, plan.run_edges, plan.run_codes, plan.panels,
                plan.hists, acc, squares, hist, stamps, mask, scratch, flag.array,
            )  # fmt: skip

    _together(work, threads)
    if flag.is_set:
        parts.drop()
        raise PassCancelled
    acc, squares, hist = parts.total()
    return ScanOutput(acc.reshape(plan.acc_rows, lay.ACC_FIELDS), squares, hist, mask, compiled=True)


def _together(work: Callable[[int], None], threads: int) -> None:
    """Call ``work(0) .. work(threads - 1)`` at the same time."""
    futures = [_executor().submit(work, thread) for thread in range(1, threads)]
    try:
        work(0)
    finally:
        for future in futures:
            future.result()


class _Parts:
    """The threads' accumulators, cleared and added up by compiled steps."""

    def __init__(self, plan: ScanPlan, threads: int) -> None:
        from docops_desktop.kernels.merge import clear, fold

        self._plan, self._clear, self._fold = plan, clear, fold
        self._memory = [memory.take(plan) for _ in range(threads)]

    def begin(self, thread: int) -> tuple[Any, Any, Any]:
        """Return a thread's accumulators, zeroed by the thread itself."""
        self._memory[thread].clean(self._clear)
        return self._memory[thread].arrays(self._plan)

    def total(self) -> tuple[Any, Any, Any]:
        """Return the sums of all threads."""
        plan, threads = self._plan, len(self._memory)
        arrays = [one.arrays(plan) for one in self._memory]
        shares = threads if plan.hist_size > _FEWEST_BINS_PER_THREAD * threads else 1

        def add(share: int) -> None:
            for part in arrays[1:]:
                self._fold(plan.panels, plan.hists, *part, *arrays[0], share, shares)

        _together(add, shares)
        for one in self._memory[1:]:
            one.cleaned()
            memory.give_back(one)
        return self._memory[0].lease(plan)

    def drop(self) -> None:
        """Take the memory back without a result."""
        for one in self._memory:
            memory.give_back(one)


class _WideParts:
    """The same with 64-bit histograms, which hardly anybody needs: plain arrays."""

    def __init__(self, plan: ScanPlan, threads: int) -> None:
        rows, bins = plan.acc_rows, plan.hist_size
        self._arrays = [
            (np.zeros(rows * lay.ACC_FIELDS, np.int64), np.zeros(rows), np.zeros(bins, np.int64))
            for _ in range(threads)
        ]

    def begin(self, thread: int) -> tuple[Any, Any, Any]:
        """Return a thread's accumulators."""
        return self._arrays[thread]

    def total(self) -> tuple[Any, Any, Any]:
        """Return the sums of all threads."""
        first, *others = self._arrays
        for arrays in others:
            for target, source in zip(first, arrays, strict=True):
                np.add(target, source, out=target)
        return first

    def drop(self) -> None:
        """Nothing is kept."""


def _kernel(wide: bool) -> Callable[..., int]:
    """Return the compiled pass; loaded by the warm-up, but for the rare wide one."""
    if wide:
        from docops_desktop.kernels.fused_wide import scan
    else:
        from docops_desktop.kernels.fused import scan
    kernel: Callable[..., int] = scan
    return kernel


def _shares(plan: ScanPlan, threads: int) -> list[tuple[int, int]]:
    """Cut the blocks into shares, those first that most panels look at: so that the threads are done at the same time."""
    n = len(plan.blocks)
    per_call = min(max(n // (16 * threads), _FEWEST_BLOCKS_PER_CALL), _BLOCKS_PER_CALL)
    firsts = np.arange(0, n, per_call)
    spans = np.bitwise_or.reduceat(plan.blocks[:, lay.BLOCK_SPANS], firsts) if n else firsts
    order = np.argsort(-spans, kind="stable")
    return [(first, min(first + per_call, n)) for first in firsts[order].tolist()]


def _executor() -> ThreadPoolExecutor:
    global _pool  # noqa: PLW0603 - one pool per process; its threads idle between passes
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="pass", initializer=stand_back)
        return _pool
