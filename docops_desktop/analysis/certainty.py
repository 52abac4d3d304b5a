"""How sure an answer may sound: from an interval, and the checks that it was put to, to a sentence.

A figure that failed a check is never stated as a fact, whatever its interval. Computes no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from docops_desktop.analysis.results.common import Estimate, Standing
from docops_desktop.model.wording import signed

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalModel

GAP = 2.0
"""How many times the adjusted figure the raw one may be before the answer says so."""
STRATIFIED = "it is adjusted within strata only, which leaves most of who is slow in it"


def hedges_of(causal: CausalModel | None) -> tuple[str, ...]:
    """Return why figures of this effect must be stated with reserve, as half-sentences; of no adjusted effect, that it is missing."""
    if causal is None or causal.reason or causal.checks is None:
        return (STRATIFIED,)
    return causal.checks.hedges()


def standing_of(estimate: Estimate, hedges: Sequence[str]) -> Standing:
    """Return how an estimate stands."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "n/a"
    if estimate.low <= 0 <= estimate.high:
        return "not shown"
    return "doubtful" if hedges else "shown"


def statement_of(
    estimate: Estimate,
    hedges: Sequence[str],
    raw: float | None = None,
    e_value_limit: float | None = None,
    *,
    thin: bool = False,
) -> str:
    """Return the answer as a sentence or two.

    Args:
        estimate: the change of conversions.
        hedges: see ``hedges_of``.
        raw: the unadjusted figure.
        e_value_limit: how strong an unrecorded cause would have to be for no effect to be possible.
        thin: part of the sessions is at the edge of what was observed and can't change as far as asked.
    """
    standing = standing_of(estimate, hedges)
    if standing == "n/a":
        return f"No answer: {estimate.reason.rstrip('.')}."
    value, low, high = (signed(v or 0.0) for v in (estimate.value, estimate.low, estimate.high))
    interval = f"95 %: {low} to {high}"
    doubt = "; ".join(hedges)
    if estimate.low == estimate.high == 0:
        said = "Nothing changes."
    elif standing == "not shown":
        said = f"The data don't show that this changes conversions ({interval})."
        said += f" Even that is open to doubt: {doubt}." if hedges else ""
    elif standing == "doubtful":
        said = f"Perhaps {value} conversions ({interval}), which is open to doubt: {doubt}."
    else:
        said = f"{value} conversions ({interval})"
        if e_value_limit is not None:
            said += f", unless something unrecorded raises both slowness and lost conversions {e_value_limit:.2f} times"
        said += "."
    if raw is not None and abs(raw) > GAP * abs(estimate.value or 0.0) and abs(raw) >= 1:
        said += f" Not the {signed(raw)} of the raw curve: most of that comes from who is slow, not from being slow."
    if thin and standing != "not shown":
        said += " Part of the sessions is at the edge of what was observed and changes less than asked."
    return said


def hidden_cause(e_value: float, limit: float, figure: str = "that effect") -> str:
    """Say how strong a cause that nobody recorded would have to be.

    Args:
        e_value: for the effect of all pages together to be nothing else.
        limit: for ``figure`` to be possibly zero.
    """
    return (
        "Only recorded attributes are held fixed. A cause that isn't recorded would explain all of the effect of all pages together if it made a slow "
        f"session and a lost conversion {e_value:.2f} times as likely each; from {limit:.2f} times on {figure} could be zero."
    )


def nearest_end(estimate: Estimate) -> float:
    """The interval's end nearest to zero over the point; 0 when zero lies inside."""
    if not estimate.value or estimate.low is None or estimate.high is None or estimate.low <= 0 <= estimate.high:
        return 0.0
    return (estimate.low if estimate.value > 0 else estimate.high) / estimate.value
