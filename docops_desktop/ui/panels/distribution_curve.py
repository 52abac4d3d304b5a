"""The conversion curve's points: neighbouring bins of load time are taken together until each point stands on enough sessions.

A rate of ten sessions is 0 % or 10 %, whatever the page: drawn bin by bin, the ends of the curve would dive and leap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.intervals import wilson
from docops_desktop.analysis.results.distribution import DistributionResult

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EXPECTED_CONVERSIONS = 10.0
"""A point has sessions enough to expect so many conversions at the rate of all of them together."""


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Points of the curve, in order of load time.

    Attributes:
        x: place on the axis, log10(ms): the middles of its bins, weighted by sessions; (m,).
        rate, low, high: conversion rate and its 95 % Wilson interval, (m,).
        sessions: behind each point, (m,).
        point_of: the point that each bin belongs to, (n,); -1 where there is no curve.
    """

    x: Floats
    rate: Floats
    low: Floats
    high: Floats
    sessions: Ints
    point_of: Ints


def rate_curve(result: DistributionResult, edges: Floats) -> RateCurve:
    """Return the curve over bins with these ``edges`` on the axis, (n + 1,)."""
    sessions, conversions = result.sessions.astype(np.int64), result.conversions.astype(np.int64)
    total = int(sessions.sum())
    share = conversions.sum() / total if total else 0.0
    least = max(float(result.min_sessions), EXPECTED_CONVERSIONS / share if share else 0.0)
    if total < least or result.rate_missing:
        nothing = np.empty(0)
        return RateCurve(nothing, nothing, nothing, nothing, np.empty(0, np.int64), np.full(len(sessions), -1))
    point_of = _together(sessions, least)
    count = int(point_of.max()) + 1
    n = np.bincount(point_of, sessions, count)
    k = np.bincount(point_of, conversions, count)
    middles = (edges[:-1] + edges[1:]) / 2
    x = np.bincount(point_of, sessions * middles, count) / n
    low, high = wilson(k, n)
    return RateCurve(x, k / n, low, high, n.astype(np.int64), point_of)


def _together(sessions: Ints, least: float) -> Ints:
    """Return the point of each bin: neighbours from the left until there are enough; what is left over at the end joins the last point."""
    point_of = np.zeros(len(sessions), dtype=np.int64)
    point, inside = 0, 0
    for place, count in enumerate(sessions.tolist()):
        point_of[place] = point
        inside += count
        if inside >= least:
            point, inside = point + 1, 0
    if inside < least and point:
        point_of[point_of == point] = point - 1
    return point_of
