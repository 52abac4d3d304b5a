"""The sums of a set of groups, as the pass hands them back, and the measures read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import (
    CoarseBins,
    measured,
    quantile,
    quantile_columns,
    quantile_error,
)
from docops_desktop.analysis.results.measure_rows import MeasureRows
from docops_desktop.kernels import layout as lay
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.measures import Measure, measure
from docops_desktop.store.facts import Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CLS_SCALE = 10_000
_EVERY = slice(None)


@dataclass(frozen=True)
class Sums:
    """Additive figures of G groups.

    Attributes:
        acc: int64 (G, ACC_FIELDS), see ``kernels.layout``.
        revenue_squared: float64 (G,), minor units squared.
        hists: metric -> counts by code, an array (G, N_CODES), or ``GroupedCodes``.
        facts: where they come from (currency, what is defined).
        coarse: what the histograms' bins are, where they aren't the codes.
    """

    acc: Ints
    revenue_squared: Floats
    hists: Mapping[str, Any]
    facts: Facts
    coarse: CoarseBins | None = None

    @property
    def sessions(self) -> Ints:
        """Sessions by group."""
        return self.acc[:, lay.ACC_SESSIONS]

    @property
    def page_views(self) -> Ints:
        """Matching page views by group."""
        return self.acc[:, lay.ACC_VIEWS]

    @property
    def converting(self) -> Ints:
        """Converting sessions by group: those with at least one conversion (weighted rows: min(conversions, weight))."""
        return self.acc[:, lay.ACC_CONVERTING]

    @property
    def conversions(self) -> Ints:
        """Conversions by group; a session may have several."""
        return self.acc[:, lay.ACC_CONVERSIONS]

    @property
    def revenue_minor(self) -> Ints:
        """Revenue by group in minor units."""
        return self.acc[:, lay.ACC_REVENUE]

    @property
    def revenue(self) -> Floats:
        """Revenue by group in major units."""
        return self.revenue_minor / self._minor

    @property
    def _minor(self) -> float:
        return float(10**self.facts.header.minor_digits)

    def take(self, groups: Any) -> Sums:
        """Return the sums of some groups, in that order."""
        return Sums(
            self.acc[groups],
            self.revenue_squared[groups],
            {name: hist[groups] for name, hist in self.hists.items()},
            self.facts,
            self.coarse,
        )

    def values(self, name: str, groups: Any = _EVERY) -> Floats:
        """Return a measure by group, or of some groups in that order, float64 (G,).

        NaN where it can't be answered; rates are 0-1, money in major units.
        """
        what = measure(name)
        if what.kind == "percentile":
            return quantile(self.hists[what.metric][groups], what.quantile, self.coarse) / _scale(what)
        column = self.acc[groups, _OF[name]]
        if why_missing(name, self.facts):
            return np.full(len(column), np.nan)
        amounts: Floats = column / self._minor if what.unit == "money" else column.astype(np.float64)
        if what.kind == "ratio":
            sessions = self.acc[groups, lay.ACC_SESSIONS]
            np.divide(amounts, sessions, out=amounts, where=sessions > 0)
            amounts[sessions <= 0] = np.nan
        return amounts

    def errors_of(self, name: str) -> Floats:
        """Return the standard error of a measure by group; NaN where there is none.

        Counts are taken as Poisson, rates as binomial, revenue from the sum of squares per session, percentiles from the error of the rank
        among as many values as there are sessions.
        """
        what = measure(name)
        if why_missing(name, self.facts):
            return np.full(len(self.acc), np.nan)
        if what.kind == "percentile":
            hists = self.hists[what.metric]
            return quantile_error(hists, what.quantile, self.coarse, self.sessions) / _scale(what)
        if name in _COLUMNS:
            return np.sqrt(self.acc[:, _COLUMNS[name]].astype(np.float64))
        if name == "revenue":
            return np.sqrt(self.revenue_squared) / self._minor
        n = np.where(self.sessions > 0, self.sessions, np.nan).astype(np.float64)
        if name == "revenue_per_session":
            mean = self.revenue_minor / n
            return np.sqrt(np.maximum(self.revenue_squared / n - mean**2, 0) / n) / self._minor
        p = self.values(name)
        return np.sqrt(p * (1 - p) / n)

    def rows(self, keys: Sequence[tuple[str, ...]], measures: tuple[str, ...]) -> MeasureRows:
        """Return one row per group with these measures, and the reason for each that can't be answered."""
        columns = self._columns(measures)
        absent: dict[str, dict[int, str]] = {}
        missing = np.isnan(np.array(list(columns.values()))) if columns else np.zeros((0, 0), dtype=np.bool_)
        for name, groups_without in zip(columns, missing, strict=True) if missing.any() else ():
            groups = np.flatnonzero(groups_without)
            if len(groups):
                absent[name] = dict(zip(groups.tolist(), self._reasons(name, groups), strict=True))
        return MeasureRows(keys, columns, _WHOLE, absent)

    def _columns(self, measures: tuple[str, ...]) -> dict[str, Floats]:
        """Return measures by group; the percentiles of one metric are read from its histograms together."""
        found: dict[str, Floats] = {}
        read: dict[str, list[Measure]] = {}
        for what in map(measure, measures):
            found[what.name] = _NO_FLOATS
            if what.kind == "percentile":
                read.setdefault(what.metric, []).append(what)
            else:
                found[what.name] = self.values(what.name)
        for metric, percentiles in read.items():
            percentiles.sort(key=lambda what: what.quantile)
            table = quantile_columns(self.hists[metric], tuple(what.quantile for what in percentiles), self.coarse)
            for place, what in enumerate(percentiles):
                found[what.name] = table[:, place] / _scale(what)
        return found

    def _reasons(self, name: str, groups: npt.NDArray[np.int64]) -> list[str]:
        """Return why these groups have no answer."""
        what = measure(name)
        missing = why_missing(name, self.facts)
        if missing or not len(groups):
            return [missing] * len(groups)
        unmeasured = "no page view has a measured load time"
        if what.metric != "load":
            unmeasured = f"{what.metric.upper()} was not measured"
        percentile = what.kind == "percentile"
        nothing = (
            measured(self.hists[what.metric][groups]) == 0 if percentile else np.zeros(len(groups), dtype=np.bool_)
        )
        texts = np.where(nothing, unmeasured, "not enough data")
        found: list[str] = np.where(self.sessions[groups] == 0, "no sessions", texts).tolist()
        return found


def why_missing(name: str, facts: Facts) -> str:
    """Return why these facts can't answer a measure for anybody, or "": what nothing tells is not zero."""
    header = facts.header
    undefined = header.conversion_kind == "none"
    if name in ("conversions", "conversion_rate") and undefined:
        return "no conversion is known: no flag is set in the exports, and no order belongs to these sessions"
    if name in ("revenue", "revenue_per_session") and undefined:
        return "no revenue belongs to these sessions" if header.currency else "the exports have no revenue"
    if name == "bounce_rate" and "weight" in facts.sessions:
        return "pre-aggregated rows don't say which sessions had one page view"
    return ""


def empty_sums(facts: Facts, metrics: tuple[str, ...] = ("load",)) -> Sums:
    """Return sums of no groups."""
    hists = {metric: np.zeros((0, N_CODES), dtype=np.int64) for metric in metrics}
    return Sums(np.zeros((0, lay.ACC_FIELDS), dtype=np.int64), np.zeros(0), hists, facts)


_COLUMNS = {
    "page_views": lay.ACC_VIEWS,
    "sessions": lay.ACC_SESSIONS,
    "conversions": lay.ACC_CONVERSIONS,
    "errors": lay.ACC_ERRORS,
}
_OF = _COLUMNS | {
    "revenue": lay.ACC_REVENUE,
    "conversion_rate": lay.ACC_CONVERTING,
    "revenue_per_session": lay.ACC_REVENUE,
    "bounce_rate": lay.ACC_BOUNCES,
}
"""What measures are made of, ratios with the sessions."""
_WHOLE = frozenset(_COLUMNS)
_NO_FLOATS: Floats = np.zeros(0)


def metrics_of(measures: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics whose histograms these measures are read from."""
    return tuple(dict.fromkeys(m.metric for m in map(measure, measures) if m.metric))


def _scale(what: Measure) -> int:
    return CLS_SCALE if what.metric == "cls" else 1
