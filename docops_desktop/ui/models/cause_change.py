"""How the whole change splits, as steps of a waterfall and as sentences: before, volume, mix, rate, value, findings, after."""

from __future__ import annotations

from docops_desktop.analysis.results.cause import ExplainResult, Finding
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.waterfall import Step
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_model import amount, short_text

_REST = 1e-3


def parts(result: ExplainResult) -> tuple[tuple[str, float, str], ...]:
    """Return (label, signed amount, what it means) of each part of the change; they add up to the difference. Empty when it doesn't split."""
    change = result.change
    if change.difference is None or change.rate is None:
        return ()
    found = finding_parts(result)
    of_findings = sum(found)
    named = (
        (tr("Volume"), change.volume, tr("another number of visits")),
        (tr("Mix"), change.mix, tr("other visitors: attributes with other conversion rates")),
        (tr("Rate, the rest"), change.rate - of_findings, tr("the same visitors convert otherwise, beyond the findings")),
        (tr("Value"), change.value, tr("other baskets")),
    )  # fmt: skip
    result_parts = [(label, value, meaning) for label, value, meaning in named if value is not None]
    for number, (finding, value) in enumerate(zip(result.findings, found, strict=True), 1):
        result_parts.append((f"{number}  {short_text(finding.where)}", value, finding.why))
    rest = change.difference - sum(value for _, value, _ in result_parts)
    if abs(rest) > _REST * max(abs(change.difference), abs(change.before or 0.0) * _REST):
        result_parts.append((tr("Other"), rest, tr("what the split leaves over")))
    return tuple(result_parts)


def finding_parts(result: ExplainResult) -> tuple[float, ...]:
    """Return what each finding makes up of the change; negative = lost."""
    whole = result.change.findings
    lost = [max(_lost(result, finding), 0.0) for finding in result.findings]
    total = sum(lost)
    if not whole or total <= 0:
        return tuple(0.0 for _ in lost)
    return tuple(whole * value / total for value in lost)


def _lost(result: ExplainResult, finding: Finding) -> float:
    estimate = finding.lost_revenue if result.measure == "revenue" else finding.lost_conversions
    if result.measure == "sessions":
        return finding.expected - finding.observed
    return estimate.value or 0.0


def steps(result: ExplainResult) -> tuple[Step, ...]:
    """Return the waterfall's steps; empty without a baseline."""
    change, wording = result.change, amount(result.measure, result.currency)
    if change.before is None or change.after is None:
        return ()
    up_is_good = not result.measure.startswith("load")
    shown = [Step(tr("Before"), 0.0, change.before, wording(change.before), True, tooltip=_before(result))]
    level = change.before
    for label, value, meaning in parts(result):
        text = fmt.signed(value, wording)
        shown.append(Step(label, level, level + value, text, good=up_is_good, tooltip=f"{text}: {meaning}"))
        level += value
    shown.append(Step(tr("Window"), 0.0, change.after, wording(change.after), True))
    return tuple(shown)


def _before(result: ExplainResult) -> str:
    wording = amount(result.measure, result.currency)
    return tr("{figure}: the baseline, scaled to the window's length").format(figure=wording(result.change.before))


def notes(result: ExplainResult) -> tuple[str, ...]:
    """Return what must be said beside the picture: why nothing splits, and what the whole site shares."""
    change, found = result.change, []
    if not result.baseline:
        return (tr("Without a window there is no change to split. Drag on the timeline to choose one."),)
    if change.reason:
        found.append(tr("{reason}.").format(reason=change.reason[:1].upper() + change.reason[1:]))
    if change.difference is not None and change.before:
        wording = amount(result.measure, result.currency)
        text = tr("Change: {difference} ({share})")
        share = fmt.signed(change.difference / change.before, lambda v: fmt.percent(v, 1))
        found.append(text.format(difference=fmt.signed(change.difference, wording), share=share))
    if change.site_wide is not None:
        text = tr("Shared by the whole site: conversions {outcome}, load {load}")
        drift = change.site_wide_load
        found.append(text.format(outcome=_drift(change.site_wide), load=_drift(drift)))
    return tuple(found)


def _drift(value: float | None) -> str:
    return fmt.missing() if value is None else fmt.signed(value, lambda v: fmt.percent(v, 1))
