"""The refresh on data frames, for Polars and pandas, as their documentation advises.

Polars: lazy queries collected together, so that what they share is computed once; or the filtered rows collected first. pandas: the filtered rows are kept in
frames of their own; grouped by integers or by categoricals; joined by ``merge``, or narrowed by ``isin`` before. Polars' threads are set by
POLARS_MAX_THREADS before its import.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED
from tests.benchmarks.peers import LISTED_ROWS, TOP_COLUMNS, TOP_ROWS, Answer, Filters, Layout, Tables, Ways

_WANTED = BEFORE_CONVERSION | FIRST_MEASURED
_CARRIED = ["session", "start_ms", "device_model", "carrier", "conversions"]


def polars_ways(made: Tables, layout: Layout) -> Ways:
    """Return both ways of asking Polars."""
    import polars as pl

    s = pl.DataFrame({c: made.sessions[c].to_numpy() for c in made.sessions.columns})
    v = pl.DataFrame({c: made.views[c].to_numpy() for c in made.views.columns})
    s, v = s.with_columns(pl.col("session").set_sorted()), v.with_columns(pl.col("session").set_sorted())

    def filtered(f: Filters) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        clause = (pl.col("country") == f.country) & (pl.col("browser") == f.browser)
        kept = s.lazy().filter(clause)
        if layout == "flat":
            return kept, v.lazy().filter(clause)
        return kept, v.lazy().join(kept.select(_CARRIED), on="session")

    def at_once(f: Filters) -> Answer:
        return _polars_panels(*filtered(f), f)

    def collected(f: Filters) -> Answer:
        kept, seen = filtered(f)
        columns = [*_CARRIED, "page_group", "load", "flags"]
        kept = kept.select([*_CARRIED, "views", "revenue"]).collect().lazy()
        return _polars_panels(kept, seen.select(columns).collect().lazy(), f)

    return {"lazy queries collected together": at_once, "filtered rows collected first": collected}


def _polars_panels(all_s: Any, all_v: Any, f: Filters) -> Answer:
    import polars as pl

    window = (pl.col("start_ms") >= f.start_ms) & (pl.col("start_ms") < f.end_ms)
    place = ((pl.col("start_ms") - f.first_ms) // f.bin_ms).alias("b")
    kept, seen = all_s.filter(window), all_v.filter(window)
    tops = pl.collect_all(
        [
            kept.group_by(c).len().sort(["len", c], descending=[True, False]).head(n)
            for c, n in (("device_model", TOP_ROWS), ("carrier", TOP_COLUMNS), ("device_model", LISTED_ROWS))
        ]
    )
    rows, columns, listed = tops[0]["device_model"], tops[1]["carrier"], tops[2]["device_model"]
    cell = [
        pl.when(pl.col(name).is_in(top.implode())).then(pl.col(name).cast(pl.Int32)).otherwise(-1).alias(alias)
        for name, top, alias in (("device_model", rows, "r"), ("carrier", columns, "c"))
    ]
    converting = (pl.col("conversions") > 0).sum().alias("converting")
    sums = [pl.col(c).cast(pl.Int64).sum() for c in ("conversions", "revenue", "views")]
    out = pl.collect_all(
        [
            all_s.group_by(place).agg(pl.len(), *sums),
            all_v.group_by(place, "load").len(),
            kept.group_by(cell).len(),
            seen.group_by([*cell, "load"]).len(),
            kept.group_by("device_model").agg(pl.len(), *sums, converting),
            seen.filter(pl.col("device_model").is_in(listed.implode())).group_by("device_model", "load").len(),
            seen.filter((pl.col("flags") & _WANTED) == _WANTED).group_by("load").agg(pl.len(), converting),
            seen.group_by("page_group").agg(pl.col("session").n_unique()),
            seen.group_by("page_group", "load").len(),
        ]
    )
    total = [int(out[i]["len"].sum()) for i in (0, 1, 2, 3)]
    return Answer(
        *total, out[4].height, int(out[4]["revenue"].sum()), int(out[6]["len"].sum()), int(out[6]["converting"].sum()),
        int(out[7]["session"].sum()), int(out[8]["len"].sum()),
    )  # fmt: skip


def pandas_ways(made: Tables, layout: Layout) -> Ways:
    """Return the ways of asking pandas: grouped by integers or by categoricals, each joined in two ways where there is a join."""
    ways: Ways = {}
    joins = ("",) if layout == "flat" else ("merge", "isin, then merge")
    coded = Tables(_categorical(made.sessions), _categorical(made.views))
    for grouped, tables in (("grouped by integers", made), ("grouped by categoricals", coded)):
        for join in joins:

            def ask(f: Filters, tables: Tables = tables, join: str = join) -> Answer:
                kept = tables.sessions[(tables.sessions.country == f.country) & (tables.sessions.browser == f.browser)]
                return _pandas_panels(kept, _pandas_views(tables.views, kept, f, join), f)

            ways[f"{join}, {grouped}" if join else grouped] = ask
    return ways


def _categorical(frame: pd.DataFrame) -> pd.DataFrame:
    names = [c for c in ("device_model", "carrier", "load", "page_group") if c in frame]
    return frame.astype(dict.fromkeys(names, "category"))


def _pandas_views(views: pd.DataFrame, kept: pd.DataFrame, f: Filters, join: str) -> pd.DataFrame:
    if not join:
        return views[(views.country == f.country) & (views.browser == f.browser)]
    if join.startswith("isin"):
        views = views[views.session.isin(kept.session)]
    return views.merge(kept[_CARRIED], on="session")


def _pandas_panels(all_s: pd.DataFrame, all_v: pd.DataFrame, f: Filters) -> Answer:
    kept = all_s[(all_s.start_ms >= f.start_ms) & (all_s.start_ms < f.end_ms)]
    seen = all_v[(all_v.start_ms >= f.start_ms) & (all_v.start_ms < f.end_ms)]
    plain: dict[str, Any] = {"observed": True, "sort": False}
    figures = {name: (name, "sum") for name in ("conversions", "revenue", "views")}
    timeline = all_s.groupby((all_s.start_ms - f.first_ms) // f.bin_ms, **plain).agg(n=("views", "size"), **figures)
    time_hist = all_v.groupby([(all_v.start_ms - f.first_ms) // f.bin_ms, "load"], **plain).size()
    rows = _biggest(kept.device_model, TOP_ROWS)
    columns = _biggest(kept.carrier, TOP_COLUMNS)

    def cell(t: pd.DataFrame) -> list[Any]:
        return [
            pd.Series(np.where(t[name].isin(top), t[name].to_numpy(), -1), index=t.index)
            for name, top in (("device_model", rows), ("carrier", columns))
        ]

    heat, heat_hist = kept.groupby(cell(kept), **plain).size(), seen.groupby([*cell(seen), seen.load], **plain).size()
    segments = (
        kept.assign(converting=kept.conversions > 0)
        .groupby("device_model", **plain)
        .agg(n=("views", "size"), converting=("converting", "sum"), **figures)
    )
    listed = segments.n.nlargest(LISTED_ROWS).index
    seen[seen.device_model.isin(listed)].groupby(["device_model", "load"], **plain).size()
    first = seen[(seen["flags"] & _WANTED) == _WANTED]
    exposed = (
        first.assign(converting=first.conversions > 0)
        .groupby("load", **plain)
        .agg(n=("session", "size"), converting=("converting", "sum"))
    )
    pages = seen.groupby("page_group", **plain).session.nunique()
    page_hist = seen.groupby(["page_group", "load"], **plain).size()
    return Answer(
        int(timeline.n.sum()), int(time_hist.sum()), int(heat.sum()), int(heat_hist.sum()), len(segments), int(segments.revenue.sum()),
        int(exposed.n.sum()), int(exposed.converting.sum()), int(pages.sum()), int(page_hist.sum()),
    )  # fmt: skip


def _biggest(values: pd.Series[Any], top: int) -> Any:
    return values.value_counts().index[:top]
