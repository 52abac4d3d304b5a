"""Findings and their evidence as tables: what a row says, and its small pictures. Computes no figure and filters nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docops_desktop.analysis.results.cause import ExplainResult, Finding, PageEvidence, Relative
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.dimensions import dimension
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column, IntervalBar, StatusMark, share_of
from docops_desktop.ui.models.pages_model import axis

SLOWER = 0.15
"""A page group counts as slowed down from 15 % on."""


@dataclass(frozen=True, slots=True)
class RankedFinding:
    """A finding with its place, 1 = the strongest evidence."""

    rank: int
    finding: Finding

    @property
    def key(self) -> tuple[str, ...]:
        """Identify it."""
        return tuple(f"{name}={value}" for name, value in self.finding.where.items())


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line of evidence.

    Attributes:
        kind: ``finding``, ``relative`` or ``page``; ``n_text``: what stands behind it; ``p75``: load now and before.
        slowdown: relative change of the typical load; ``effect``: of the outcome, None where it isn't told apart.
        hurt: None where too little was measured to tell. ``word``: that in words; ``full``: the text at length, where it is cut short.
    """

    kind: str
    text: str
    n_text: str
    p75: tuple[float | None, float | None]
    slowdown: float | None
    effect: Estimate | None
    hurt: bool | None
    word: str
    full: str = ""


def ranked(result: ExplainResult) -> tuple[RankedFinding, ...]:
    """Number the findings as the analysis ordered them."""
    return tuple(RankedFinding(i + 1, finding) for i, finding in enumerate(result.findings))


def where_text(where: Mapping[str, str]) -> str:
    """Return a combination in words: Device model Halden H7 Lite, Carrier Rheinfunk DE."""
    return ", ".join(f"{tr(dimension(name).label)} {value}" for name, value in where.items())


def short_text(where: Mapping[str, str]) -> str:
    """Return a combination's values: Halden H7 Lite × Rheinfunk DE."""
    return " × ".join(where.values())


def columns(result: ExplainResult) -> tuple[Column[RankedFinding], ...]:
    """Return the columns, worded for this answer."""
    shown = [
        _combination(),
        _sessions(),
        _lost("lost_conversions", tr("Conv. lost"), result, lambda f: f.lost_conversions, fmt.count, bars=True),
        _lost(
            "lost_revenue", tr("Revenue lost"), result, lambda f: f.lost_revenue, _money(result.currency), bars=False
        ),
        _share(result),
        _load(result),
    ]
    if all(f.lost_revenue.value is None for f in result.findings):
        shown = [column for column in shown if column.name != "lost_revenue"]
    if not can_share(result):
        shown = [column for column in shown if column.name != "share_of_change"]
    return tuple(shown)


def can_share(result: ExplainResult) -> bool:
    """Tell whether a share of the change can be spoken of: there is a change, and it splits."""
    return result.change.difference is not None and not result.measure.startswith("load")


def _money(currency: str) -> Callable[[float], str]:
    return lambda value: fmt.money(value, currency)


def _combination() -> Column[RankedFinding]:
    return Column(
        "where",
        tr("Combination"),
        tr(
            "The shortest description that is true of the loss; strongest evidence first, each counted after the earlier ones were taken out. "
            "Click a row or press Return to filter all panels by it; again to take that back."
        ),
        lambda r: f"{fmt.number(r.rank)}  {short_text(r.finding.where)}",
        lambda r: float(r.rank),
        numeric=False,
        note=lambda r: " × ".join(tr(dimension(name).label) for name in r.finding.where),
        tooltip=lambda r: f"{where_text(r.finding.where)}\n{r.finding.why}",
    )


def _sessions() -> Column[RankedFinding]:
    return Column(
        "sessions",
        tr("Sessions"),
        tr(
            "Sessions of the combination in the window, from when it began. q: bound on the share of false findings among those at least as strong, over "
            "everything that was searched."
        ),
        lambda r: fmt.count(r.finding.sessions),
        lambda r: float(r.finding.sessions),
        note=lambda r: tr("q {q}").format(q=q_text(r.finding.q_value)),
        tooltip=lambda r: tr("n = {n}, q {q}").format(
            n=sessions(r.finding.sessions, fmt.exact), q=q_text(r.finding.q_value)
        ),
    )


def _lost(
    name: str,
    label: str,
    result: ExplainResult,
    read: Callable[[Finding], Estimate],
    wording: Callable[[float], str],
    *,
    bars: bool,
) -> Column[RankedFinding]:
    minimum, maximum = axis(read(finding) for finding in result.findings)

    def graphic(row: RankedFinding) -> IntervalBar | None:
        estimate = read(row.finding)
        if not bars or estimate.value is None or estimate.low is None or estimate.high is None:
            return None
        return IntervalBar(estimate.value, estimate.low, estimate.high, minimum, maximum)

    def text(row: RankedFinding) -> str:
        return fmt.missing() if read(row.finding).value is None else wording(read(row.finding).value or 0.0)

    def tooltip(row: RankedFinding) -> str:
        estimate = read(row.finding)
        figure = fmt.with_reason(fmt.interval(estimate, wording, plus=False), estimate.reason)
        return f"{label}: {figure}\n{_expected(result, row.finding)}"

    return Column(
        name,
        label,
        tr("What was to be expected without the cause, less what was seen; with the 95 % interval below."),
        text,
        lambda row: read(row.finding).value,
        graphic=graphic,
        note=lambda row: fmt.limits(read(row.finding), wording),
        tooltip=tooltip,
    )


def _expected(result: ExplainResult, finding: Finding) -> str:
    wording = amount(result.measure, result.currency)
    return tr("{observed} instead of {expected} expected, {n}").format(
        observed=wording(finding.observed), expected=wording(finding.expected), n=sessions(finding.sessions, fmt.exact)
    )


def loss_text(measure: str, value: float, currency: str) -> str:
    """Return a loss with its unit in words."""
    units = {"sessions": tr("{n} sessions"), "revenue": "{n}"}
    return units.get(measure, tr("{n} conversions")).format(
        n=amount(measure if measure in units else "", currency)(value)
    )


def amount(measure: str, currency: str) -> Callable[[float | None], str]:
    """Return how figures of the measure are worded."""
    if measure == "revenue":
        return lambda value: fmt.money(value, currency)
    if measure == "conversion_rate":
        return lambda value: fmt.percent(value)  # noqa: PLW0108 - hides the optional argument
    return fmt.duration if measure.startswith("load") else fmt.count


def _share(result: ExplainResult) -> Column[RankedFinding]:
    rose = (result.change.difference or 0.0) >= 0

    return Column(
        "share_of_change",
        tr("Share"),
        tr(
            "What the finding makes up of the whole drop of the measure; above 100 % where other things made up for it. Where the whole rose in spite of the "
            "loss there is no share: the tooltip says what it would have been."
        ),
        lambda r: tr("rose") if rose else fmt.percent(r.finding.share_of_change, 0),
        lambda r: r.finding.share_of_change,
        graphic=lambda r: share_of(r.finding.share_of_change, 1.0),
        tooltip=lambda r: fmt.with_reason(
            fmt.percent(r.finding.share_of_change, 0), r.finding.reasons.get("share_of_change", "")
        ),
    )  # fmt: skip


def _load(result: ExplainResult) -> Column[RankedFinding]:
    loads = [load for f in result.findings for load in (f.load_p75, f.load_p75_baseline) if load is not None]
    largest = max(loads, default=0.0)
    before = tr("was {load}") if result.baseline else tr("others {load}")

    def note(row: RankedFinding) -> str:
        load = row.finding.load_p75_baseline
        return "" if load is None else before.format(load=fmt.duration(load))

    def tooltip(row: RankedFinding) -> str:
        f = row.finding
        if f.load_p75 is None:
            return fmt.with_reason(fmt.missing(), f.reasons.get("load_p75", tr("too few page views were measured")))
        slower = fmt.interval(f.slowdown, lambda v: fmt.percent(v, 0))
        return "\n".join(
            (f"{fmt.duration(f.load_p75)}, {note(row)}", tr("typical load: {change}").format(change=slower))
        )

    return Column(
        "load_p75",
        tr("Load p75"),
        tr("Load time that a quarter of the page views exceed: now, and in the baseline (without one: of comparable sessions)."),
        lambda r: fmt.duration(r.finding.load_p75),
        lambda r: r.finding.load_p75,
        graphic=lambda r: share_of(r.finding.load_p75, largest),
        note=note,
        tooltip=tooltip,
    )  # fmt: skip


def q_text(q: float) -> str:
    """Return a q-value: < 0.001, 0.03."""
    return f"< {fmt.number(0.001, 3)}" if q < 0.001 else fmt.number(q, 3 if q < 0.01 else 2)


# --- evidence


def evidence(finding: Finding) -> tuple[EvidenceRow, ...]:
    """Return the finding itself, its relatives, then its page groups, worst first."""
    own = EvidenceRow(
        "finding",
        tr("This combination"),
        tr("n = {n}").format(n=fmt.count(finding.sessions)),
        (finding.load_p75, finding.load_p75_baseline),
        finding.slowdown.value,
        finding.effect,
        True,
        tr("hurt"),
    )
    relatives = tuple(_relative(finding, relative) for relative in finding.relatives)
    bar = slow_from(finding)
    return (own, *relatives, *(_page(page, bar) for page in finding.pages))


def slow_from(finding: Finding) -> float:
    """Return the slowdown from which a page group counts: half of the worst one's, as few views make small ones doubtful; never below 15 %."""
    return max(SLOWER, max((page.shift or 0.0 for page in finding.pages), default=0.0) / 2)


def _relative(finding: Finding, relative: Relative) -> EvidenceRow:
    same = " × ".join(value for name, value in finding.where.items() if name != relative.dimension)
    other = tr(dimension(relative.dimension).label)
    text = tr("Other {dimension}").format(dimension=other)
    if same:
        text = tr("Other {dimension}, {same}").format(dimension=other, same=same)
    full = tr("{same}; {dimension} other than {value}").format(
        same=same or tr("everybody else"), dimension=other, value=relative.value
    )
    n_text = tr("n = {n}").format(n=fmt.count(relative.sessions))
    word = tr("hurt too") if relative.hurt else tr("not affected")
    return EvidenceRow(
        "relative", text, n_text, (None, None), relative.slowdown, relative.effect, relative.hurt, word, full
    )


def _page(page: PageEvidence, bar: float) -> EvidenceRow:
    if page.shift is None:
        slow, word = None, fmt.missing()
    elif page.shift >= bar:
        slow, word = True, tr("slower")
    elif page.shift >= SLOWER:
        slow, word = None, tr("a little slower")
    else:
        slow, word = False, tr("not slower")
    return EvidenceRow(
        "page",
        tr("{page} pages").format(page=page.page_group),
        tr("n = {n} views").format(n=fmt.count(page.page_views)),
        (page.load_p75, page.load_p75_baseline),
        page.shift,
        None,
        slow,
        word,
    )


def evidence_columns() -> tuple[Column[EvidenceRow], ...]:
    """Return the columns of the evidence."""
    return (
        Column(
            "what",
            tr("What"),
            tr("The finding, the rest of each of its values, and its page groups: whether they fare as it does, and the n."),
            lambda r: r.text,
            lambda r: r.text.casefold(),
            numeric=False,
            graphic=lambda r: StatusMark({True: "red", False: "green", None: "n/a"}[r.hurt]),
            note=lambda r: f"{r.word} · {r.n_text}",
            tooltip=lambda r: f"{r.full or r.text}: {r.word}, {r.n_text}",
        ),
        Column(
            "slowdown",
            tr("Load"),
            tr("Relative change of the typical load time; p75 now and before are in the tooltip."),
            lambda r: fmt.signed(r.slowdown, lambda v: fmt.percent(v, 0)),
            lambda r: r.slowdown,
            tooltip=_load_tooltip,
        ),
        Column(
            "effect",
            tr("Outcome"),
            tr("Conversions (or what was asked for) against what was to be expected, with the 95 % interval."),
            lambda r: "" if r.effect is None else fmt.signed(r.effect.value, lambda v: fmt.percent(v, 0)),
            lambda r: None if r.effect is None else r.effect.value,
            note=lambda r: "" if r.effect is None else fmt.limits(r.effect, lambda v: fmt.percent(v, 0)),
            tooltip=lambda r: "" if r.effect is None else fmt.with_reason(_effect(r.effect), r.effect.reason),
        ),
    )  # fmt: skip


def _effect(effect: Estimate | None) -> str:
    return "" if effect is None else fmt.interval(effect, lambda value: fmt.percent(value, 0))


def _load_tooltip(row: EvidenceRow) -> str:
    now, before = row.p75
    change = fmt.signed(row.slowdown, lambda v: fmt.percent(v, 0))
    if now is None or before is None:
        return change if row.slowdown is not None else tr("too few page views were measured")
    return tr("{change}; p75 {now}, was {before}").format(
        change=change, now=fmt.duration(now), before=fmt.duration(before)
    )
