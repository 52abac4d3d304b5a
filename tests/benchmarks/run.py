# ruff: noqa: T201 - a command that prints
"""Benchmark: import, open, linked refresh, brush and cancelling; the refresh beside DuckDB, Polars, pandas and SQLite on the same data in the same run.

    python tests/benchmarks/run.py [--sessions 1000000] [--peers duckdb,polars,pandas,sqlite] [--repeats 5] [--import-rows 200000] [--out FILE.json]

Prints a table and writes JSON. Every peer's answer must equal ours to the last count, or the run fails. The memory bandwidth is measured in the same run.
100 million sessions (--sessions 100000000 --peers "") need about 4 GB of columns. Times are medians of several; "CPU" is what all threads used.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
THREADS = 2
os.environ.setdefault("POLARS_MAX_THREADS", str(THREADS))

import numpy as np  # noqa: E402

from docops_desktop.analysis.facts_index import index_of  # noqa: E402
from docops_desktop.analysis.pages import rank_pages  # noqa: E402
from docops_desktop.analysis.refresh import (  # noqa: E402
    CancelFlag,
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    RefreshRequest,
    RefreshResult,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
    refresh,
)
from docops_desktop.analysis.timeline import time_bins  # noqa: E402
from docops_desktop.kernels import runner, warmup  # noqa: E402
from docops_desktop.model.errors import Cancelled  # noqa: E402
from docops_desktop.model.selection import Selection  # noqa: E402
from docops_desktop.model.timespan import TimeSpan  # noqa: E402
from docops_desktop.store.facts import Facts  # noqa: E402
from tests.benchmarks import peers  # noqa: E402
from tests.benchmarks.brush import brush  # noqa: E402
from tests.benchmarks.table import show  # noqa: E402
from tests.benchmarks.workspace import workspace  # noqa: E402
from tests.support.synthetic_facts import synthetic_facts  # noqa: E402

LISTED = ("sessions", "page_views", "conversions", "conversion_rate", "revenue", "load_p75")
PANELS = (
    TimelineRequest(),
    HeatmapRequest(top_rows=peers.TOP_ROWS, top_columns=peers.TOP_COLUMNS),
    SegmentsRequest(by=("device_model",), measures=LISTED),
    DistributionRequest(),
    PageCellsRequest(),
)


def main() -> int:
    """Run and report; 1 when an answer differs."""
    options = _options()
    runner.thread_count = lambda: THREADS  # type: ignore[assignment]
    facts = synthetic_facts(options.sessions, days=14, device_models=18_000, carriers=600, countries=60, urls=5_000)
    assert warmup.wait(), warmup.failure()
    bandwidth = memory_bandwidth()
    rows = [dict(case=name, **_ours(facts, *what, options.repeats)) for name, what in _cases(facts).items()]
    report: dict[str, Any] = {
        "machine": {
            "cpu": platform.processor(),
            "cores": os.cpu_count(),
            "threads": THREADS,
            "load": os.getloadavg()[0],
        },
        "sessions": facts.n_sessions,
        "page_views": facts.n_page_views,
        "facts_mb": facts.buffer.nbytes / 1e6,
        "bandwidth_gb_s": bandwidth,
        "ours": rows,
    }
    report["ranking_seconds"] = _ranking(facts)
    report["brush"] = {
        name: brush(facts, selection, PANELS)
        for name, selection in (("3 filters", _selection(facts)), ("nothing filtered", Selection()))
    }
    report["stop_seconds"] = _stopping(facts)
    if options.import_rows:
        report["workspace"] = workspace(min(options.sessions, 10 * options.import_rows), options.import_rows)
    ours_seconds = next(row["seconds"] for row in rows if row["case"] == "refresh, 3 filters")
    touched = touched_bytes(facts, _selection(facts))
    report["touched_mb"] = touched / 1e6
    report["times_bandwidth"] = ours_seconds / (touched / bandwidth / 1e9)
    report["bandwidth_share"] = 1 / report["times_bandwidth"]
    report["peers"], equal = _peers(facts, options, ours_seconds)
    report["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show(report)
    if options.out:
        Path(options.out).write_text(json.dumps(report, indent=1))
    return 0 if equal else 1


def memory_bandwidth() -> float:
    """Return GB/s of reading with as many threads as the refresh uses: the best of several sums over 512 MB."""
    from concurrent.futures import ThreadPoolExecutor

    parts = [np.ones(32_000_000, dtype=np.int64) for _ in range(THREADS)]
    best = 0.0
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(7):
            started = time.perf_counter()
            list(pool.map(np.sum, parts))
            best = max(best, sum(p.nbytes for p in parts) / (time.perf_counter() - started) / 1e9)
    return best


def touched_bytes(facts: Facts, selection: Selection) -> float:
    """Return the bytes that a refresh under these three filters has to read at the least.

    The filter columns of every session, and of the sessions that pass (whole cache lines are not counted) the other session columns, offsets and the page
    views' group, load code and flags.
    """
    size = {name: np.dtype(c.dtype).itemsize for name, c in (facts.sessions | facts.page_views).items()}
    country, browser = (facts.session(name) == _code(facts, name) for name in ("country", "browser"))
    passed = country & browser
    views = int((facts.session("view_offset")[1:] - facts.session("view_offset")[:-1])[passed].sum())
    names = ("device_model", "carrier", "views", "conversions", "revenue", "device_type", "connection", "country")
    session_bytes = sum(size[name] for name in names) + 2 * size["view_offset"]
    view_bytes = size["page_group"] + size["load"] + size["flags"]
    filters = (size["country"] + size["browser"]) * facts.n_sessions
    return float(filters + passed.sum() * session_bytes + views * view_bytes)


def _cases(facts: Facts) -> dict[str, tuple[Selection, tuple[Any, ...], bool]]:
    three = _selection(facts)
    return {
        "refresh, nothing filtered": (Selection(), PANELS, True),
        "refresh, 3 filters": (three, PANELS, True),
        "refresh, window moved": (three, PANELS, False),
        "heatmap alone, 3 filters": (three, PANELS[1:2], True),
        "page cells alone, 3 filters": (three, PANELS[4:], True),
        "totals alone, 3 filters": (three, (TotalsRequest(measures=LISTED),), True),
    }


def _selection(facts: Facts) -> Selection:
    header = facts.header
    day = (header.last_ms - header.first_ms) // 14
    window = TimeSpan(header.first_ms + 7 * day, header.first_ms + 9 * day)
    return Selection(span=window).keep("country", ["country-1"]).keep("browser", ["Chrome"])


def _code(facts: Facts, name: str) -> int:
    value = {"country": "country-1", "browser": "Chrome"}[name]
    return facts.header.dictionaries[name].index(value)


def _ours(facts: Facts, selection: Selection, panels: tuple[Any, ...], fresh: bool, repeats: int) -> dict[str, Any]:
    """Time our refresh; ``fresh`` forgets the timeline of this selection each time, as if its clauses had just been set."""
    refresh(facts, RefreshRequest(selection, panels))
    times, cpu = [], []
    for _ in range(repeats):
        if fresh:
            _forget_timelines(facts)
        before = time.process_time()
        result = refresh(facts, RefreshRequest(selection, panels))
        cpu.append(time.process_time() - before)
        times.append(result.seconds)
    return {
        "seconds": statistics.median(times),
        "best": min(times),
        "cpu_seconds": statistics.median(cpu),
        "rows": result.rows_scanned,
    }


def _ranking(facts: Facts) -> float:
    """Time the model behind the page ranking, which follows its cells."""
    cells = refresh(facts, RefreshRequest(_selection(facts), PANELS[4:])).results["pages"]
    started = time.perf_counter()
    rank_pages(cells)
    return time.perf_counter() - started


def _stopping(facts: Facts) -> dict[str, float]:
    """Time how long a refresh of everything goes on after it was superseded, at ten points of its course."""
    took = []
    whole = _ours(facts, Selection(), PANELS, fresh=True, repeats=1)["seconds"]
    for share in np.linspace(0.05, 0.95, 10):
        _forget_timelines(facts)
        flag, ended = CancelFlag(), threading.Event()
        stopped_at = [0.0]

        def work(flag: CancelFlag = flag, stopped_at: list[float] = stopped_at, ended: threading.Event = ended) -> None:
            try:
                refresh(facts, RefreshRequest(Selection(), PANELS), flag)
            except Cancelled:
                stopped_at[0] = time.perf_counter()
            ended.set()

        threading.Thread(target=work).start()
        time.sleep(share * whole)
        set_at = time.perf_counter()
        flag.set()
        ended.wait()
        if stopped_at[0]:
            took.append(stopped_at[0] - set_at)
    return {"median": statistics.median(took), "worst": max(took), "stopped": len(took)} if took else {}


def _forget_timelines(facts: Facts) -> None:
    index_of(facts)._results.clear()
    kept = index_of(facts)._kept
    for key in [k for k in kept if k[0] == "timeline" and k[2]]:
        del kept[key]


def _peers(facts: Facts, options: argparse.Namespace, ours_seconds: float) -> tuple[list[dict[str, Any]], bool]:
    names = [name for name in options.peers.split(",") if name]
    if not names:
        return [], True
    sessions, views = peers.tables(facts)
    selection = _selection(facts)
    assert selection.span is not None
    bin_ms, edges = time_bins(facts, 200)
    filters = peers.Filters(
        selection.span.start_ms,
        selection.span.end_ms,
        _code(facts, "country"),
        _code(facts, "browser"),
        bin_ms,
        int(edges[0]),
    )
    expected = answer(
        refresh(
            facts,
            RefreshRequest(
                selection, (*PANELS[:2], SegmentsRequest(by=("device_model",), measures=LISTED, limit=0), *PANELS[3:])
            ),
        )
    )
    rows, equal = [], True
    for name in names:
        prepare: Callable[..., Callable[[peers.Filters], peers.Answer]] = getattr(peers, f"{name}_refresh")
        ask = prepare(sessions, views, THREADS) if name == "duckdb" else prepare(sessions, views)
        got = ask(filters)
        times = []
        for _ in range(1 if name == "sqlite" else options.repeats):
            started = time.perf_counter()
            ask(filters)
            times.append(time.perf_counter() - started)
        same = got == expected
        if not same:
            print(f"{name} differs:\n  {got}\n  {expected}", file=sys.stderr)
        equal = equal and same
        seconds = statistics.median(times)
        rows.append(
            {"peer": name, "seconds": seconds, "best": min(times), "ratio": seconds / ours_seconds, "equal": same}
        )
    return rows, equal


def answer(result: RefreshResult) -> peers.Answer:
    """Return our figures in the form in which they are compared."""
    timeline, heatmap, segments, cells = (result.results[k] for k in ("timeline", "heatmap", "segments", "pages"))
    exposed = result.results["distribution"]
    return peers.Answer(
        int(timeline.sessions.sum()), int(timeline.page_views.sum()), int(heatmap.sessions.sum()), int(cells.total_page_views),
        segments.groups, round(sum(row.values["revenue"] for row in segments.rows) * 100), int(exposed.sessions.sum()),
        int(exposed.conversions.sum()), int(cells.sessions.sum()), int(cells.page_views.sum()),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--peers", default="duckdb,polars,pandas,sqlite")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--import-rows", type=int, default=0)
    parser.add_argument("--out", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
