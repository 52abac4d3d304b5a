"""How right the adjusted figures are: every world x seed of the simulated shop, ours against the naive and the stratified curve.

    python -m tests.benchmarks.validation --seeds 20 --state validation.jsonl [--minutes 3]     (all worlds; about 2 s per world and seed and core)
    python -m tests.benchmarks.validation --report validation.jsonl                             (prints the table of what is done)

What is asked of each method: conversions gained when one page group (each in turn), or all page groups, load 10 % faster; and the order of the page
groups by revenue at stake against each one's own best quartile. Everything goes through the product's own interface. Every run is a line of the state
file as soon as it is done, and is not done twice: a validation can be stopped, and goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.ranking.exposure import exposures
from docops_desktop.analysis.ranking.pages import at_stake, rank_pages
from docops_desktop.analysis.refresh import PageCellsRequest, RefreshRequest, refresh
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.pages import PagesResult
from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.kernels import warmup
from docops_desktop.model.scenario import ALL_PAGES, Change
from docops_desktop.model.selection import Selection
from tests.benchmarks.validation_report import report
from tests.worlds.shop import Shop, make_shop
from tests.worlds.spec import ALL_WORLDS, PAGE_GROUPS, World

FASTER = 0.9
METHODS = ("naive", "stratified", "adjusted")


def main() -> None:
    """Do the runs that aren't done yet, or print the table of those that are."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first-seed", type=int, default=1)
    arguments.add_argument("--sessions", type=int, default=300_000)
    arguments.add_argument("--world", action="append", help="part of a world's name; may be repeated")
    arguments.add_argument("--state", type=Path, default=Path("validation.jsonl"))
    arguments.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after that long")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--report", type=Path)
    given = arguments.parse_args()
    if given.report is not None:
        print(report(read_runs(given.report)))  # noqa: T201
        return
    until = time.monotonic() + 60 * given.minutes
    done = {run["seed"] for run in read_runs(given.state)}
    # Seeds in the outer loop: a validation that is stopped early has all worlds.
    todo = [
        (world, given.sessions, 1_000 * seed + number)
        for seed in range(given.first_seed, given.first_seed + given.seeds)
        for number, world in enumerate(ALL_WORLDS)
        if not given.world or any(part in world.name for part in given.world)
    ]
    todo = [run for run in todo if run[2] not in done]
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the workers, which are as many as there are cores
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool, given.state.open("a") as state:
        waiting: set[Future[dict[str, Any]]] = set()
        while waiting or (todo and time.monotonic() < until):
            while todo and len(waiting) < given.jobs and time.monotonic() < until:
                waiting.add(pool.submit(one_run, *todo.pop(0)))
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for run in ready:
                state.write(json.dumps(run.result()) + "\n")
                state.flush()
    print(f"{len(todo)} runs left")  # noqa: T201


def read_runs(state: Path) -> list[dict[str, Any]]:
    """Return the runs of a state file in the order of their seeds; none when there is no file."""
    if not state.exists():
        return []
    runs = [json.loads(line) for line in state.read_text(encoding="utf-8").splitlines()]
    return sorted(runs, key=lambda run: (run["seed"] % 1_000, run["seed"]))


def one_run(world: World, sessions: int, seed: int) -> dict[str, Any]:
    """Play one world and let every method answer; return plain data."""
    warmup.wait()
    shop = make_shop(world, sessions, seed)
    cells = page_cells(shop, PageCellsRequest())
    whole = page_cells(shop, PageCellsRequest(strata=("device_type",), top_strata=1))
    start = time.perf_counter()
    causal = CausalModel.fit(shop.facts, Selection())
    seconds = time.perf_counter() - start
    models = {
        "naive": WhatIfModel.fit(one_stratum(whole)),
        "stratified": WhatIfModel.fit(cells),
        "adjusted": WhatIfModel.fit(cells, causal=causal),
    }
    ranking = rank_pages(cells, causal=causal)
    rows = {row.page_group: row for row in ranking.rows}
    stakes = {
        "naive": {e.page_group: at_stake(e, None).revenue for e in exposures(one_stratum(whole))},
        "stratified": {name: row.stratified_revenue_at_stake for name, row in rows.items()},
        "adjusted": {name: row.revenue_at_stake for name, row in rows.items()},
    }
    found: dict[str, Any] = {
        "world": world.name,
        "null": world.is_null,
        "seed": seed,
        "sessions": shop.facts.n_sessions,
        "conversions": int(shop.facts.session("conversions").sum()),
        "fit_seconds": seconds,
        "reason": causal.reason,
        "warnings": [] if causal.checks is None else [c.name for c in causal.checks.checks if c.passed is False],
        "e_value": None if causal.checks is None else causal.checks.e_value,
        "true": _truth(shop, ranking),
    }
    for method in METHODS:
        found[method] = _answers(models[method], stakes[method])
    found["classic"] = [rows[name].impact_score if name in rows else None for name in PAGE_GROUPS]
    return found


def page_cells(shop: Shop, request: PageCellsRequest) -> PageCells:
    """Return the cells of the whole shop."""
    result = refresh(shop.facts, RefreshRequest(panels=(request,))).results[request.panel_id]
    assert isinstance(result, PageCells)
    return result


def one_stratum(cells: PageCells) -> PageCells:
    """Return the cells with all strata in one: what the naive curve is drawn from."""
    sums = {
        name: getattr(cells, name).sum(axis=1, keepdims=True)
        for name in ("n", "conversions", "revenue", "revenue_squared")
    }
    return replace(cells, strata=("all",), stratum_keys=(("all",),), **sums)


def _truth(shop: Shop, pages: PagesResult) -> dict[str, Any]:
    target = {row.page_group: row.target_ms for row in pages.rows}
    stakes: list[float | None] = []
    for group, name in enumerate(PAGE_GROUPS):
        ms = target.get(name)
        stakes.append(None if ms is None else shop.truth.gain(_at_most(ms), group)[1])
    return {
        "pages": [shop.truth.gain(_faster, group)[0] for group in range(len(PAGE_GROUPS))],
        "all": shop.truth.gain(_faster)[0],
        "all_revenue": shop.truth.gain(_faster)[1],
        "stake": stakes,
    }


def _faster(load_ms: Any) -> Any:
    return load_ms * FASTER


def _at_most(target_ms: float) -> Any:
    return lambda load_ms: np.minimum(load_ms, target_ms)


def _answers(model: WhatIfModel, stakes: Mapping[str, Estimate]) -> dict[str, Any]:
    known = model.cells.page_groups
    each = [
        model.answer((Change((name,), "percent", 100 * (FASTER - 1)),)).conversions if name in known else Estimate(None)
        for name in PAGE_GROUPS
    ]
    every = model.answer((Change((ALL_PAGES,), "percent", 100 * (FASTER - 1)),))
    stake = [stakes.get(name, Estimate(None)) for name in PAGE_GROUPS]
    unit = 10**model.cells.minor_digits
    return {
        "pages": [[e.value, e.low, e.high] for e in each],
        "all": [every.conversions.value, every.conversions.low, every.conversions.high],
        "all_revenue": [
            None if v is None else v * unit for v in (every.revenue.value, every.revenue.low, every.revenue.high)
        ],
        "standing": every.standing,
        "sensitivity": every.e_value_limit,
        "stake": [e.value for e in stake],
        "stake_interval": [[e.low, e.high] for e in stake],
    }


if __name__ == "__main__":
    main()
