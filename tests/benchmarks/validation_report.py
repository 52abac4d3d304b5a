"""The table of a validation run: error, coverage, false claims and agreement of the order, per world and method. Computes nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Z95 = 1.959963984540054
METHODS = ("naive", "stratified", "adjusted")
HEAD = (
    "| world | method | error, per page | coverage | claims | error, all pages | coverage | claims | revenue coverage | order (Spearman) |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def report(runs: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown: one row per world and method, then all worlds of a kind together."""
    worlds = list(dict.fromkeys(run["world"] for run in runs))
    lines = [HEAD]
    for world in worlds:
        chosen = [run for run in runs if run["world"] == world]
        lines.extend(_line(world, method, chosen) for method in METHODS)
    beyond = ("hidden cause", "small data", "weak effect", "very unequal pages")
    usual = [run for run in runs if not any(name in run["world"] for name in beyond)]
    for name, chosen in (
        ("**with effect, recorded causes**", [run for run in usual if not run["null"]]),
        ("**null worlds, recorded causes**", [run for run in usual if run["null"]]),
    ):
        lines.extend(_line(name, method, chosen) for method in METHODS if chosen)
    effects = [run for run in usual if not run["null"]]
    lines.append("")
    lines.append(f"Classic impact score (rates), agreement with the true order: {_classic(effects):.2f}.")
    for name, chosen in (("with effect", effects), ("null worlds", [run for run in usual if run["null"]])):
        if chosen:
            lines.append(_warned(f"**{name}, recorded causes**", chosen))
    lines.extend(_warned(world, [run for run in runs if run["world"] == world]) for world in worlds)
    return "\n".join(lines)


def _line(name: str, method: str, runs: Sequence[dict[str, Any]]) -> str:
    pages = [
        (true, *answer) for run in runs for true, answer in zip(run["true"]["pages"], run[method]["pages"], strict=True)
    ]
    every = [(run["true"]["all"], *run[method]["all"]) for run in runs]
    money = [(run["true"]["all_revenue"], *run[method]["all_revenue"]) for run in runs]
    null = runs[0]["null"]
    claims = f"{_claims(pages):.1%} | {_error(every)} | {_covered(every)} | {_claims(every):.1%}"
    order = "" if null else f"{np.mean([spearman(run['true']['stake'], run[method]['stake']) for run in runs]):.2f}"
    return f"| {name} | {method} | {_error(pages)} | {_covered(pages)} | {claims} | {_covered(money)} | {order} |"


def _answered(cases: Sequence[tuple[Any, ...]]) -> np.ndarray[Any, Any]:
    return np.array([case for case in cases if case[1] is not None], dtype=float).reshape(-1, 4)


def _error(cases: Sequence[tuple[Any, ...]]) -> str:
    """Median of |estimate - truth| / truth over the cases that have an effect."""
    c = _answered(cases)
    c = c[np.abs(c[:, 0]) > 1e-9]
    return f"{np.median(np.abs(c[:, 1] / c[:, 0] - 1)):.2f}" if len(c) else ""


def _covered(cases: Sequence[tuple[Any, ...]]) -> str:
    c = _answered(cases)
    return f"{((c[:, 2] <= c[:, 0]) & (c[:, 0] <= c[:, 3])).mean():.3f}" if len(c) else "n/a"


def _claims(cases: Sequence[tuple[Any, ...]]) -> float:
    c = _answered(cases)
    return float(((c[:, 2] > 0) | (c[:, 3] < 0)).mean()) if len(c) else float("nan")


def spearman(true: Sequence[float | None], found: Sequence[float | None]) -> float:
    """Return the rank correlation over what both have (scipy's, mid-ranks for ties)."""
    from scipy.stats import spearmanr

    pairs = [(t, f) for t, f in zip(true, found, strict=True) if t is not None and f is not None]
    return float(spearmanr(*zip(*pairs, strict=True))[0]) if len(pairs) > 2 else float("nan")


def _classic(runs: Sequence[dict[str, Any]]) -> float:
    return (
        float(
            np.nanmean(
                [spearman(run["true"]["stake"], [None if c is None else -c for c in run["classic"]]) for run in runs]
            )
        )
        if runs
        else float("nan")
    )


def _warned(world: str, runs: Sequence[dict[str, Any]]) -> str:
    some = np.mean([bool(set(run["warnings"]) - {"support"}) for run in runs])
    values = [run["e_value"] for run in runs if run["e_value"] is not None]
    seconds = np.median([run["fit_seconds"] for run in runs])
    figure = f"median E-value {np.median(values):.2f}" if values else "no E-value"
    return (
        f"- {world}: {len(runs)} runs, all pages {_errors(runs, 'all')}, single pages {_errors(runs, 'pages')}, "
        f"a self-check fails in {some:.0%}, {figure}, fit {seconds:.1f} s"
    )


def _errors(runs: Sequence[dict[str, Any]], what: str) -> str:
    """Mean and standard deviation of (estimate - truth) / standard error: bias, and whether the errors are as large as they are said to be."""
    cases = []
    for run in runs:
        one = what == "all"
        truths, answers = (
            ([run["true"][what]], [run["adjusted"][what]]) if one else (run["true"][what], run["adjusted"][what])
        )
        cases.extend((true, *answer) for true, answer in zip(truths, answers, strict=True))
    c = _answered(cases)
    z = (c[:, 1] - c[:, 0]) / np.maximum((c[:, 3] - c[:, 2]) / (2 * Z95), 1e-12)
    return f"off by {z.mean():+.2f} +- {z.std():.2f} standard errors"
