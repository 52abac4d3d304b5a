"""Answers of "find the cause", written by hand, for the tests of what shows and keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from docops_desktop.analysis.results.cause import Change, ExplainResult, Finding, Moment, PageEvidence, Relative
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, TimeSpan
from tests.support.sample_results import START_MS

WINDOW = TimeSpan(START_MS + 10 * MS_PER_DAY, START_MS + 11 * MS_PER_DAY)
BASELINE = tuple(WINDOW.shifted(-day * MS_PER_DAY) for day in (1, 2, 3))
CHANGE = Change(1_000.0, 850.0, -150.0, 20.0, -10.0, -150.0, -10.0, -0.01, 0.02, -120.0)


def finding(**changes: Any) -> Finding:
    """Halden H7 Lite on Rheinfunk DE, slow Product pages, 120 conversions lost."""
    relatives = (
        Relative("carrier", "Rheinfunk DE", 400, 18.0, 17.0, Estimate(0.06, -0.3, 0.5), 0.02, False),
        Relative("device_model", "Halden H7 Lite", 3_000, 150.0, 148.0, Estimate(0.01, -0.1, 0.15), 0.01, False),
    )
    pages = (
        PageEvidence("Product", 900, 16_500.0, 2_500.0, 5.3),
        PageEvidence("Home", 300, None, None, None),
    )
    base = Finding(
        where={"device_model": "Halden H7 Lite", "carrier": "Rheinfunk DE"}, sessions=2_400, expected=150.0, observed=30.0,
        effect=Estimate(-0.8, -0.9, -0.6), effect_shrunk=-0.75, expected_share=0.01,
        lost_conversions=Estimate(120.0, 90.0, 150.0), lost_revenue=Estimate(9_600.0, 7_000.0, 12_000.0), share_of_change=0.8,
        p_value=1e-9, q_value=2e-6, z_loss=9.0, z_slow=20.0, load_p75=7_800.0, load_p75_baseline=2_600.0,
        slowdown=Estimate(0.73, 0.65, 0.81), since_ms=WINDOW.start_ms, until_ms=None, pages=pages, relatives=relatives,
        course=(Moment(WINDOW.start_ms, 100, 1.0, 6.0, 0.7), Moment(WINDOW.start_ms + MS_PER_HOUR, 90, 2.0, 5.0, None)),
        why="Halden H7 Lite, Rheinfunk DE: Product pages 73 % slower, and 80 % fewer conversions than expected.", reasons={},
    )  # fmt: skip
    return replace(base, **changes)


def second() -> Finding:
    """One dimension, no slowdown, a smaller loss without revenue."""
    return finding(
        where={"browser": "Tern 12"}, sessions=900, expected=60.0, observed=40.0,
        lost_conversions=Estimate(20.0, 5.0, 35.0), lost_revenue=Estimate(None, reason="no revenue was recorded"),
        share_of_change=None, q_value=0.04, load_p75=None, load_p75_baseline=None, relatives=(), pages=(), since_ms=None,
        reasons={"share_of_change": "nothing dropped", "load_p75": "too few page views"}, why="Tern 12: 33 % fewer conversions.",
    )  # fmt: skip


def explained(**changes: Any) -> ExplainResult:
    """Two findings in a window against three earlier days."""
    base = ExplainResult(
        measure="conversions", window=WINDOW, baseline=BASELINE, change=CHANGE, findings=(finding(), second()),
        answer="Halden H7 Lite on Rheinfunk DE.", missed=None, missed_effect=None, searched=("device_model", "carrier", "browser"),
        combinations=12_345, min_sessions=50, sessions=28_000, baseline_sessions=80_000, currency="EUR", warnings=(), seconds=1.2,
        compiled=True,
    )  # fmt: skip
    return replace(base, **changes)


def nothing() -> ExplainResult:
    """Nothing stands out; a loss of 40 conversions could have been missed."""
    return explained(findings=(), answer="nothing stands out", missed=40.0, missed_effect=-0.3)
