# ruff: noqa: T201 - a command that prints
"""The brush in the benchmark: what a tile costs, what a step costs to numbers and to the painted frame, and a replay of brush traces.

    python tests/benchmarks/brush.py [--sessions 1000000,10000000] [--window-sessions 500000] [--events 400] [--out FILE.json]

Prints a table and writes JSON. Steps run over generated facts, with the benchmark's large panels and with the window's own settings; painted frames are
those of the real window at 1600 x 900, drawn offscreen, over a demo workspace that is made for it.

As in the window, lists keep what they list when the hand takes the brush.

A trace is synthetic: a hand drags the window's edge, moves the whole window, pauses and jumps; events come at gaps around 17 ms (log-normal). The replay of
steps runs on a clock of its own: the next event is taken when the answer before is done, the newest of those that have come meanwhile; the others are dropped.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from docops_desktop.analysis.refresh import (
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
    refresh,
)
from docops_desktop.analysis.tiles.brush_tiles import BrushTiles
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

FRAME_SECONDS = 0.016
MEDIAN_GAP_SECONDS = 0.017
OWN_PANELS = (
    TimelineRequest(),
    HeatmapRequest(),
    SegmentsRequest(by=("page_group",)),
    DistributionRequest(),
    PageCellsRequest(),
    TotalsRequest(),
)
"""What the window asks for unless the analyst chooses otherwise."""


def main() -> int:
    """Measure and report."""
    options = _options()
    report: dict[str, Any] = {"load": os.getloadavg()[0], "cores": os.cpu_count(), "steps": {}, "painted": {}}
    for sessions in (int(size) for size in options.sessions.split(",") if size):
        report["steps"][sessions] = _steps(sessions, options.events)
    if options.window_sessions:
        report["painted"] = _painted(options.window_sessions, options.events)
    _show(report)
    if options.out:
        Path(options.out).write_text(json.dumps(report, indent=1))
    return 0


def _steps(sessions: int, events: int) -> dict[str, Any]:
    from docops_desktop.kernels import warmup
    from tests.benchmarks.questions import PANELS, SHAPE, selection
    from tests.support.synthetic_facts import synthetic_facts

    assert warmup.wait(), warmup.failure()
    facts = synthetic_facts(sessions, **SHAPE)
    filters = {"3 filters": selection(facts).with_span(None), "nothing filtered": Selection()}
    panels = {"large panels": PANELS, "the window's panels": OWN_PANELS}
    return {
        f"{what}, {which}": brush(facts, selection, some, events)
        for what, selection in filters.items()
        for which, some in panels.items()
    }


def _painted(sessions: int, events: int) -> dict[str, Any]:
    from docops_desktop.ingest.demo.make import make_demo
    from docops_desktop.store.columnar_cache import open_facts
    from docops_desktop.store.workspace import Workspace
    from tests.benchmarks.painted import painted

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.docops"
        with Workspace.create(path) as ws:
            make_demo(ws, sessions)
            open_facts(ws)
        return {
            f"{sessions:,} demo sessions, nothing filtered": painted(path, events),
            f"{sessions:,} demo sessions, mobile only": painted(path, events, (("device_type", "Mobile"),)),
        }


def brush(facts: Facts, selection: Selection, panels: tuple[Any, ...], events: int = 400) -> dict[str, Any]:
    """Build tiles and replay a trace; return plain figures (seconds, bytes, shares)."""
    cpu, wall = time.process_time(), time.perf_counter()
    tiles = BrushTiles.build(facts, RefreshRequest(selection, panels))
    build = time.perf_counter() - wall
    build_cpu = time.process_time() - cpu
    tiles.hold(
        refresh(facts, RefreshRequest(selection, panels)).results
    )  # as the window does when a hand takes the brush
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
        "step_best_seconds": min(steps),
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


def _show(report: dict[str, Any]) -> None:
    print(f"load average {report['load']:.1f} on {report['cores']} cores; ms unless said otherwise\n")
    head = ("build s", "CPU s", "MB", "step", "p95", "CPU", "best", "in 16 ms", "dropped")
    for sessions, cases in report["steps"].items():
        print(f"{sessions:,} sessions: steps to numbers\n  {'':40s}" + "".join(f"{name:>9s}" for name in head))
        for name, row in cases.items():
            times = (
                row[k] * 1e3 for k in ("step_seconds", "step_p95_seconds", "step_cpu_seconds", "step_best_seconds")
            )
            print(
                f"  {name:40s}{row['build_seconds']:9.2f}{row['build_cpu_seconds']:9.2f}{row['tile_mb']:9.0f}"
                + "".join(f"{ms:9.2f}" for ms in times)
                + f"{row['in_16_ms']:9.1%}{row['dropped']:6d} of {row['events']}"
            )
    head = ("median", "p95", "worst", "own p95", "CPU", "CPU p10", "in 16 ms", "dropped")
    if report["painted"]:
        print(f"painted frames, from the mouse to the picture\n  {'':40s}" + "".join(f"{name:>9s}" for name in head))
    for name, row in report["painted"].items():
        times = (
            row[k] * 1e3
            for k in (
                "median_seconds",
                "p95_seconds",
                "worst_seconds",
                "own_p95_seconds",
                "gui_cpu_seconds",
                "gui_cpu_p10_seconds",
            )
        )
        print(
            f"  {name:40s}"
            + "".join(f"{ms:9.1f}" for ms in times)
            + f"{row['in_16_ms']:9.1%}{row['dropped']:6d} of {row['events']}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", default="1000000,10000000")
    parser.add_argument("--window-sessions", type=int, default=500_000)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--out", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
