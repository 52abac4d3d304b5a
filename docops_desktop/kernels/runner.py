"""Runs a plan: on the compiled pass with all cores when it is ready, else on the NumPy reference.

Threads are plain Python threads: the compiled pass releases the interpreter lock, each thread takes the next block when it is done with one
and adds to its own accumulators, which are summed at the end. No OpenMP or other threading layer is needed, and two passes at a time are safe; one
process-wide lock keeps them from fighting for the cores.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from docops_desktop.kernels import layout as lay
from docops_desktop.kernels import memory, reference, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.group_sums import GroupSums
from docops_desktop.kernels.layout import F64, I64, ScanOutput, ScanPlan
from docops_desktop.kernels.priority import PASS, stand_back

_MAX_THREADS = 8
_FEWEST_ROWS_PER_THREAD = 100_000
"""Below this, adding up another thread's sums takes longer than it saves."""
_FEWEST_BINS_PER_THREAD = 250_000
"""Histograms smaller than this are added up faster than another thread wakes."""
_REFERENCE_BLOCKS = 4
_REFERENCE_SECONDS_PER_ROW = 1e-6
_POLL_SECONDS = 0.005
_lock = threading.RLock()
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
    early: Callable[[ScanOutput], None] | None = None,
    early_spans: int = -1,
) -> ScanOutput:
    """Run a plan and return its sums.

    Args:
        plan: what to add up.
        cancel: polled before every block.
        threads: number of threads, default ``thread_count()``.
        wide: 64-bit histograms, needed when the page views' weights add up to 2^32 or more.
        early: called once by this thread as soon as the blocks of ``early_spans`` are added, while the others go on with the rest; it may run plans of its own.
            The sums that it is given are complete for panels that look at no other spans.
        early_spans: span bits.

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
        if warmup.ready(wide=wide):
            return _run_compiled(plan, flag, mask, max(1, threads or thread_count()), wide, early, early_spans)
        out = _run_reference(plan, flag, mask)
        if early is not None:
            early(out)
        return out


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
        lay.nothing_kept(len(plan.keep_columns)) if plan.keep_size[0] else None,
    )
    for first in range(0, len(plan.blocks), _REFERENCE_BLOCKS):
        if flag.is_set:
            raise PassCancelled
        reference.scan(plan, first, min(first + _REFERENCE_BLOCKS, len(plan.blocks)), out)
    return out


def _run_compiled(
    plan: ScanPlan,
    flag: CancelFlag,
    mask: lay.U8,
    threads: int,
    wide: bool,
    early: Callable[[ScanOutput], None] | None,
    early_spans: int,
) -> ScanOutput:
    kernel = _kernel(wide)
    threads = min(threads, max(1, plan.rows // _FEWEST_ROWS_PER_THREAD))
    parts = _WideParts(plan, threads) if wide else _Parts(plan, threads)
    blocks, first = _ordered(plan, early_spans if early is not None else 0)
    kept, codes = memory.take_kept(lay.KEPT_FIELDS + len(plan.keep_columns), *plan.keep_size)
    turns = np.zeros((2, memory.LINE // 8), dtype=np.int64)  # a cache line each
    turns[1, 0] = first
    begun = [threading.Event() for _ in range(threads)]

    @cache
    def listed() -> lay.Kept | None:
        return _listed(blocks, kept, codes) if plan.keep_size[0] else None

    def output(sums: Any, amounts: I64, squares: F64, hist: Any) -> ScanOutput:
        acc = GroupSums(sums.reshape(-1, lay.SUM_FIELDS), amounts.reshape(-1, lay.AMOUNT_FIELDS))
        return ScanOutput(acc, squares, hist, mask, listed(), compiled=True)

    def work(thread: int) -> None:
        own = parts.begin(thread)
        stamps = np.zeros(2 * plan.stamp_size, dtype=np.int32)
        cap = int(plan.at[lay.AT_CAP])
        scratch = memory.scratch(lay.scratch_size(cap))

        def add(stage: int, end: int) -> None:
            kernel(
                plan.data, plan.extra, plan.columns, plan.at, plan.has_outcome, plan.outcomes_before, plan.outcomes, plan.value_bits, blocks,
                turns[stage], end, plan.session_clauses, plan.view_clauses, plan.mask_lut, plan.keys, plan.key_lut, plan.run_edges, plan.run_codes, plan.panels,
                plan.hists, *own, stamps, mask, plan.keep_columns, kept, codes, scratch, flag.array,
            )  # fmt: skip

        try:
            add(0, first)
        finally:
            begun[thread].set()  # whatever happened, nobody waits for this thread
        if flag.is_set or first == len(blocks):
            return
        if thread == 0 and early is not None:
            for one in begun:
                one.wait()
            if not flag.is_set:
                early(output(*parts.total(early_spans)))
        add(1, len(blocks))

    together(work, threads)
    if flag.is_set:
        parts.drop()
        raise PassCancelled
    out = output(*parts.total())
    if early is not None and first == len(blocks):
        early(out)
    return out


def _ordered(plan: ScanPlan, early_spans: int) -> tuple[lay.I64, int]:
    """Return the blocks, those of ``early_spans`` first and then those that most panels look at, so that the threads are done at the same time.

    Also how many of them are done before the rest: those of ``early_spans``, all without any.
    """
    spans = plan.blocks[:, lay.BLOCK_SPANS]
    late = (spans & early_spans) == 0
    blocks = plan.blocks[np.lexsort((-spans, late))]
    return blocks, len(blocks) - int(late.sum()) if early_spans else len(blocks)


def _listed(blocks: lay.I64, sessions: lay.U32, codes: lay.U16) -> lay.Kept:
    """Return what the pass listed."""
    listed = blocks[blocks[:, lay.BLOCK_KEEP_AT] != lay.NOT_KEPT]
    return lay.Kept(listed[np.argsort(listed[:, lay.BLOCK_START])], sessions, codes)


def together(work: Callable[[int], None], threads: int) -> None:
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
        self._added = np.zeros(len(plan.panels), dtype=np.bool_)
        self._lease: memory.Sums | None = None

    def begin(self, thread: int) -> memory.Sums:
        """Return a thread's accumulators, zeroed by the thread itself."""
        self._memory[thread].clean(self._clear)
        return self._memory[thread].arrays(self._plan)

    def total(self, spans: int = -1) -> memory.Sums:
        """Return the sums of all threads: of all panels, or first of those that look at these spans only, while threads still add to the others."""
        plan, threads = self._plan, len(self._memory)
        panels = plan.panels
        looked = panels[:, lay.PANEL_SPANS] | panels[:, lay.PANEL_BASELINE_SPANS]
        panels = panels[((looked & ~spans) == 0) & ~self._added]
        self._added |= (looked & ~spans) == 0
        arrays = [one.arrays(plan) for one in self._memory]
        shares = threads if spans == -1 and plan.hist_size > _FEWEST_BINS_PER_THREAD * threads else 1

        def add(share: int) -> None:
            for part in arrays[1:]:
                self._fold(panels, plan.hists, *part, *arrays[0], share, shares)

        together(add, shares)
        if self._lease is None:
            self._lease = self._memory[0].lease(plan)
        if spans == -1:
            for one in self._memory[1:]:
                one.cleaned()
                memory.give_back(one)
        return self._lease

    def drop(self) -> None:
        """Take the memory back without a result."""
        for one in self._memory if self._lease is None else self._memory[1:]:
            memory.give_back(one)


class _WideParts:
    """The same with 64-bit counts, which hardly anybody needs: plain arrays."""

    def __init__(self, plan: ScanPlan, threads: int) -> None:
        rows, bins = plan.acc_rows, plan.hist_size
        self._arrays = [
            (
                np.zeros(rows * lay.SUM_FIELDS, np.int64),
                np.zeros(rows * lay.AMOUNT_FIELDS, np.int64),
                np.zeros(rows),
                np.zeros(bins, np.int64),
            )
            for _ in range(threads)
        ]

    def begin(self, thread: int) -> tuple[I64, I64, F64, I64]:
        """Return a thread's accumulators."""
        return self._arrays[thread]

    def total(self, spans: int = -1) -> tuple[I64, I64, F64, I64]:  # noqa: ARG002 - all of them, at any time
        """Return the sums of all threads: a copy, because they may go on."""
        sums, amounts, squares, hist = (sum(arrays) for arrays in zip(*self._arrays, strict=True))
        return sums, amounts, squares, hist

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


def _executor() -> ThreadPoolExecutor:
    global _pool  # noqa: PLW0603 - one pool per process; its threads idle between passes
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(
                _MAX_THREADS, thread_name_prefix="pass", initializer=stand_back, initargs=(PASS,)
            )
        return _pool
