"""How right "bring a segment to the median of the others" is: segments of simulated shops whose truth is known, against what the population's medians bring.

    python -m tests.benchmarks.validation_segments --seeds 10 --first-seed 501        (30 shops, about a minute and a half)

The medians of a sample are estimates themselves, so that an interval has to hold their error too. Beside it a change by a given percentage, which has none.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.refresh import PageCellsRequest
from docops_desktop.analysis.results.common import Z95, Estimate
from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.analysis.whatif.segment_change import segment_cells
from docops_desktop.kernels import warmup
from docops_desktop.model.scenario import ALL_PAGES, Change, Segment
from docops_desktop.model.selection import Selection
from tests.benchmarks.validation import page_cells
from tests.worlds.shop import Shop, make_shop
from tests.worlds.spec import CONNECTION, EVERYTHING, PAGE_GROUPS, SEGMENTS

WORLDS = (SEGMENTS, EVERYTHING, CONNECTION)
ASKED = (
    ("connection", 4), ("connection", 1), ("carrier", 1), ("carrier", 3), ("carrier", 7), ("country", 1), ("country", 3), ("country", 6),
    ("device_type", 1), ("browser", 5),
)  # fmt: skip
PERCENT = -20.0


def main() -> None:
    """Play the shops and print how often intervals hold the truth."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--first-seed", type=int, default=501)
    arguments.add_argument("--sessions", type=int, default=60_000)
    given = arguments.parse_args()
    warmup.wait()
    found: dict[str, list[tuple[Estimate, float]]] = {"to the others": [], f"{PERCENT:.0f} %": []}
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        for number, world in enumerate(WORLDS):
            for name, answers in answers_of(make_shop(world, given.sessions, 1_000 * seed + number)).items():
                found[name].extend(answers)
    for name, answers in found.items():
        print(f"{name}: {summary(answers)}")  # noqa: T201


def answers_of(shop: Shop) -> dict[str, list[tuple[Estimate, float]]]:
    """Ask for every segment; return the answers with the truth. A segment that isn't slower, so that nothing changes, is left out."""
    request = PageCellsRequest()
    known = segment_cells(shop.facts, Selection(), request)
    causal = CausalModel.fit(shop.facts, Selection())
    model = WhatIfModel.fit(page_cells(shop, request), causal=causal, segment_cells=known)
    visitors, journeys = shop.truth.visitors, shop.truth.journeys
    bought = journeys.buyer[journeys.owner]
    found: dict[str, list[tuple[Estimate, float]]] = {"to the others": [], f"{PERCENT:.0f} %": []}
    for dimension, code in ASKED:
        inside = visitors.codes[dimension][journeys.owner] == code
        segment = Segment(dimension, (visitors.dictionaries[dimension][code],))
        to_rest = np.where(inside, gaps(shop, inside)[journeys.group], 1.0)[bought]
        percent = np.where(inside, 1 + PERCENT / 100, 1.0)[bought]
        for answers, kind, value, factor in zip(
            found.values(), ("to_rest", "percent"), (100.0, PERCENT), (to_rest, percent), strict=True
        ):
            estimate = model.answer((Change((ALL_PAGES,), kind, value, segment),)).conversions  # type: ignore[arg-type]
            if estimate.value is not None and estimate.low != estimate.high:
                truth, _ = shop.truth.gain(lambda load_ms, factor=factor: load_ms * factor)  # type: ignore[misc]
                answers.append((estimate, truth))
    return found


def gaps(shop: Shop, inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return by page group the median of the others over the segment's, at most 1, over first intended views of the group in a session."""
    journeys = shop.truth.journeys
    key = journeys.owner * len(PAGE_GROUPS) + journeys.group
    first = np.zeros(len(key), dtype=bool)
    first[np.unique(key, return_index=True)[1]] = True
    factor = np.ones(len(PAGE_GROUPS))
    for group in range(len(PAGE_GROUPS)):
        here = first & (journeys.group == group)
        own, others = journeys.load_ms[here & inside], journeys.load_ms[here & ~inside]
        if min(len(own), len(others)) > 0:
            factor[group] = min(1.0, float(np.median(others) / np.median(own)))
    return factor


def summary(answers: list[tuple[Estimate, float]]) -> str:
    """Say how often the interval holds the truth, and how large errors are in standard errors."""
    covered = sum((e.low or 0.0) <= truth <= (e.high or 0.0) for e, truth in answers)
    off = [((e.value or 0.0) - truth) / (((e.high or 0.0) - (e.low or 0.0)) / (2 * Z95)) for e, truth in answers]
    return f"{covered} of {len(answers)} intervals hold the truth; off by {np.mean(off):+.2f} +- {np.std(off):.2f} standard errors"


if __name__ == "__main__":
    main()
