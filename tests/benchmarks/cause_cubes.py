"""How well causes are found in aggregated cubes, F1 as the papers count it; not part of the test run.

    python -m tests.benchmarks.cause_cubes            # 100 instances of S and of L, 90 of each layered noise level; a few minutes
    python -m tests.benchmarks.cause_cubes --peer     # RiskLoc, written from its paper, on the same instances

Instances come from ``tests.support.cause_cubes`` (in the style of RiskLoc's S and L data and of Squeeze's B data). F1 is over all instances together:
true positives are predicted combinations that were planted, exactly; everything else predicted is false, everything planted and not predicted is missed.
``PUBLISHED`` are the figures of the authors' code on the authors' or re-generated instances of the same settings.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.cubes import localize
from tests.support.cause_cubes import LARGE, SMALL, CubeWorld, Where, layered, synthetic

Method = Callable[[CubeWorld], set[Where]]
PUBLISHED = {
    "S": {"RiskLoc": 0.60, "AutoRoot": 0.46, "Adtributor": 0.05},
    "L": {"RiskLoc": 0.71, "PSqueeze": 0.65, "AutoRoot": 0.52, "Adtributor": 0.00},
    "B, error 0.8 %": {"RiskLoc": 0.966, "AutoRoot": 0.925, "Squeeze": 0.924, "PSqueeze": 0.66, "Adtributor": 0.15},
}
ERRORS = (0.008, 0.032, 0.064, 0.096, 0.128)


def ours(world: CubeWorld) -> set[Where]:
    """The combinations that ``localize`` names."""
    return {tuple(sorted(cause.where.items())) for cause in localize(world.codes, world.real, world.forecast)}


def riskloc(world: CubeWorld, risk_threshold: float = 0.5, power_threshold: float = 0.02) -> set[Where]:
    """The peer: weighted risk over a two-way partition (Kalander, arXiv 2205.10004, section 4), without its pruning, which only saves time."""
    codes, real, forecast = world.codes, world.real, world.forecast
    some = (real > 0) | (forecast > 0)
    codes, real, forecast = codes[some], real[some], forecast[some]
    deviation = 2 * (forecast - real) / (forecast + real)
    power = (real - forecast) / forecast.sum()
    distinct = np.unique(deviation)
    low, high = distinct[min(5, len(distinct) - 1)], distinct[max(len(distinct) - 6, 0)]
    cutoff = -min((low, high), key=abs)
    abnormal = deviation > cutoff if cutoff >= 0 else deviation < cutoff
    weight = np.minimum(np.where(abnormal, np.abs(deviation), np.abs(cutoff - deviation)), 1.0)
    if power[abnormal].sum() < 0:
        power = -power
    least = power[abnormal].sum() * power_threshold
    free = np.ones(len(codes), dtype=bool)
    found: set[Where] = set()
    while power[free & abnormal].sum() >= max(least, 1e-12):
        best = _riskiest(codes, real, forecast, deviation, power, weight, abnormal, free, least, risk_threshold)
        if best is None:
            break
        found.add(best)
        free &= ~np.logical_and.reduce([codes[:, axis] == code for axis, code in best])
    return found


def _riskiest(
    codes: npt.NDArray[np.int64],
    real: npt.NDArray[np.float64],
    forecast: npt.NDArray[np.float64],
    deviation: npt.NDArray[np.float64],
    power: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    abnormal: npt.NDArray[np.bool_],
    free: npt.NDArray[np.bool_],
    least: float,
    threshold: float,
) -> Where | None:
    """The element of the shallowest layer that has one, whose risk is high enough and which explains most."""
    rows = np.flatnonzero(free)
    sizes = codes.max(axis=0) + 1
    for layer in range(1, codes.shape[1] + 1):
        best: Where | None = None
        most = least
        for axes in combinations(range(codes.shape[1]), layer):
            keys, element = np.unique(
                np.ravel_multi_index(tuple(codes[rows, a] for a in axes), tuple(sizes[list(axes)])), return_inverse=True
            )
            explained = np.bincount(element, power[rows])
            hit = np.bincount(element, abnormal[rows]) > 0
            for number in np.argsort(-explained):
                if explained[number] <= most:
                    break
                inside = rows[element == number]
                if hit[number] and _risk(inside, real, forecast, deviation, weight, abnormal) >= threshold:
                    named = np.unravel_index(keys[number], tuple(sizes[list(axes)]))
                    best, most = tuple(zip(axes, (int(c) for c in named), strict=True)), float(explained[number])
                    break
        if best is not None:
            return best
    return None


def _risk(
    inside: npt.NDArray[np.int64],
    real: npt.NDArray[np.float64],
    forecast: npt.NDArray[np.float64],
    deviation: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    abnormal: npt.NDArray[np.bool_],
) -> float:
    bad = weight[inside][abnormal[inside]].sum()
    high = bad / (bad + weight[inside][~abnormal[inside]].sum() + 1)
    both = inside[(real[inside] != 0) & (forecast[inside] != 0)]
    if not len(both):
        return float(high)
    rippled = forecast[both] * real[both].sum() / forecast[both].sum()
    left = np.abs(2 * (rippled - real[both]) / (rippled + real[both])).mean()
    whole = np.abs(deviation[both]).mean()
    return float(high - (left / whole if whole else 0.0))


def datasets(instances: int, first_seed: int) -> Iterator[tuple[str, Iterable[CubeWorld]]]:
    """The settings and their instances."""
    seeds = range(first_seed, first_seed + instances)
    yield "S", (synthetic(SMALL, seed) for seed in seeds)
    yield "L", (synthetic(LARGE, seed) for seed in seeds)
    for error in ERRORS:
        cases = product((1, 2, 3), (1, 2, 3), range(first_seed, first_seed + max(1, instances // 10)))
        yield f"B, error {100 * error:.1f} %", (layered(layer, count, error, seed) for layer, count, seed in cases)


def score(method: Method, worlds: Iterable[CubeWorld]) -> dict[str, float]:
    """F1, precision, recall over all instances together, CPU seconds per instance."""
    right = wrong = missed = 0
    seconds = []
    for world in worlds:
        began = time.process_time()
        named = method(world)
        seconds.append(time.process_time() - began)
        right += len(named & world.causes)
        wrong += len(named - world.causes)
        missed += len(world.causes - named)
    return {
        "instances": len(seconds),
        "f1": round(2 * right / max(2 * right + wrong + missed, 1), 3),
        "precision": round(right / max(right + wrong, 1), 3),
        "recall": round(right / max(right + missed, 1), 3),
        "cpu_seconds": round(sum(seconds) / len(seconds), 3),
    }


def main() -> None:
    """Parse the options, run, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="RiskLoc in place of ours")
    options = parser.parse_args()
    report: dict[str, Any] = {}
    for name, worlds in datasets(options.instances, options.first_seed):
        report[name] = score(riskloc if options.peer else ours, worlds)
        sys.stderr.write(f"{name}: {report[name]}\n")
    sys.stdout.write(
        json.dumps(
            {"method": "RiskLoc" if options.peer else "ours", "settings": report, "published": PUBLISHED}, indent=2
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
