"""How a row of the page ranking is put into words: its status, why it has it, and what changes how all rows are to be read. Computes no effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from docops_desktop.analysis.certainty import GAP, hidden_cause, standing_of
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.pages import PageRow, Status
from docops_desktop.model.wording import NA, duration, percent, signed

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalModel

RED_SHARE = 0.01  # a loss that is surely above this share of the group's conversions is red


def status_of(
    estimate: Estimate, raw: Estimate, target_ms: float | None, counts: tuple[int, int], hedges: Sequence[str]
) -> tuple[Status, str]:
    """Return the status of a page group and why.

    Args:
        estimate: conversions at stake.
        raw: the unadjusted figure, with its own interval.
        target_ms: what they are counted against.
        counts: exposed sessions, and conversions after an exposure.
        hedges: why the figure must be stated with reserve; then the status stands, but nothing is called sure.
    """
    if estimate.value is None or estimate.low is None or estimate.high is None or target_ms is None:
        return "n/a", f"Not answerable: {estimate.reason}."
    exposed, conversions = counts
    base = max(conversions, 1)
    what = (
        f"At {duration(target_ms)} for every slower session: {signed(estimate.value)} conversions "
        f"(95 %: {signed(estimate.low)} to {signed(estimate.high)}; raw {_raw(raw)}), "
        f"from {exposed:,} exposed sessions with {base:,} conversions."
    )
    if raw.value is not None and abs(raw.value) > GAP * abs(estimate.value) and abs(raw.value) >= 1:
        what += " Most of the raw figure comes from who is slow, not from being slow."
    if hedges:
        what += f" This is open to doubt: {'; '.join(hedges)}."
    surely = "seems to cost" if hedges else "surely costs"
    if estimate.low > RED_SHARE * base:
        return "red", f"Slowness {surely} more than {percent(RED_SHARE, 0)} of this group's conversions. {what}"
    if estimate.high < RED_SHARE * base:
        return "green", f"Slowness {surely} less than {percent(RED_SHARE, 0)} of this group's conversions. {what}"
    return (
        "amber",
        f"The data can't tell whether slowness costs more than {percent(RED_SHARE, 0)} of this group's conversions. {what}",
    )


def _raw(raw: Estimate) -> str:
    if raw.value is None or raw.low is None or raw.high is None:
        return NA
    return f"{signed(raw.value)}, 95 %: {signed(raw.low)} to {signed(raw.high)}"


def warnings(causal: CausalModel | None, rows: Iterable[PageRow], unknown: str = "") -> tuple[str, ...]:
    """Say what changes how all rows are to be read: checks that failed, and what an unrecorded cause could do to those that claim an effect.

    Args:
        unknown: why nothing is known of conversions; then that is all that there is to say.
    """
    if unknown:
        return (f"{unknown[0].upper()}{unknown[1:]}.",)
    if causal is None:
        return ()
    if causal.reason or causal.checks is None:
        return (f"Adjusted within strata only: {causal.reason}.",)
    said = [f"{text[0].upper()}{text[1:]}." for text in causal.checks.warnings()]
    if any(standing_of(row.conversions_at_stake, ()) == "shown" for row in rows):
        said.append(hidden_cause(causal.checks.e_value, causal.checks.e_value_limit))
    return tuple(said)
