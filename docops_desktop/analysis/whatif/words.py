"""How a what-if answer is put into words: the ladder of methods, why something is refused, and every doubt that changes how the figure is to be read.

Computes no effect; gets figures and says what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from docops_desktop.analysis.certainty import GAP, hidden_cause, nearest_end
from docops_desktop.analysis.ranking.exposure import SUPPORT_SESSIONS, SUPPORT_SHARES
from docops_desktop.analysis.ranking.pages import ADJUSTED, ADJUSTED_INTERVAL, in_major_units
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.whatif import Rung
from docops_desktop.model.wording import duration, percent, signed

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalAnswer, CausalModel

THIN = 0.01  # of a page group's sessions that can't change as far as asked, from which on it is said
NOT_SLOWER = "it is not slower than the others here"
FAST_ALREADY = "the typical load time is no longer than that already"

METHOD: Mapping[str, str] = {
    "raw": "one curve per page group over all sessions",
    "stratified": "one curve per page group within strata; each stratum keeps its own conversion level",
    "attribution": "any touch: a converting session counts for every page group that it saw before converting",
    "sessions": (
        "of a page group: those with a measured first view of it before converting, so that a session counts for every page group that it saw; "
        "of any other part: all that are selected, so that the parts add up to the whole"
    ),
    "support": (
        f"a new load time never leaves the range observed for the page group: beyond each end lie at least {SUPPORT_SESSIONS} of its sessions, "
        f"and between {percent(SUPPORT_SHARES[0], 1)} and {percent(SUPPORT_SHARES[1], 0)} of them"
    ),
    "interval": "95 %, from the fit's covariance and the spread of baskets; page groups are added as if fully dependent (the wider reading)",
}

ADJUSTED_METHOD: Mapping[str, str] = {
    "adjusted": ADJUSTED,
    "attribution": "every view before the conversion counts; views of one session act together, so parts share what they do jointly",
    "interval": ADJUSTED_INTERVAL,
}


def ladder(
    raw_conversions: Estimate,
    raw_revenue: Estimate,
    conversions: Estimate,
    revenue: Estimate,
    better: CausalAnswer | None,
    cells: PageCells,
) -> tuple[Rung, ...]:
    """Return the rungs from raw to the best figure that there is; revenue of ``better`` in minor units."""
    rungs = [
        Rung("raw", METHOD["raw"], raw_conversions, raw_revenue),
        Rung("stratified", METHOD["stratified"], conversions, revenue),
    ]
    if better is not None:
        money = in_major_units(better.revenue, cells.minor_digits)
        rungs.append(Rung("adjusted", ADJUSTED, better.conversions, money))
    return tuple(rungs)


def unmoved(reasons: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Say which changes come to nothing, by (segment, page group) and why; one sentence per segment and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for (who, group), reason in reasons.items():
        if reason:
            found.setdefault((who, reason), []).append(group)
    return tuple(
        f"{f'{who}, l' if who else 'L'}eft as it is on {', '.join(groups)}: {reason}."
        for (who, reason), groups in found.items()
    )


def outside_reason(group: str, outside: float, floor_ms: float, ceiling_ms: float) -> str:
    """Say why a change of this page group is refused."""
    return (
        f"{group}: not supported by the data; {percent(outside, 0)} of its sessions would leave the observed range of "
        f"{duration(floor_ms)} to {duration(ceiling_ms)}."
    )


def warnings(
    outside: Mapping[str, float],
    unanswerable: Mapping[str, str],
    conversions: Estimate,
    raw: float | None,
    *,
    adjusted: bool = False,
) -> tuple[str, ...]:
    """Say what changes how the figure is to be read; ``outside``: share of each answered page group's sessions beyond the observed range."""
    found: list[str] = []
    if conversions.value is not None and conversions.low is not None and conversions.high is not None:
        if conversions.low <= 0 <= conversions.high and conversions.low < conversions.high:
            found.append("The interval includes zero: the data don't show that this change matters.")
        if raw is not None and abs(raw) > GAP * abs(conversions.value):
            found.append(
                f"The raw figure ({signed(raw)}) is more than {GAP:.0f} times the adjusted one ({signed(conversions.value)}): "
                "most of it comes from who is slow, not from being slow."
            )
    found.extend(f"{group} is left out: {reason}." for group, reason in unanswerable.items())
    clipped = [f"{group} ({percent(share, 0)})" for group, share in outside.items() if share > THIN]
    if clipped:
        found.append(
            "Part of the sessions is already at the edge of the observed range and gains less: "
            + ", ".join(clipped)
            + "."
        )
    if len(outside) > 1 and not adjusted:
        found.append("A session that saw several page groups counts in each of them; the total is an upper reading.")
    return tuple(found)


def doubts(causal: CausalModel | None, conversions: Estimate, *, adjusted: bool) -> tuple[str, ...]:
    """What the checks found, and what a cause that nobody recorded could do."""
    if causal is None:
        return ()
    if not adjusted or causal.checks is None:
        return (f"Adjusted within strata only: {causal.reason}.",) if causal.reason else ()
    checks = causal.checks
    said = [f"{text[0].upper()}{text[1:]}." for text in checks.warnings()]
    if conversions.low is not None and conversions.high is not None and not conversions.low <= 0 <= conversions.high:
        said.append(hidden_cause(checks.e_value, checks.needed_for(nearest_end(conversions)), "this answer"))
    return tuple(said)
