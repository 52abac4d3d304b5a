"""Result behind the what-if sliders and the ``whatif`` command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docops_desktop.analysis.results.common import UNANSWERED, Check, Estimate, Standing
from docops_desktop.model.scenario import Change

__all__ = ["Check", "Rung", "WhatIfPart", "WhatIfResult"]


@dataclass(frozen=True, slots=True)
class WhatIfPart:
    """The answer for one page group or one value of the ``by`` dimension; parts add up to the whole."""

    key: str
    sessions: int
    conversions: Estimate
    revenue: Estimate
    raw_conversions: float | None
    raw_revenue: float | None
    supported: bool
    reason: str
    raw_conversions_estimate: Estimate = UNANSWERED
    raw_revenue_estimate: Estimate = UNANSWERED


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder from the raw to the best adjusted figure: its name ("raw", "stratified", "adjusted"), what it does, and its estimates."""

    name: str
    what: str
    conversions: Estimate
    revenue: Estimate


@dataclass(frozen=True, slots=True)
class WhatIfResult:
    """Deltas of conversions and revenue under a set of changes, over the selection's time span.

    Attributes:
        observed_*: None where nothing is known of conversions.
        supported: False when a change leaves the observed range of load times; then the estimates are None with the reason.
        adjusted_for: names of the dimensions that the adjusted figures hold fixed.
        warnings: sentences that change how the answer is to be read.
        ladder: the same question answered rung by rung, the last one being ``conversions`` and ``revenue``.
        checks: what the adjusted answer was tested against; empty when it is only stratified.
        e_value: how many times as likely an unrecorded cause would have to make both slowness and lost conversions to explain the effect away;
            ``e_value_limit``: to bring its interval to zero. None when not adjusted.
        raw_*_estimate: the raw figures with their intervals (of the curve's fit; they say nothing of who is slow).
        standing: how far the change of conversions may be relied on; ``statement``: the answer in words, which differ with it.
        first_estimate: the adjusted figures are still being computed; those here are stratified.
    """

    changes: tuple[Change, ...]
    sessions: int
    observed_conversions: int | None
    observed_revenue: float | None
    conversions: Estimate
    revenue: Estimate
    raw_conversions: float | None
    raw_revenue: float | None
    by: str
    parts: tuple[WhatIfPart, ...]
    supported: bool
    warnings: tuple[str, ...]
    adjusted_for: tuple[str, ...]
    currency: str
    method: Mapping[str, str]
    ladder: tuple[Rung, ...] = ()
    checks: tuple[Check, ...] = ()
    e_value: float | None = None
    e_value_limit: float | None = None
    first_estimate: bool = False
    standing: Standing = "n/a"
    statement: str = ""
    raw_conversions_estimate: Estimate = UNANSWERED
    raw_revenue_estimate: Estimate = UNANSWERED

    @property
    def conversions_percent(self) -> Estimate:
        """The change of conversions in percent of those observed."""
        return _percent(self.conversions, self.observed_conversions)

    @property
    def revenue_percent(self) -> Estimate:
        """The change of revenue in percent of that observed."""
        return _percent(self.revenue, self.observed_revenue)


def _percent(change: Estimate, base: float | None) -> Estimate:
    if change.value is None or change.low is None or change.high is None:
        return change
    if base is None or base <= 0:
        return Estimate(None, reason="there is nothing to take percents of")
    return Estimate(100 * change.value / base, 100 * change.low / base, 100 * change.high / base)
