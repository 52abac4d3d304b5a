# ruff: noqa: T201 - a command that prints
"""Import of a CSV of page views against the usual tools, in one run, on the same file: time, processor time, peak memory.

Each candidate is a process of its own, begun in turn; the file is read once before, so that all find it in the system's cache. ``sqlite-utils`` is its
command; pandas reads in parts of 100,000 rows (whole frames need more memory and are no faster); DuckDB makes a table in a database file.
Ours does what an import does: fingerprint, types, user data, dictionaries, sessions, ledger. Building the columns for the window is told apart.

    python -m tests.benchmarks.import_speed [--rows 500000] [--rounds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.page_view_csv import write_page_views

GOALS = {"sqlite-utils": 6.0, "pandas": 3.0, "DuckDB": 1 / 2.5}
"""How many times faster ours is to be."""
MEMORY_GOAL_MB = 1_500
_THREADS = 2


def ours(source: Path, folder: Path) -> dict[str, Any]:
    from docops_desktop.ingest.importer import import_file
    from docops_desktop.store.columnar_cache import open_facts
    from docops_desktop.store.workspace import Workspace

    with Workspace.create(folder / "import.docops") as ws:
        found = _timed(lambda: import_file(ws, source))
        memory = _peak_mb(resource.RUSAGE_SELF)
        columns = _timed(lambda: open_facts(ws))
        record = ws.ledger()[0]
    assert record.rows_read == record.rows_loaded, record
    return found | {"rows": record.rows_loaded, "peak_mb": memory, "columns_seconds": columns["seconds"]}


def sqlite_utils(source: Path, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "sqlite_utils", "insert", str(folder / "peer.db"), "views", str(source), "--csv"]
    before = _cpu(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run([*command, "--silent"], check=True)
    seconds = time.perf_counter() - started
    cpu = _cpu(resource.RUSAGE_CHILDREN) - before
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": _peak_mb(resource.RUSAGE_CHILDREN)} | _rows(
        folder / "peer.db"
    )


def pandas(source: Path, folder: Path) -> dict[str, Any]:
    import sqlite3

    import pandas as pd

    def run() -> None:
        connection = sqlite3.connect(folder / "peer.db")
        for part in pd.read_csv(source, chunksize=100_000):
            part.to_sql("views", connection, if_exists="append", index=False)
        connection.commit()
        connection.close()

    found = _timed(run)
    return found | {"peak_mb": _peak_mb(resource.RUSAGE_SELF)} | _rows(folder / "peer.db")


def duckdb(source: Path, folder: Path) -> dict[str, Any]:
    import duckdb as engine

    rows = 0

    def run() -> None:
        nonlocal rows
        with engine.connect(str(folder / "peer.duckdb"), config={"threads": _THREADS}) as connection:
            connection.execute("CREATE TABLE views AS SELECT * FROM read_csv(?)", [str(source)])
            (rows,) = connection.execute("SELECT count(*) FROM views").fetchone() or (0,)

    found = _timed(run)
    return found | {"rows": rows, "peak_mb": _peak_mb(resource.RUSAGE_SELF)}


CANDIDATES: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "ours": ours,
    "DuckDB": duckdb,
    "pandas": pandas,
    "sqlite-utils": sqlite_utils,
}


def compare(rows: int, rounds: int) -> dict[str, Any]:
    """Run all candidates in turn, ``rounds`` times (the slowest one once) and return the report."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CANDIDATES}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "views.csv"
        write_page_views(source, rows)
        source.read_bytes()
        for number in range(rounds):
            for name in CANDIDATES:
                if number == 0 or name != "sqlite-utils":
                    found[name].append(_in_a_process(name, source))
                    print(f"  {name}: {found[name][-1]['seconds']:.1f} s", file=sys.stderr)
        size = source.stat().st_size
    report = {"rows": rows, "megabytes": size / 1e6, "load": os.getloadavg()[0], "cores": os.cpu_count()}
    return report | {"candidates": {name: _summary(runs, found["ours"]) for name, runs in found.items()}}


def _in_a_process(name: str, source: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.import_speed", "--only", name, str(source), folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _summary(runs: list[dict[str, Any]], our_runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Best times of the runs, and how many times faster ours is by its best."""
    best, ours_best = min(run["seconds"] for run in runs), min(run["seconds"] for run in our_runs)
    cpu, ours_cpu = (min(run["cpu_seconds"] for run in group) for group in (runs, our_runs))
    summary = {
        "seconds": best,
        "median_seconds": median(run["seconds"] for run in runs),
        "cpu_seconds": cpu,
        "peak_mb": max(run["peak_mb"] for run in runs),
        "rows": runs[0]["rows"],
        "rows_per_second": runs[0]["rows"] / best,
        "times_ours": best / ours_best,
        "times_ours_cpu": cpu / ours_cpu,
    }
    if "columns_seconds" in runs[0]:
        summary["columns_seconds"] = min(run["columns_seconds"] for run in runs)
    return summary


def show(report: dict[str, Any]) -> None:
    """Print a report."""
    print(
        f"{report['rows']:,} rows, {report['megabytes']:.0f} MB, {report['cores']} cores, load average {report['load']:.1f}\n"
    )
    print(f"  {'':14s}{'best':>9s}{'median':>9s}{'CPU':>9s}{'rows/s':>12s}{'peak':>10s}   ours is faster by")
    for name, row in report["candidates"].items():
        goal = GOALS.get(name)
        against = f"{row['times_ours']:6.2f} x (CPU {row['times_ours_cpu']:.2f} x), goal {goal:.1f} x" if goal else ""
        print(
            f"  {name:14s}{row['seconds']:7.1f} s{row['median_seconds']:7.1f} s{row['cpu_seconds']:7.1f} s"
            f"{row['rows_per_second']:12,.0f}{row['peak_mb']:7.0f} MB   {against}"
        )
    columns = report["candidates"]["ours"]["columns_seconds"]
    print(f"\n  the window's columns, built after the import: {columns:.1f} s; memory goal {MEMORY_GOAL_MB:,} MB")


def _timed(work: Callable[[], object]) -> dict[str, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}


def _rows(path: Path) -> dict[str, Any]:
    import sqlite3

    connection = sqlite3.connect(path)
    (rows,) = connection.execute("SELECT count(*) FROM views").fetchone()
    connection.close()
    return {"rows": rows}


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def main() -> None:
    """Compare, or run one candidate as a child."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", nargs=3, metavar=("NAME", "FILE", "FOLDER"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.only:
        name, source, folder = wanted.only
        print(json.dumps(CANDIDATES[name](Path(source), Path(folder))))
        return
    report = compare(wanted.rows, wanted.rounds)
    show(report)
    if wanted.json:
        wanted.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
