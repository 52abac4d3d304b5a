"""From a value to a colour: the theme's colour-blind-safe stops stretched over a range, one way for picture, legend and contrast of the text on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_SHADES = 257
"""Odd, so that the middle stop has a shade of its own."""


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Evenly spaced ``#rrggbb`` stops over ``low``..``high`` (of the value itself; outside it is clipped)."""

    stops: tuple[str, ...]
    low: float
    high: float

    def table(self) -> npt.NDArray[np.uint8]:
        """Return the look-up table, uint8 (257, 4), opaque."""
        return _table(self.stops)

    def position(self, value: float) -> float:
        """Return where a value stands in the range, 0-1."""
        width = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / width)) if width > 0 else 0.5

    def rgba(self, values: Floats) -> npt.NDArray[np.uint8]:
        """Return colours, uint8 (..., 4); NaN becomes transparent."""
        width = self.high - self.low
        scaled = (values - self.low) / width if width > 0 else np.full_like(values, 0.5)
        known = np.isfinite(scaled)
        index = np.where(known, np.clip(scaled, 0, 1) * (_SHADES - 1), 0).round().astype(np.intp)
        colours = self.table()[index]
        colours[~known] = 0
        return colours

    def hex_of(self, value: float) -> str:
        """Return the colour of one value as ``#rrggbb``."""
        red, green, blue = self.table()[round(self.position(value) * (_SHADES - 1)), :3]
        return f"#{red:02x}{green:02x}{blue:02x}"


@lru_cache(maxsize=16)
def _table(stops: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    corners = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops], dtype=float)
    at = np.linspace(0, len(stops) - 1, _SHADES)
    shades = [np.interp(at, np.arange(len(stops)), corners[:, channel]) for channel in range(3)]
    table = np.stack([*shades, np.full(_SHADES, 255.0)], axis=1).round().astype(np.uint8)
    table.flags.writeable = False
    return table


def sequential(values: Floats, stops: tuple[str, ...]) -> ColourScale:
    """Return a scale over the bulk of the values (2nd to 98th percentile), stretched half-way to the extremes: one cell neither flattens the rest nor
    drowns in it.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return ColourScale(stops, 0.0, 1.0)
    low, high = (float(q) for q in np.percentile(known, (2, 98)))
    low, high = (low + float(known.min())) / 2, _towards(high, float(known.max()))
    return ColourScale(stops, low, high if high > low else low + max(abs(low) * 0.1, 1e-9))


def diverging(values: Floats, stops: tuple[str, ...], *, higher_is_worse: bool, at_least: float = 0.0) -> ColourScale:
    """Return a scale symmetric round zero whose last stop is worse; ``at_least`` keeps noise pale when nothing changed."""
    known = np.abs(values[np.isfinite(values)])
    bulk = _towards(float(np.percentile(known, 98)), float(known.max())) if known.size else 0.0
    reach = max(bulk, at_least, 1e-9)
    ordered = stops if higher_is_worse else tuple(reversed(stops))
    return ColourScale(ordered, -reach, reach)


def _towards(bulk: float, extreme: float) -> float:
    """Return the geometric middle of two positive numbers (the larger one otherwise)."""
    return math.sqrt(bulk * extreme) if bulk > 0 and extreme > 0 else max(bulk, extreme)
