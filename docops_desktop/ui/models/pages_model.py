"""The page ranking as a table: the columns of ``PagesResult``, with interval and raw figure beside every amount at stake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.pages import PageRow, PagesResult
from docops_desktop.model.measures import measure
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import conversions, page_views, sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column, IntervalBar, StatusMark, share_of

_SEVERITY = {"red": 3.0, "amber": 2.0, "green": 1.0}


@dataclass(frozen=True, slots=True)
class RankedPage:
    """A page group with its place in the ranking, 1 = worst.

    ``moving``: a brush moves, and nobody ranks: the place is the one from before, None for a group that had none.
    """

    rank: int | None
    page: PageRow
    moving: bool = False


def status_word(status: str) -> str:
    """Return the word that stands beside a status' shape."""
    return {"red": tr("act"), "amber": tr("watch"), "green": tr("good")}.get(status, fmt.missing())


def is_moving(result: PagesResult) -> bool:
    """Whether it shows a brush on its way: counts and percentiles, but nothing that is estimated or ranked."""
    return "preview" in result.method


def ranked(result: PagesResult, before: Mapping[str, int] = MappingProxyType({})) -> tuple[RankedPage, ...]:
    """Number the rows as the analysis ordered them; while a brush moves they keep the places that they had ``before``."""
    if is_moving(result):
        return tuple(RankedPage(before.get(page.page_group), page, moving=True) for page in result.rows)
    return tuple(RankedPage(i, page) for i, page in enumerate(result.rows, 1))


def columns(result: PagesResult, currency: str) -> tuple[Column[RankedPage], ...]:
    """Return the columns, worded for this result."""
    largest = max((row.share for row in result.rows), default=0.0)
    by_revenue = result.ranked_by == "revenue_at_stake"
    revenue = _at_stake(
        "revenue_at_stake",
        tr("Revenue at stake"),
        result.rows,
        lambda page: (page.revenue_at_stake, page.raw_revenue_at_stake),
        lambda value: fmt.money(value, currency),
    )
    conversions_lost = _at_stake(
        "conversions_at_stake",
        tr("Conversions at stake"),
        result.rows,
        lambda page: (page.conversions_at_stake, page.raw_conversions_at_stake),
        fmt.count,
    )
    # What ranks stands before load time and rate, which a narrow panel shows beside it; the other figure at stake comes behind them.
    return (
        Column(
            "rank",
            "#",
            _rank_text(result),
            _rank,
            lambda r: r.rank,
            tooltip=_rank_tooltip,
        ),
        Column(
            "page_group",
            tr("Page group"),
            tr("Pages that share a template. Click a row to keep only this page group; click again to take it back."),
            lambda r: r.page.page_group,
            lambda r: r.page.page_group.casefold(),
            numeric=False,
            tooltip=lambda r: f"{r.page.page_group}\n{fmt.prose(r.page.why)}",
        ),
        Column(
            "status",
            tr("Status"),
            tr(
                "From the 95 % interval of what is at stake, never from the point. Act: the loss is beyond doubt. Watch: it may be. Good: no sign of it."
            ),
            lambda r: "" if r.moving else status_word(r.page.status),
            lambda r: _SEVERITY.get(r.page.status),
            numeric=False,
            graphic=lambda r: None if r.moving else StatusMark(r.page.status),
            note=_later,
            tooltip=_why,
        ),
        revenue if by_revenue else conversions_lost,
        Column(
            "load_p75",
            tr("Load p75"),
            measure("load_p75").definition,
            lambda r: fmt.duration(r.page.load_p75),
            lambda r: r.page.load_p75,
            tooltip=_load_tooltip,
        ),
        Column(
            "conversion_rate",
            tr("Conv. rate"),
            measure("conversion_rate").definition,
            lambda r: fmt.percent(r.page.conversion_rate),
            lambda r: r.page.conversion_rate,
            tooltip=_rate_tooltip,
        ),
        conversions_lost if by_revenue else revenue,
        Column(
            "page_views",
            tr("Page views"),
            measure("page_views").definition,
            lambda r: fmt.count(r.page.page_views),
            lambda r: float(r.page.page_views),
            graphic=lambda r: share_of(r.page.share, largest),
            note=lambda r: fmt.percent(r.page.share, 1),
            tooltip=_views_tooltip,
        ),
        Column(
            "impact_score",
            tr("CIS"),
            tr(
                "Conversion Impact Score: share of page views times Spearman's rank correlation of load time and conversion rate; "
                "from -1 to 1, negative = slowness hurts. It says how consistent, not how large. p: permutation test."
            ),
            lambda r: "" if r.moving else fmt.score(r.page.impact_score),
            lambda r: r.page.impact_score,
            note=lambda r: _later(r) if r.page.impact_score is None else fmt.p_value(r.page.impact_score_p),
            tooltip=lambda r: _reasoned(
                r.page, "impact_score", fmt.score(r.page.impact_score, 3), fmt.p_value(r.page.impact_score_p)
            ),
        ),
    )


def _later(row: RankedPage) -> str:
    """What is not computed while a brush moves is not n/a, only not yet."""
    return tr("on release") if row.moving else ""


def _rank(row: RankedPage) -> str:
    if row.rank is None:
        return "–"
    return f"({fmt.number(row.rank)})" if row.moving else fmt.number(row.rank)


def _rank_tooltip(row: RankedPage) -> str:
    if not row.moving:
        return _rank(row)
    if row.rank is None:
        return tr("It had no rank before the brush moved; ranked on release")
    return tr("Rank {rank} before the brush moved; ranked anew on release").format(rank=fmt.number(row.rank))


def _rank_text(result: PagesResult) -> str:
    by = tr("revenue at stake") if result.ranked_by == "revenue_at_stake" else tr("conversions at stake")
    return tr("Worst first, by {measure}.").format(measure=by)


def _at_stake(
    name: str,
    label: str,
    pages: Iterable[PageRow],
    read: Callable[[PageRow], tuple[Estimate, float | None]],
    wording: Callable[[float], str],
) -> Column[RankedPage]:
    minimum, maximum = axis(read(page)[0] for page in pages)

    def text(row: RankedPage) -> str:
        return "" if row.moving else fmt.interval(read(row.page)[0], wording, plus=False)

    def graphic(row: RankedPage) -> IntervalBar | None:
        estimate, _ = read(row.page)
        if estimate.value is None or estimate.low is None or estimate.high is None:
            return None
        return IntervalBar(estimate.value, estimate.low, estimate.high, minimum, maximum)

    def note(row: RankedPage) -> str:
        raw = read(row.page)[1]
        return _later(row) if raw is None else tr("raw {figure}").format(figure=wording(raw))

    return Column(
        name,
        label,
        tr(
            "What the page group loses against its target load time: adjusted, with the 95 % interval in brackets and as a bar. "
            "Raw: the same without adjustment, which usually exaggerates."
        ),
        text,
        lambda row: read(row.page)[0].value,
        graphic=graphic,
        note=note,
        tooltip=lambda row: _stake_tooltip(
            row.page, label, text(row) or fmt.missing(), "" if row.moving else note(row), read(row.page)[0].reason
        ),
    )


def axis(estimates: Iterable[Estimate]) -> tuple[float, float]:
    """Return the ends of a common axis that holds zero and every interval."""
    ends = [end for e in estimates if e.value is not None for end in (e.low, e.high, e.value) if end is not None]
    return min([0.0, *ends]), max([0.0, *ends])


def _why(row: RankedPage) -> str:
    return fmt.prose(row.page.why) if row.moving else f"{status_word(row.page.status)}: {fmt.prose(row.page.why)}"


def _stake_tooltip(page: PageRow, label: str, text: str, raw: str, reason: str) -> str:
    lines = [f"{page.page_group}, {label}: {fmt.with_reason(text, reason)}"]
    if raw:
        lines.append(raw)
    if page.target_ms is not None:
        lines.append(tr("against a load time of {target}").format(target=fmt.duration(page.target_ms)))
    lines.append(tr("n = {exposed} exposed sessions").format(exposed=fmt.exact(page.exposed)))
    lines.append(fmt.prose(page.why))
    return "\n".join(lines)


def _reasoned(page: PageRow, name: str, *texts: str) -> str:
    reason = page.reasons.get(name, "")
    return fmt.with_reason(texts[0], reason) if reason else ", ".join(texts)


def _views_tooltip(row: RankedPage) -> str:
    return tr("{views}, {share} of all; {sessions}").format(
        views=page_views(row.page.page_views, fmt.exact),
        share=fmt.percent(row.page.share, 1),
        sessions=sessions(row.page.sessions, fmt.exact),
    )


def _load_tooltip(row: RankedPage) -> str:
    if row.page.load_p75 is None:
        return fmt.with_reason(fmt.missing(), row.page.reasons.get("load_p75", tr("no load time was measured")))
    return tr("p50 {p50}, p75 {p75}, p95 {p95} of {views}").format(
        p50=fmt.duration(row.page.load_p50),
        p75=fmt.duration(row.page.load_p75),
        p95=fmt.duration(row.page.load_p95),
        views=page_views(row.page.page_views, fmt.exact),
    )


def _rate_tooltip(row: RankedPage) -> str:
    if row.page.conversion_rate is None:
        return fmt.with_reason(fmt.missing(), row.page.reasons.get("conversion_rate", row.page.why))
    return tr("{conversions} of {sessions} that saw the page group").format(
        conversions=conversions(row.page.conversions, fmt.exact), sessions=sessions(row.page.sessions, fmt.exact)
    )
