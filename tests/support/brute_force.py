"""Answers worked out row by row from texts with pandas: slow, simple, and sharing no code with the fused pass."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.load_bins import middle
from docops_desktop.model.selection import RangeClause, Selection, ValueClause
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_OF_GROUP, NOT_MEASURED_MS, Facts

PAGE_DIMENSIONS = ("page_group", "page_url")


class BruteForce:
    """The facts as two tables of texts."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        s = {"start": facts.session("start_ms"), "views": facts.session("views").astype(np.int64)}
        s["conversions"] = facts.session("conversions").astype(np.int64)
        s["revenue"] = facts.session("revenue").copy()
        s["weight"] = facts.session("weight").astype(np.int64) if "weight" in facts.sessions else 1
        self.sessions = pd.DataFrame(s)
        self.sessions["converting"] = np.minimum(self.sessions.conversions, self.sessions.weight)
        for name in facts.session_dictionaries:
            self.sessions[name] = np.array(facts.header.dictionaries[name], dtype=object)[facts.session(name)]
        zone = ZoneInfo(facts.header.time_zone)
        local = [datetime.fromtimestamp(ms / 1000, tz=zone) for ms in s["start"]]
        self.sessions["hour"] = [f"{t:%H}" for t in local]
        self.sessions["weekday"] = [("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[t.weekday()] for t in local]
        self.sessions["day"] = [t.date().isoformat() for t in local]
        offset = facts.session("view_offset").astype(np.int64)
        v = {"session": np.repeat(np.arange(len(offset) - 1), np.diff(offset))}
        for name in PAGE_DIMENSIONS:
            v[name] = np.array(facts.header.dictionaries[name], dtype=object)[facts.page_view(name)]
        for name in ("load_ms", "load", "ttfb", "lcp", "inp", "cls", "flags", "errors"):
            v[name] = facts.page_view(name).astype(np.int64)
        v["view_weight"] = facts.page_view("weight").astype(np.int64) if "weight" in facts.page_views else 1
        self.views = pd.DataFrame(v)

    def select(
        self, selection: Selection, spans: tuple[TimeSpan, ...] | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the sessions and the page views that count; ``spans`` in place of the selection's own span."""
        spans = spans if spans is not None else ((selection.span,) if selection.span else None)
        kept = pd.Series(True, index=self.sessions.index)
        if spans is not None:
            kept &= np.logical_or.reduce(
                [(self.sessions.start >= span.start_ms) & (self.sessions.start < span.end_ms) for span in spans]
            )
        matching = pd.Series(True, index=self.views.index)
        any_view_clause = False
        for clause in selection.clauses:
            at_view = isinstance(clause, RangeClause) or DIMENSIONS[clause.dimension].level == "page_view"
            table = self.views if at_view else self.sessions
            if isinstance(clause, ValueClause):
                good = table[clause.dimension].isin(clause.values) ^ clause.negated
            else:
                assert clause.number == "load_ms"
                value = table.load_ms
                good = (value != NOT_MEASURED_MS) & (value >= clause.low) & (value < clause.high)
            if at_view:
                matching &= good
                any_view_clause = True
            else:
                kept &= good
        views = self.views[matching & kept.to_numpy()[self.views.session]]
        if any_view_clause:
            kept &= self.sessions.index.isin(views.session)
        return self.sessions[kept], views

    def groups(
        self, selection: Selection, by: tuple[str, ...], spans: tuple[TimeSpan, ...] | None = None
    ) -> pd.DataFrame:
        """Return the additive figures by group (all in one, when ``by`` is empty), with the load codes of its views as a list."""
        sessions, views = self.select(selection, spans)
        views = views.join(sessions, on="session", suffixes=("", "_s"))
        at_view = any(name in PAGE_DIMENSIONS for name in by)
        filtered = any(
            isinstance(c, RangeClause) or DIMENSIONS[c.dimension].level == "page_view" for c in selection.clauses
        )
        keys = list(by) or [lambda _: "all"]
        if at_view:
            members = views.drop_duplicates(["session", *by])
            page_views = views.groupby(keys).view_weight.sum()
        else:
            members = sessions
            page_views = views.groupby(keys).view_weight.sum() if filtered else sessions.groupby(keys).views.sum()
        figures = members.groupby(keys)[["weight", "converting", "conversions", "revenue"]].sum()
        figures = figures.rename(columns={"weight": "sessions"})
        figures["page_views"] = page_views
        figures["errors"] = views.groupby(keys).errors.sum()
        for q, name in ((0.5, "load_p50"), (0.75, "load_p75")):
            figures[name] = pd.Series(
                {key: percentile(part, q) for key, part in views.groupby(list(by) if len(by) != 1 else by[0])}
                if by
                else {"all": percentile(views, q)},
                dtype=float,
            )
        return figures[figures.sessions.notna()].fillna({"page_views": 0, "errors": 0})

    def exposures(self, selection: Selection, first_of_group: bool) -> pd.DataFrame:
        """Return one row per exposure, with its page group, load code and the session's figures."""
        sessions, views = self.select(selection)
        views = views[views.load > 0]
        first = (views["flags"] & FIRST_OF_GROUP) != 0
        views = views[first] if first_of_group else views.drop_duplicates("session")
        views = views[(views["flags"] & BEFORE_CONVERSION) != 0]
        return views.drop(columns=["view_weight"]).join(sessions, on="session", suffixes=("", "_s"))


def percentile(views: pd.DataFrame, q: float) -> float:
    """Return the middle of the bin that the exact quantile (inverted distribution function) of the load codes lies in."""
    codes = np.repeat(views.load.to_numpy(), views.view_weight.to_numpy())
    codes = np.sort(codes[codes > 0])
    if not len(codes):
        return float("nan")
    return middle(int(codes[max(int(np.ceil(q * len(codes) - 1e-9)), 1) - 1]))
