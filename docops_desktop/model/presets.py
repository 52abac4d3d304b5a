"""Published figures for what speed does, with their kind of evidence: something to compare one's own estimate with, never a part of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from docops_desktop.model.errors import KnownError, RequestError
from docops_desktop.model.resources import resource_path
from docops_desktop.model.scenario import ALL_PAGES, Change

Evidence = Literal["randomised", "before_after", "correlation"]
EVIDENCE: dict[Evidence, str] = {
    "randomised": "randomised experiment",
    "before_after": "before and after",
    "correlation": "correlation",
}
"""Kinds of evidence, strongest first, as a person reads them."""
HUNDRED_MS = (Change((ALL_PAGES,), "ms", -100.0),)
"""The change that published figures are about, to ask the own data for the same."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One published figure: ``low`` to ``high`` percent of ``outcome`` per 100 ms.

    Attributes:
        name: for the command line. ``note``: how it was measured and converted.
    """

    name: str
    source: str
    year: int
    evidence: Evidence
    outcome: str
    low: float
    high: float
    note: str

    def figure(self) -> str:
        """The range as a person reads it: ``0.24 to 0.49 %``; ``up to 0.2 %``; ``0.7 %``."""
        if self.low == self.high:
            return f"{self.high:g} %"
        return f"{self.low:g} to {self.high:g} %" if self.low > 0 else f"up to {self.high:g} %"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "source": self.source,
            "year": self.year,
            "evidence": self.evidence,
            "outcome": self.outcome,
            "percent_per_100_ms_low": self.low,
            "percent_per_100_ms_high": self.high,
            "note": self.note,
        }


@cache
def published() -> tuple[Preset, ...]:
    """Return the published figures, strongest evidence first.

    Raises:
        KnownError: the data file that ships with the program is damaged.
    """
    return read(resource_path("presets", "published.toml"))


def read(path: Path) -> tuple[Preset, ...]:
    """Return the figures of a file.

    Raises:
        KnownError: it can't be read, or holds something else.
    """
    try:
        found = [Preset(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["preset"]]
        order = {kind: place for place, kind in enumerate(EVIDENCE)}
        for preset in found:
            if not 0 <= preset.low <= preset.high:
                raise ValueError(f"{preset.name}: low is above high")
        return tuple(sorted(found, key=lambda preset: order[preset.evidence]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise KnownError(
            "the published figures can't be read", f"{path} ({error})", "Install the program again"
        ) from error


def preset_of(name: str) -> Preset:
    """Return the published figure of that name.

    Raises:
        RequestError: there is none.
    """
    for preset in published():
        if preset.name == name.casefold():
            return preset
    raise RequestError(
        f"there is no preset {name!r}", "--preset", f"Use one of: {', '.join(p.name for p in published())}, all"
    )
