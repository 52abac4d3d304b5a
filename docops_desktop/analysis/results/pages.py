"""Result behind the page ranking and the ``pages`` command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from docops_desktop.analysis.results.common import UNANSWERED, Check, Estimate, Standing

Status = Literal["red", "amber", "green", "n/a"]
Adjustment = Literal["stratified", "adjusted"]
"""``stratified``: levels by device type, country, connection; ``adjusted``: everything recorded before the view."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page group.

    Attributes:
        share: of all page views in the selection.
        sessions: sessions that saw the group; ``exposed``: those with a measured first view of it before conversion.
        conversions, conversion_rate, revenue: None where nothing is known of conversions, see ``reasons``.
        impact_score: classic Conversion Impact Score in [-1, 1]; ``impact_score_p``: its permutation p-value.
        target_ms: the load time that "at stake" is counted against.
        conversions_at_stake, revenue_at_stake: adjusted, with 95 % interval; raw_* are the unadjusted figures beside them.
        status: from the interval of what is at stake, never from the point.
        why: one or two sentences that explain the status.
        stratified_*: the rung between raw and adjusted: one curve within strata; the adjusted figures themselves where no finer adjustment is possible.
        adjustment: which rung the adjusted figures are.
        raw_*_estimate: the raw figures with their intervals (of the curve's fit; they say nothing of who is slow).
        standing: how far ``conversions_at_stake`` may be relied on; ``why`` is worded by it.
        e_value_limit: how many times as likely an unrecorded cause would have to make both slowness and lost conversions to bring the interval of
            ``conversions_at_stake`` to zero. None when not adjusted.
    """

    page_group: str
    page_views: int
    share: float
    sessions: int
    exposed: int
    conversions: int | None
    conversion_rate: float | None
    revenue: float | None
    load_p50: float | None
    load_p75: float | None
    load_p95: float | None
    impact_score: float | None
    impact_score_p: float | None
    target_ms: float | None
    conversions_at_stake: Estimate
    revenue_at_stake: Estimate
    raw_conversions_at_stake: float | None
    raw_revenue_at_stake: float | None
    status: Status
    why: str
    reasons: Mapping[str, str]
    stratified_conversions_at_stake: Estimate = UNANSWERED
    stratified_revenue_at_stake: Estimate = UNANSWERED
    adjustment: Adjustment = "stratified"
    raw_conversions_estimate: Estimate = UNANSWERED
    raw_revenue_estimate: Estimate = UNANSWERED
    standing: Standing = "n/a"
    e_value_limit: float | None = None


@dataclass(frozen=True, slots=True)
class PagesResult:
    """Page groups, worst first by revenue (or, without revenue, conversions) at stake.

    Attributes:
        method: how to read the figures: exposure, bins, adjustment, target rule; shown in the UI and in JSON.
        warnings: sentences that change how all rows are to be read.
        checks: what the adjusted figures were tested against; empty when they are only stratified.
        e_value, e_value_limit: how strong an unrecorded cause would have to be to explain the effect of all pages away, or to bring its interval to
            zero (see ``WhatIfResult``). None when not adjusted.
        first_estimate: the adjusted figures are still being computed; those here are stratified.
    """

    rows: tuple[PageRow, ...]
    ranked_by: Literal["revenue_at_stake", "conversions_at_stake"]
    method: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    first_estimate: bool = False
    checks: tuple[Check, ...] = ()
    e_value: float | None = None
    e_value_limit: float | None = None
