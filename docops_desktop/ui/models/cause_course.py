"""A finding's course over time as a picture needs it: what was seen and expected, and how much slower, in few enough steps to be read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from docops_desktop.analysis.results.cause import ExplainResult, Finding, Moment
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_model import amount

_STEPS = 40
_OUTCOMES = ("conversions", "conversion_rate", "revenue")


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One step, half-open in ms. ``expected`` is None where the finding isn't about an outcome, ``slowdown`` where nothing was measured."""

    start_ms: int
    end_ms: int
    observed: float
    expected: float | None
    slowdown: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """Steps, when it was hit (None: not known), and in words: what the figures are, what the picture says."""

    steps: tuple[CourseStep, ...]
    hit: tuple[int, int] | None
    outcome: str
    text: str


def course(result: ExplainResult, finding: Finding, zone: str) -> Course:
    """Return the course of a finding."""
    counted = not result.measure.startswith("load")
    steps = steps_of(finding.course, result.measure)
    end = steps[-1].end_ms if steps else 0
    hit = None if finding.since_ms is None else (finding.since_ms, finding.until_ms or end)
    outcome = {"revenue": tr("Revenue"), "sessions": tr("Sessions")}.get(result.measure, tr("Conversions"))
    return Course(steps, hit, outcome if counted else "", _text(result, steps, hit, zone))


def steps_of(moments: Sequence[Moment], measure: str) -> tuple[CourseStep, ...]:
    """Join neighbours until few enough are left; a gap (days that were not compared) is never bridged."""
    if not moments:
        return ()
    width = min((b.start_ms - a.start_ms for a, b in itertools.pairwise(moments)), default=3_600_000)
    joined = -(-len(moments) // _STEPS)
    groups: list[list[Moment]] = []
    for moment in moments:
        last = groups[-1] if groups else []
        follows = last and moment.start_ms - last[-1].start_ms <= width
        if follows and len(last) < joined:
            last.append(moment)
        else:
            groups.append([moment])
    return tuple(_step(group, width, measure) for group in groups)


def _step(group: Sequence[Moment], width: int, measure: str) -> CourseStep:
    measured = [(m.slowdown, m.sessions) for m in group if m.slowdown is not None]
    sessions = sum(n for _, n in measured)
    sessions_all = sum(m.sessions for m in group)
    return CourseStep(
        group[0].start_ms,
        group[-1].start_ms + width,
        float(sessions_all) if measure == "sessions" else sum(m.observed for m in group),
        sum(m.expected for m in group) if measure in _OUTCOMES else None,
        sum(s * n for s, n in measured) / sessions if sessions else None,
    )


def _text(result: ExplainResult, steps: Sequence[CourseStep], hit: tuple[int, int] | None, zone: str) -> str:
    """The picture in words, for those who don't see it."""
    if not steps:
        return tr("No course over time: there are no sessions.")
    # of a rate, too, what is counted are conversions
    wording = amount("conversions" if result.measure == "conversion_rate" else result.measure, result.currency)
    parts = []
    for label, chosen in ((tr("while hit"), True), (tr("otherwise"), False)):
        inside = [s for s in steps if (hit is not None and hit[0] <= s.start_ms < hit[1]) == chosen]
        if not inside:
            continue
        said = []
        if inside[0].expected is not None:
            text = tr("{observed} seen of {expected} expected")
            expected = sum(s.expected or 0.0 for s in inside)
            said.append(text.format(observed=wording(sum(s.observed for s in inside)), expected=wording(expected)))
        loads = [s.slowdown for s in inside if s.slowdown is not None]
        if loads:
            said.append(
                tr("load {change}").format(change=fmt.signed(sum(loads) / len(loads), lambda v: fmt.percent(v, 0)))
            )
        parts.append(f"{label}: {', '.join(said)}")
    since = "" if hit is None else tr("since {moment}").format(moment=fmt.moment(hit[0] - hit[0] % 60_000, zone))
    return "; ".join(part for part in (since, *parts) if part)
