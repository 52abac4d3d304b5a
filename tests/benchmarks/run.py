"""Benchmark: import, open, linked refresh, brush and cancelling; the refresh beside DuckDB, Polars, pandas and SQLite on the same data in the same run.

    python tests/benchmarks/run.py [--sessions 1000000] [--peers duckdb,polars,pandas,sqlite] [--layouts joined,flat] [--repeats 5]
                                   [--import-rows 50000] [--out FILE.json]

Prints a table and writes JSON; what is being done is told on the error stream. Every peer is asked on two tables that it joins and on one flat table, in
several ways of which the fastest counts (``peers`` states the question); ways beyond a peer's documentation have a row of their own. Every figure of every
answer must equal ours, or the run fails.
Ours and a peer's take turns, in each several runs in a row for the same time, so that both see the same machine and both are warm (a peer that takes
over five seconds runs once in each); ratios are of medians. What ours takes right after a peer, with another's data in the caches and a core just woken,
stands beside.
The memory bandwidth is measured in the same run.
100 million sessions (--sessions 100000000 --peers "") are generated into a file of 10 GB that is mapped. Times are medians; "CPU" is what all threads used.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
THREADS = 2
os.environ.setdefault("POLARS_MAX_THREADS", str(THREADS))

import numpy as np  # noqa: E402

from docops_desktop.analysis.plan.facts_index import index_of  # noqa: E402
from docops_desktop.analysis.ranking.pages import rank_pages  # noqa: E402
from docops_desktop.analysis.refresh import (  # noqa: E402
    CancelFlag,
    RefreshRequest,
    TotalsRequest,
    refresh,
)
from docops_desktop.kernels import runner, warmup  # noqa: E402
from docops_desktop.model.errors import Cancelled  # noqa: E402
from docops_desktop.model.selection import Selection  # noqa: E402
from docops_desktop.store.facts import Facts  # noqa: E402
from tests.benchmarks import answers, peers, questions  # noqa: E402
from tests.benchmarks.brush import brush  # noqa: E402
from tests.benchmarks.large import IN_MEMORY, facts_of  # noqa: E402
from tests.benchmarks.questions import LISTED, PANELS  # noqa: E402
from tests.benchmarks.table import show  # noqa: E402
from tests.benchmarks.timing import Times, peak_mb, resident_mb, say, timed  # noqa: E402
from tests.benchmarks.touched import memory_bandwidth, touched  # noqa: E402
from tests.benchmarks.workspace import workspace  # noqa: E402

_MEASURED = "refresh, 3 filters"
_LEAST_SECONDS = 0.5
"""Ours is repeated for so long, until the caches hold what it uses again and again."""
_TURNS = 2
_MOST_RUNS = 300
"""Of ours in one turn: so many are enough for a median."""
_SLOW_SECONDS = 5.0
"""A peer that takes longer is tried in each way once, and timed once in each turn."""


def main() -> int:
    """Run and report; 1 when an answer differs."""
    options = _options()
    runner.thread_count = lambda: THREADS  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        report, equal = _report(options, Path(folder))
    show(report)
    if options.out:
        Path(options.out).write_text(json.dumps(report, indent=1))
    return 0 if equal else 1


def _report(options: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], bool]:
    say(f"generate {options.sessions:,} sessions")
    facts = facts_of(options.sessions, folder)
    say("load the kernels")
    assert warmup.wait(), warmup.failure()
    gc.collect()
    gc.freeze()  # as the window does: a look at all objects of all libraries takes 20 ms and more, and could come amid anything that is timed
    before = resident_mb()
    bandwidth = memory_bandwidth(THREADS)
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
        "mapped": facts.n_sessions > IN_MEMORY,
        "bandwidth_gb_s": bandwidth,
    }
    rows = [{"case": name, **_ours(facts, *what, options.repeats)} for name, what in _cases(facts).items()]
    report["ours"] = rows
    report["resident_mb"], report["resident_before_mb"] = resident_mb(), before
    report["ranking_seconds"] = _ranking(facts)
    if not options.no_brush:
        say("brush")
        filters = {"3 filters": questions.selection(facts), "nothing filtered": Selection()}
        report["brush"] = {name: brush(facts, selection, PANELS) for name, selection in filters.items()}
    say("superseded refreshes")
    report["stop_seconds"] = _stopping(facts)
    if options.import_rows:
        say("import and open")
        report["workspace"] = workspace(min(options.sessions, 10 * options.import_rows), options.import_rows)
    ours = next(row for row in rows if row["case"] == _MEASURED)
    report["touched"] = {
        what: {
            "mb": size / 1e6,
            "times": ours["seconds"] / (size / bandwidth / 1e9),
            "times_by_cpu": ours["cpu_seconds"] / THREADS / (size / bandwidth / 1e9),
        }
        for what, size in touched(facts).items()
    }
    report["own_peak_memory_mb"] = peak_mb()
    report["peers"], equal = _peers(facts, options)
    report["peak_memory_mb"] = peak_mb()
    return report, equal


def _cases(facts: Facts) -> dict[str, tuple[Selection, tuple[Any, ...], bool]]:
    three = questions.selection(facts)
    return {
        "refresh, nothing filtered": (Selection(), PANELS, True),
        _MEASURED: (three, PANELS, True),
        "refresh, window moved": (three, PANELS, False),
        "heatmap alone, 3 filters": (three, PANELS[1:2], True),
        "page cells alone, 3 filters": (three, PANELS[4:], True),
        "totals alone, 3 filters": (three, (TotalsRequest(measures=LISTED),), True),
    }


def _ours(facts: Facts, selection: Selection, panels: tuple[Any, ...], fresh: bool, repeats: int) -> dict[str, Any]:
    """Time our refresh; ``fresh`` forgets each time what is kept of earlier ones."""
    say(f"ours: {len(panels)} panels, {len(selection.clauses) + (selection.span is not None)} filters")
    request = RefreshRequest(selection, panels)
    first = timed(lambda: refresh(facts, request))
    times = Times()
    while len(times.wall) < repeats or sum(times.wall) < _LEAST_SECONDS:
        if fresh:
            _forget(facts, selection)
        result = times.run(lambda: refresh(facts, request))
    return {**times.figures(), "first_seconds": first, "rows": result.rows_scanned}


def _ranking(facts: Facts) -> float:
    """Time the model behind the page ranking, which follows its cells."""
    cells = refresh(facts, RefreshRequest(questions.selection(facts), PANELS[4:])).results["pages"]
    return timed(lambda: rank_pages(cells))


def _stopping(facts: Facts) -> dict[str, float]:
    """Time how long a refresh of everything goes on after it was superseded, at ten points of its course."""
    took = []
    whole = _ours(facts, Selection(), PANELS, fresh=True, repeats=1)["seconds"]
    for share in np.linspace(0.05, 0.95, 10):
        _forget(facts, Selection())
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


def _forget(facts: Facts, selection: Selection) -> None:
    """Forget the timeline under these clauses, as if they had just been set; without clauses all that is kept of the whole."""
    index = index_of(facts)
    index._results.clear()
    for key in list(index._kept):
        if selection.is_empty or (key[0] == "timeline" and key[2]):
            del index._kept[key]


def _peers(facts: Facts, options: argparse.Namespace) -> tuple[list[dict[str, Any]], bool]:
    """Ask every peer on both layouts, each in its fastest way, in turn with ours."""
    names = [name for name in options.peers.split(",") if name]
    if not names:
        return [], True
    selection, asked = questions.selection(facts), questions.filters(facts)
    request = RefreshRequest(selection, PANELS)
    expected = answers.of_refresh(refresh(facts, request), facts)
    rows = []
    for layout in (one for one in peers.LAYOUTS if one in options.layouts.split(",")):
        say(f"tables for the peers: {peers.LAYOUTS[layout]}")
        made = peers.tables(facts, layout)
        for name in names:
            say(f"{name}: load")
            ways = peers.ways_of(name, made, layout, THREADS)
            say(f"{name}: ask in {len(ways)} ways")
            first, again, same = {}, {}, True
            for way, ask in ways.items():
                times = Times()
                same = _equal(name, way, times.run(lambda ask=ask: ask(asked)), expected) and same
                first[way] = times.wall[0]
                if first[way] < _SLOW_SECONDS:
                    again[way] = min(timed(lambda ask=ask: ask(asked)) for _ in range(2))
            tried = {way: again.get(way, first[way]) for way in first}
            plain = [way for way in tried if peers.documented(name, way)]
            best = {name: min(plain, key=tried.__getitem__)}
            if others := [way for way in tried if way not in plain]:
                best[f"{name}, beyond its documentation"] = min(others, key=tried.__getitem__)
            for label, way in best.items():
                mine, its, after = _in_turn(facts, selection, request, partial(ways[way], asked), options.repeats)
                ratios = {part: its[part] / mine[part] for part in ("seconds", "cpu_seconds")}
                row = {"peer": label, "layout": layout, "way": way, "ways_seconds": tried, "ratios": ratios}
                rows.append({**row, **its, "ours": mine, "ours_after": after, "equal": same})
    return rows, all(row["equal"] for row in rows)


def _in_turn(
    facts: Facts, selection: Selection, request: RefreshRequest, theirs: Callable[[], Any], repeats: int
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return the figures of ours and of a peer, each several times in a row for the same time, and of ours right after the peer."""
    mine, its, after = Times(), Times(), Times()

    def ours(times: Times) -> None:
        _forget(facts, selection)
        times.run(lambda: refresh(facts, request))

    for _ in range(_TURNS):
        its.run(theirs)
        if its.wall[0] < _SLOW_SECONDS:
            for _ in range(repeats - 1):
                its.run(theirs)
        ours(after)
        for _ in range(min(max(int(repeats * its.wall[-1] / after.wall[-1]), repeats), _MOST_RUNS)):
            ours(mine)
    return mine.figures(), its.figures(), after.figures()


def _equal(name: str, way: str, got: peers.Found, expected: answers.Answer) -> bool:
    differs = answers.differences(answers.of_peer(got), expected)
    for text in differs:
        say(f"{name}, {way}: {text}")
    return not differs


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--peers", default="duckdb,polars,pandas,sqlite")
    parser.add_argument("--layouts", default=",".join(peers.LAYOUTS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--import-rows", type=int, default=0)
    parser.add_argument("--no-brush", action="store_true")
    parser.add_argument("--out", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
