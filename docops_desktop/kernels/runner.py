"""Runs a plan: on the compiled pass with all cores when it is ready, else on the NumPy reference.

Threads are plain Python threads: the compiled pass releases the interpreter lock, each thread takes the next share of blocks when it is done with one
and adds to its own accumulators, which are summed at the end. No OpenMP or other threading layer is needed, and two passes at a time are safe; one
process-wide lock keeps them from fighting for the cores.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from docops_desktop.kernels import layout as lay
from docops_desktop.kernels import reference, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import ScanOutput, ScanPlan

_MAX_THREADS = 8
_BLOCKS_PER_CALL = 64
_FEWEST_BLOCKS_PER_CALL = 8
_REFERENCE_BLOCKS = 64
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
    plan: ScanPlan, cancel: CancelFlag | None = None, threads: int | None = None, *, wide: bool = False
) -> ScanOutput:
    """Run a plan and return its sums.

    Args:
        plan: what to add up.
        cancel: polled before every block.
        threads: number of threads, default ``thread_count()``.
        wide: 64-bit histograms, needed when the page views' weights add up to 2^32 or more.

    Raises:
        PassCancelled: the flag was set before the pass was done.
    """
    flag = cancel or CancelFlag()
    with _lock:
        if flag.is_set:
            raise PassCancelled
        mask = np.zeros(plan.n_sessions if plan.at[lay.AT_WRITE_MASK] else 0, dtype=np.uint8)
        if wide and warmup.ready():
            warmup.start(wide=True)
        if not warmup.ready(wide=wide):
            return _run_reference(plan, flag, mask)
        return _run_compiled(plan, flag, mask, max(1, threads or thread_count()), wide)


def _run_reference(plan: ScanPlan, flag: CancelFlag, mask: lay.U8) -> ScanOutput:
    out = ScanOutput(
        np.zeros((plan.acc_rows, lay.ACC_FIELDS), dtype=np.int64),
        np.zeros(plan.acc_rows, dtype=np.float64),
        np.zeros(plan.hist_size, dtype=np.int64),
        mask,
    )
    for first, end in _shares(len(plan.blocks), _REFERENCE_BLOCKS):
        if flag.is_set:
            raise PassCancelled
        reference.scan(plan, first, end, out)
    return out


def _run_compiled(plan: ScanPlan, flag: CancelFlag, mask: lay.U8, threads: int, wide: bool) -> ScanOutput:
    kernel = _kernel(wide)
    per_call = min(max(len(plan.blocks) // (4 * threads), _FEWEST_BLOCKS_PER_CALL), _BLOCKS_PER_CALL)
    shares = iter(_shares(len(plan.blocks), per_call))
    threads = min(threads, max(1, -(-len(plan.blocks) // per_call)))
    take = threading.Lock()

    def work() -> ScanOutput:
        out = ScanOutput(
            np.zeros(plan.acc_rows * lay.ACC_FIELDS, dtype=np.int64),
            np.zeros(plan.acc_rows, dtype=np.float64),
            np.zeros(plan.hist_size, dtype=np.int64 if wide else np.uint32),
        )
        stamps = np.zeros(2 * plan.stamp_size, dtype=np.int32)
        while True:
            with take:
                share = next(shares, None)
            if share is None or flag.is_set:
                return out
            kernel(
                plan.data, plan.extra, plan.columns, plan.at, plan.blocks, share[0], share[1], plan.session_clauses,
                plan.view_clauses, plan.mask_lut, plan.keys, plan.key_lut, plan.run_edges, plan.run_codes, plan.panels,
                plan.hists, out.acc, out.revenue_squared, out.hist, stamps, mask, flag.array,
            )  # fmt: skip

    futures = [_executor().submit(work) for _ in range(threads - 1)]
    parts = [work(), *(future.result() for future in futures)]
    if flag.is_set:
        raise PassCancelled
    total = parts[0]
    for part in parts[1:]:
        total.acc += part.acc
        total.revenue_squared += part.revenue_squared
        total.hist += part.hist
    acc = total.acc.reshape(plan.acc_rows, lay.ACC_FIELDS)
    return ScanOutput(acc, total.revenue_squared, total.hist, mask, compiled=True)


def _kernel(wide: bool) -> Callable[..., int]:
    """Return the compiled pass; loaded by the warm-up, but for the rare wide one."""
    if wide:
        from docops_desktop.kernels.fused_wide import scan
    else:
        from docops_desktop.kernels.fused import scan
    kernel: Callable[..., int] = scan
    return kernel


def _shares(blocks: int, per_call: int) -> Iterator[tuple[int, int]]:
    for first in range(0, blocks, per_call):
        yield first, min(first + per_call, blocks)


def _executor() -> ThreadPoolExecutor:
    global _pool  # noqa: PLW0603 - one pool per process; its threads idle between passes
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="pass")
        return _pool
