"""``explain --cube FILE.csv``: causes in cells that were aggregated elsewhere, without a workspace. Reads the file, asks the analysis, words the answer.

The file has a column per dimension and two of numbers, ``real`` and ``predict`` (as the published localisation data have; ``forecast`` will do).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli.output import print_facts, print_json, print_table, with_reason
from docops_desktop.model import wording
from docops_desktop.model.errors import RequestError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from docops_desktop.analysis.cause.cubes import CubeCause

FORECASTS = ("predict", "forecast")
MOST_DIMENSIONS = 10
MOST_CELLS = 1_000_000
_SUMS_ONLY = "a cube has sums, no sessions, so nothing can be tested against chance"


@dataclass(frozen=True)
class Cube:
    """Cells: codes (cells, dimensions), each dimension's values in code order, real values, forecasts."""

    dimensions: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: npt.NDArray[np.int64]
    real: npt.NDArray[np.float64]
    forecast: npt.NDArray[np.float64]


def explain_cube(path: Path, top: int, *, as_json: bool) -> None:
    """Answer for a file.

    Raises:
        RequestError: the file isn't there, or isn't such a cube.
    """
    from docops_desktop.analysis.cause.cubes import localize

    cube = read_cube(path)
    began = time.perf_counter()
    causes = localize(cube.codes, cube.real, cube.forecast)[:top]
    if as_json:
        print_json(document(cube, causes, time.perf_counter() - began))
    else:
        _print(cube, causes)


def read_cube(path: Path) -> Cube:
    """Read the cells of a file.

    Raises:
        RequestError: the file isn't there, can't be read, lacks a column, or has numbers that aren't sums.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute, csv

    if not path.is_file():
        raise RequestError(f"there is no file {path}", "--cube", "Give a CSV file")
    try:
        names = csv.open_csv(path).schema.names
        texts = {name: pa.string() for name in names if name not in ("real", *FORECASTS)}
        table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=texts, strings_can_be_null=False))
    except pa.ArrowInvalid as error:
        raise RequestError(f"{path.name} can't be read as CSV: {error}", "--cube") from error
    second = next((name for name in FORECASTS if name in names), "")
    dimensions = tuple(name for name in names if name in texts)
    if "real" not in names or not second or not dimensions:
        fix = "The file needs a column per dimension, and the columns real and predict"
        raise RequestError(f"{path.name} is no cube: its columns are {', '.join(names)}", "--cube", fix)
    if len(dimensions) > MOST_DIMENSIONS or table.num_rows > MOST_CELLS:
        have = f"{path.name} has {len(dimensions)} dimensions and {table.num_rows:,} cells"
        raise RequestError(
            have, "--cube", f"At most {MOST_DIMENSIONS} dimensions and {MOST_CELLS:,} cells can be searched"
        )
    real, forecast = (_numbers(table, name, path) for name in ("real", second))
    columns = [compute.dictionary_encode(table.column(name).combine_chunks()) for name in dimensions]
    codes = np.stack([column.indices.to_numpy().astype(np.int64) for column in columns], axis=1)
    values = tuple(tuple(column.dictionary.to_pylist()) for column in columns)
    return Cube(dimensions, values, codes, real, forecast)


def _numbers(table: pa.Table, name: str, path: Path) -> npt.NDArray[np.float64]:
    import numpy as np
    import pyarrow as pa

    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise RequestError(f"column {name} of {path.name} has something else than numbers", "--cube")
    numbers = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    bad = ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        line = int(np.flatnonzero(bad)[0]) + 2
        raise RequestError(
            f"line {line} of {path.name}: {name} is no number from 0 on", "--cube", "Give sums, e.g. conversions"
        )
    return numbers


def document(cube: Cube, causes: tuple[CubeCause, ...], seconds: float) -> dict[str, Any]:
    """An answer as JSON, with the keys of ``explain``; what cells can't tell is null, with the reason."""
    before, after = float(cube.forecast.sum()), float(cube.real.sum())
    parts = dict.fromkeys(("volume", "mix", "rate", "value"))
    change = {"before": before, "after": after, "difference": after - before, **parts}
    return {
        "measure": "real",
        "window": None,
        "baseline": None,
        "change": with_reason(change, {}, _SUMS_ONLY),
        "findings": [_finding(cube, cause, after - before) for cause in causes],
        "answer": answer(cube, causes),
        "searched": {"dimensions": list(cube.dimensions), "cells": len(cube.real)},
        "seconds": seconds,
    }


def _finding(cube: Cube, cause: CubeCause, difference: float) -> dict[str, Any]:
    unknown = dict.fromkeys(
        ("sessions", "effect_lo", "effect_hi", "lost_conversions", "lost_revenue", "p_value", "q_value", "load_p75", "load_p75_baseline")
    )  # fmt: skip
    numbers = {
        "where": where(cube, cause),
        "cells": cause.cells,
        "expected": cause.forecast,
        "observed": cause.real,
        "effect": cause.real / cause.forecast - 1 if cause.forecast else None,
        "share_of_change": (cause.real - cause.forecast) / difference if difference else None,
        "evidence_nats": cause.evidence,
        "why": why(cube, cause),
        **unknown,
    }
    return with_reason(numbers, {"effect": "nothing was forecast there"}, _SUMS_ONLY)


def where(cube: Cube, cause: CubeCause) -> dict[str, str]:
    """The combination in texts."""
    return {cube.dimensions[axis]: cube.values[axis][code] for axis, code in sorted(cause.where.items())}


def why(cube: Cube, cause: CubeCause) -> str:
    """One sentence."""
    named = ", ".join(f"{name} {value}" for name, value in where(cube, cause).items())
    return f"{named}: {wording.number(cause.real)} instead of {wording.number(cause.forecast)}, over {wording.number(cause.cells)} cells alike."


def answer(cube: Cube, causes: tuple[CubeCause, ...]) -> str:
    """The answer in a sentence."""
    if not len(cube.real):
        return "nothing can be said: the cube has no cells"
    if not causes:
        return "nothing stands out: no combination deviates from its forecast alike in all its cells, beyond what single cells scatter"
    return why(cube, causes[0])


def _print(cube: Cube, causes: tuple[CubeCause, ...]) -> None:
    before, after = float(cube.forecast.sum()), float(cube.real.sum())
    print_facts(
        "What explains the deviation",
        {"forecast": wording.count(before), "real": wording.count(after), "difference": wording.count(after - before),
         "cells": wording.count(len(cube.real)), "dimensions": ", ".join(cube.dimensions)},
    )  # fmt: skip
    if not causes:
        click.echo(f"{answer(cube, causes).capitalize()}.")
        return
    numbers = ("cells", "forecast", "real", "of the change")
    rows = [
        (
            ", ".join(f"{name}={value}" for name, value in where(cube, cause).items()),
            wording.count(cause.cells),
            wording.count(cause.forecast),
            wording.count(cause.real),
            wording.percent((cause.real - cause.forecast) / (after - before)),
        )
        for cause in causes
    ]
    print_table("", ("where", *numbers), rows, numbers, note="\n".join(why(cube, cause) for cause in causes))
