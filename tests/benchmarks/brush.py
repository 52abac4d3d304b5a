"""The brush in the benchmark: what a tile costs, what a step costs, and a replay of brush traces.

A trace is synthetic: a hand drags the window's edge, moves the whole window, pauses and jumps; events come at gaps around 17 ms (log-normal). The replay
runs on a clock of its own: the next event is taken when the answer before is done, the newest of those that have come meanwhile; the others are dropped.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from docops_desktop.analysis.refresh import RefreshRequest
from docops_desktop.analysis.tiles import BrushTiles
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

FRAME_SECONDS = 0.016
MEDIAN_GAP_SECONDS = 0.017


def brush(facts: Facts, selection: Selection, panels: tuple[Any, ...], events: int = 400) -> dict[str, Any]:
    """Build tiles and replay a trace; return plain figures (seconds, bytes, shares)."""
    cpu, wall = time.process_time(), time.perf_counter()
    tiles = BrushTiles.build(facts, RefreshRequest(selection, panels))
    build = time.perf_counter() - wall
    build_cpu = time.process_time() - cpu
    spans, arrivals = trace(tiles, events)
    tiles.answer(spans[0])
    steps, in_time, dropped = [], 0, 0
    by_cpu = []
    clock, k = 0.0, 0
    while k < len(spans):
        clock = max(clock, arrivals[k])
        newest = int(np.searchsorted(arrivals, clock, side="right")) - 1
        dropped += newest - k
        cpu = time.thread_time()
        started = time.perf_counter()
        tiles.answer(spans[newest])
        took = time.perf_counter() - started
        by_cpu.append(time.thread_time() - cpu)
        steps.append(took)
        clock += took
        in_time += clock - arrivals[newest] <= FRAME_SECONDS
        k = newest + 1
    return {
        "build_seconds": build,
        "build_cpu_seconds": build_cpu,
        "tile_mb": tiles.nbytes / 1e6,
        "waiting": dict(tiles.waiting),
        "step_seconds": statistics.median(steps),
        "step_cpu_seconds": statistics.median(by_cpu),
        "step_p95_seconds": float(np.quantile(steps, 0.95)),
        "events": events,
        "in_16_ms": in_time / len(steps),
        "dropped": dropped,
    }


def trace(tiles: BrushTiles, events: int, seed: int = 1) -> tuple[list[TimeSpan], np.ndarray[Any, Any]]:
    """Return the spans of a trace, all different from the one before, and when each comes (seconds)."""
    rng = np.random.default_rng(seed)
    edges = tiles.edges_ms
    last = len(edges) - 1
    low, high = last // 3, last // 2
    spans = []
    while len(spans) < events:
        kind = rng.choice(["end", "start", "move", "jump"], p=[0.4, 0.2, 0.35, 0.05])
        for step in rng.integers(-2, 3, int(rng.integers(5, 30))):
            before = low, high
            if kind == "end":
                high = int(np.clip(high + step, low + 1, last))
            elif kind == "start":
                low = int(np.clip(low + step, 0, high - 1))
            elif kind == "move":
                shift = int(np.clip(step, -low, last - high))
                low, high = low + shift, high + shift
            else:
                low, high = sorted(int(x) for x in rng.choice(last + 1, 2, replace=False))
            if (low, high) != before:
                spans.append(TimeSpan(int(edges[low]), int(edges[high])))
    gaps = rng.lognormal(np.log(MEDIAN_GAP_SECONDS), 0.25, events)
    return spans[:events], np.cumsum(gaps)
