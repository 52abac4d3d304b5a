# ruff: noqa: T201 - a command that prints
"""The readable table of a benchmark run. Measures nothing."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.peers import LAYOUTS


def show(report: dict[str, Any]) -> None:
    """Print a report."""
    where = "mapped from a file" if report["mapped"] else "in memory"
    print(
        f"{report['sessions']:,} sessions, {report['page_views']:,} page views, {report['facts_mb']:.0f} MB of columns {where}, "
        f"{report['machine']['threads']} threads"
    )
    print(f"memory bandwidth {report['bandwidth_gb_s']:.1f} GB/s, load average {report['machine']['load']:.1f}\n")
    for row in report["ours"]:
        print(
            f"  {row['case']:34s}{_ms(row['seconds'])}   best {_ms(row['best'])}   CPU {_ms(row['cpu_seconds'])}   first {_ms(row['first_seconds'])}"
            f"   {row['rows'] / 1e6:8.2f} M rows"
        )
    print(f"  {'model of the page ranking':34s}{_ms(report['ranking_seconds'])}")
    for name, row in report.get("brush", {}).items():
        _show_brush(name, row)
    stop = report["stop_seconds"]
    if stop:
        print(f"  a superseded refresh stops in {_ms(stop['median'])}, at worst {_ms(stop['worst'])}")
    if "workspace" in report:
        w = report["workspace"]
        print(
            f"  import {w['import_rows']:,} rows of CSV {w['import_seconds']:.1f} s; {w['sessions']:,} demo sessions: write {w['write_seconds']:.1f} s, "
            f"columns {w['build_columns_seconds']:.1f} s, open {_ms(w['open_seconds'])}, first answer {_ms(w['first_answer_seconds'])}"
        )
    for what, row in report["touched"].items():
        name = "bytes that must be read" if what == "bytes" else "cache lines in which they lie"
        print(
            f"  3 filters: {row['mb']:.0f} MB of {name}; the refresh takes {row['times']:.1f} x the time of reading them in order "
            f"(by CPU time {row['times_by_cpu']:.1f} x)"
        )
    layout = ""
    for row in report["peers"]:
        if row["layout"] != layout:
            layout = row["layout"]
            print(f"\n  refresh, 3 filters, peers on {LAYOUTS[layout]}:")
        same = "equal" if row["equal"] else "DIFFERENT"
        ratios, ours = row["ratios"], row["ours"]
        print(
            f"  {row['peer']:34s}{_ms(row['seconds'])}  CPU {_ms(row['cpu_seconds'])}   {ratios['seconds']:8.1f} x ours ({_ms(ours['seconds'])}, "
            f"right after it {_ms(row['ours_after']['seconds'])}), by CPU {ratios['cpu_seconds']:8.1f} x ({_ms(ours['cpu_seconds'])})   {same}   {row['way']}"
        )
    print(
        f"\n  memory: {report['resident_mb']:.0f} MB after our refreshes, peak {report['own_peak_memory_mb']:.0f} MB before the peers, "
        f"{report['peak_memory_mb']:.0f} MB with them"
    )


def _show_brush(name: str, row: dict[str, Any]) -> None:
    print(
        f"  brush, {name}: tiles {row['build_seconds']:.2f} s (CPU {row['build_cpu_seconds']:.2f} s), {row['tile_mb']:.0f} MB\n"
        f"    step {_ms(row['step_seconds'])} (CPU {_ms(row['step_cpu_seconds'])}), p95 {_ms(row['step_p95_seconds'])}; "
        f"{row['in_16_ms']:.1%} of steps in 16 ms, {row['dropped']} of {row['events']} events dropped; waiting: {row['waiting'] or 'nobody'}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:9.1f} ms" if seconds >= 0.01 else f"{seconds * 1e3:9.2f} ms"
