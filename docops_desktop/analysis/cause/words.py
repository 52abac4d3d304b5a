"""Findings in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from docops_desktop.analysis.cause.evidence import same_but_one
from docops_desktop.analysis.results.cause import Finding, PageEvidence, Relative
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.timespan import iso
from docops_desktop.model.wording import NA, duration, money, number, percent, signed

NOTICEABLE_SHIFT = 0.15


def where_text(where: Mapping[str, str]) -> str:
    """``Device model Halden H7 Lite, Carrier Rheinfunk DE``."""
    return ", ".join(f"{dimension(name).label} {value}" for name, value in where.items())


def why(
    measure: str,
    where: Mapping[str, str],
    numbers: tuple[float, float],
    lost: Estimate,
    revenue: Estimate,
    currency: str,
    load: tuple[float | None, float | None],
    slower: Estimate,
    is_slow: bool,
    since: str | None,
    pages: Sequence[PageEvidence],
    relatives: Sequence[Relative],
) -> str:
    """Return one to three sentences: what happened to whom, what it cost, what is not affected."""
    observed, expected = numbers
    parts = [f"{where_text(where)}:"]
    if is_slow:
        parts.append(f"{_slowdown(load, slower, pages)}{f' since {since}' if since else ''}")
    if measure == "sessions":
        parts.append(f"{number(observed)} sessions instead of {number(expected)}.")
    elif measure == "load":
        parts[-1] += "."
    else:
        if is_slow:
            parts[-1] += ","
        cost = f"about {_number(lost)} conversions lost ({_number(lost, 'low')} to {_number(lost, 'high')})"
        if revenue.value is not None and currency:
            cost += f", {money(revenue.value, currency)}"
        fall = 1 - observed / expected if expected else 0.0
        parts.append(f"and {_percent(fall)} fewer conversions than expected: {cost}." if is_slow else
                     f"{_percent(fall)} fewer conversions than expected, while pages were not slower: {cost}.")  # fmt: skip
    fine = [r for r in relatives if not r.hurt]
    if fine and len(fine) == len(relatives):
        parts.append(f"{' and '.join(_upper(same_but_one(where, r.dimension)) for r in fine)}: not affected.")
    return " ".join(parts)


def answer(
    measure: str,
    findings: Sequence[Finding],
    missed: tuple[float | None, float | None],
    drift: tuple[float, float, bool] | None,
    earlier: bool,
) -> str:
    """Return the answer in a sentence or two.

    Args:
        missed: largest loss that could have been missed, and relative to what was to be expected there.
        drift: site-wide relative drift of conversions and load, and whether it is more than noise; None without a baseline.
        earlier: there is a window, and time before it that it could be compared with.
    """
    wide = ""
    if drift is not None and drift[2]:
        wide = (
            f"The whole site drifted: conversions {_change(drift[0])}, load {_change(drift[1])}, whatever the segment."
        )
    if findings:
        return f"{findings[0].why} {wide}".strip()
    text = "nothing stands out"
    if missed[0]:
        unit = {"conversion_rate": "conversions", "load": "load time"}.get(measure, measure)
        part = f" ({_percent(missed[1])} of what was to be expected there)" if missed[1] else ""
        text += f"; the largest loss in a combination that could have been missed is {number(missed[0])} {unit}{part}"
    if drift is None:
        text += ": no combination is both slower and converts worse than its attributes explain"
        text += "; compared with earlier days the window would show smaller losses" if earlier else ""
    return f"{text}. {wide}" if wide else text


def rose(measure: str, gap: float, part: float) -> str:
    """Return why a finding has no share of a change that is no drop."""
    first, second = ((percent if measure == "conversion_rate" else number)(x) for x in (gap, gap + part))
    return f"the whole did not drop: it rose by {first}; without this finding it would have risen by {second}"


def since_text(since_ms: int | None, zone: str) -> str | None:
    """Return the beginning, to the minute."""
    return None if since_ms is None else iso(since_ms - since_ms % 60_000, zone)[:16].replace("T", " ")


def _slowdown(load: tuple[float | None, float | None], slower: Estimate, pages: Sequence[PageEvidence]) -> str:
    """Say what is slower: the one or two page groups that are, each with its own change, or all pages."""
    most = max((p.shift or 0.0 for p in pages), default=0.0)
    bar = max(NOTICEABLE_SHIFT, most / 2)
    slow = [p for p in pages if p.shift is not None and p.shift >= bar]
    named = slow[:2] if len(slow) < len(pages) else []
    changes = [page.shift for page in named] or [slower.value]
    whose = f"{' and '.join(page.page_group for page in named)} pages" if named else "pages"
    over_all = (
        ""
        if None in load
        else f" ({'over all pages ' if named else ''}p75 {duration(load[0])} against {duration(load[1])})"
    )
    return f"{whose} {' and '.join(_percent(change) for change in changes)} slower{over_all}"


def _change(relative: float) -> str:
    return signed(relative, lambda value: percent(value, 0))


def _percent(value: float | None) -> str:
    return percent(value, 0)


def _number(value: Estimate, end: str = "value") -> str:
    limit = getattr(value, end)
    return NA if limit is None else number(max(limit, 0))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
