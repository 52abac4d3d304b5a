"""Result of "find the cause": ranked findings with their evidence, and how the whole change splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """Speed of one page group within a finding: p75 and ``shift`` = relative change of the typical (geometric mean) load, against the reference."""

    page_group: str
    page_views: int
    load_p75: float | None
    load_p75_baseline: float | None
    shift: float | None


@dataclass(frozen=True, slots=True)
class Relative:
    """How the rest of one of the finding's values fares: the same device on other carriers, the same carrier on other devices.

    ``effect``: relative change of the outcome with interval; ``slowdown``: relative change of the typical load; ``hurt``: as the finding is.
    """

    dimension: str
    value: str
    sessions: int
    observed: float
    expected: float
    effect: Estimate
    slowdown: float
    hurt: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One bucket of a finding's course: outcome, what was expected, and relative slowdown (None where nothing was measured)."""

    start_ms: int
    sessions: int
    observed: float
    expected: float
    slowdown: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause.

    Attributes:
        where: dimension -> value.
        sessions: of the window (within ``since_ms`` to ``until_ms`` when these are set).
        expected, observed: the measure there; what it would have been without the cause, and what it was.
        effect: observed / expected - 1, with 95 % interval (for load: relative change of the typical load).
        effect_shrunk: the same, corrected for having been picked because it is large.
        lost_conversions, lost_revenue: with 95 % interval; revenue in major units.
        expected_share: conversions lost per session of the whole window.
        share_of_change: of the whole change of the measure; None without a baseline, or where nothing dropped.
        p_value: of the loss; ``q_value``: bound on the false discovery rate over everything searched.
        slowdown: relative change of the typical load, with interval.
        since_ms, until_ms: when it began and ended within the data; None where it shows no beginning (end).
        why: one or two sentences.
    """

    where: Mapping[str, str]
    sessions: int
    expected: float
    observed: float
    effect: Estimate
    effect_shrunk: float
    expected_share: float
    lost_conversions: Estimate
    lost_revenue: Estimate
    share_of_change: float | None
    p_value: float
    q_value: float
    z_loss: float
    z_slow: float
    load_p75: float | None
    load_p75_baseline: float | None
    slowdown: Estimate
    since_ms: int | None
    until_ms: int | None
    pages: tuple[PageEvidence, ...]
    relatives: tuple[Relative, ...]
    course: tuple[Moment, ...]
    why: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """How the change of the measure splits; numbers in the measure's unit, None where there is no baseline.

    Attributes:
        before: the baseline, scaled to the window's length. ``after``: the window. ``difference``: after - before.
        volume: other number of visits. ``mix``: other visitors. ``rate``: same visitors act otherwise. ``value``: other baskets.
        site_wide: relative drift of the outcome that all combinations share, after the findings were taken out.
        site_wide_load: the same of the typical load.
        findings: part of ``rate`` that the findings make up (negative = lost).
        reason: why numbers are None.
    """

    before: float | None
    after: float | None
    difference: float | None
    volume: float | None
    mix: float | None
    rate: float | None
    value: float | None
    site_wide: float | None
    site_wide_load: float | None
    findings: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExplainResult:
    """The answer.

    Attributes:
        window: None = all data. ``baseline``: empty = segments were compared with the rest.
        answer: one sentence: what was found, or that nothing stands out.
        missed: when nothing stands out: the largest loss (in units of the measure) that could have been missed. ``missed_effect``: relative.
        searched: dimensions; ``combinations``: how many were tested; ``min_sessions``: the support they needed.
        compiled: False when the NumPy reference served.
    """

    measure: str
    window: TimeSpan | None
    baseline: tuple[TimeSpan, ...]
    change: Change
    findings: tuple[Finding, ...]
    answer: str
    missed: float | None
    missed_effect: float | None
    searched: tuple[str, ...]
    combinations: int
    min_sessions: int
    sessions: int
    baseline_sessions: int
    currency: str
    warnings: tuple[str, ...]
    seconds: float
    compiled: bool
