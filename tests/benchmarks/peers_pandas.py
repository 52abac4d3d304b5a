"""The refresh in pandas, as its documentation advises, and in faster ways beyond that.

The filtered rows are kept in frames of their own, those inside the window once more; places in the heatmap and the table are looked up by code. Page views
find their session by ``merge``, or by taking rows by number, since the key is one. Groups are those of several columns of integers, of categoricals, or of
one packed number. Rows by number and packed keys are NumPy's ways rather than pandas' (``documented``). Percentiles are read from counts, or from sorted
rows; ``quantile`` has no method that takes the rank which counts here.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from docops_desktop.model.load_bins import N_CODES
from tests.benchmarks.peers import (
    GROUP_FIRST,
    LISTED_ROWS,
    MIN_SESSIONS,
    SHOWN_FIRST,
    TOP_COLUMNS,
    TOP_ROWS,
    Filters,
    Found,
    Layout,
    Tables,
    Ways,
)

_PLACED = ["r", "c", "listed", "stratum", "converting", "conversions", "revenue"]
_OF_VIEW = ["load", "page_group", "cell_bin", "flags"]
_FOR_PLACES = ["device_model", "carrier"]
_CATEGORIES = ["load", "page_group", "cell_bin", "stratum"]
_SUMS: dict[str, Any] = {name: (name, "sum") for name in ("conversions", "revenue")}
_OF_SESSIONS: dict[str, Any] = {"sessions": ("views", "size"), "page_views": ("views", "sum"), **_SUMS}
_PLAIN: dict[str, Any] = {"observed": True, "sort": False}


def pandas_ways(made: Tables, layout: Layout) -> Ways:
    """Return the ways of asking pandas."""
    joins = ("",) if layout == "flat" else ("merge", "rows by number")
    coded = Tables(_categorical(made.sessions), _categorical(made.views), _categorical(made.load_bins), made.names)
    groups = {"integers": made, "categoricals": coded, "one number": made}
    ways: Ways = {}
    for join, grouped, read in product(
        joins, groups, ("counts", "sorted rows", "sorted rows, of few groups by counts")
    ):
        name = f"{join + '; ' if join else ''}groups: {grouped}; percentiles: {read}"
        ways[name] = partial(_ask, groups[grouped], layout, join, grouped == "one number", read)
    return ways


def documented(way: str) -> bool:
    """Tell whether the user guide of pandas advises a way: ``merge``, and groups by columns of small integers or categoricals."""
    return "rows by number" not in way and "one number" not in way


def _categorical(frame: pd.DataFrame) -> pd.DataFrame:
    kinds = {name: pd.CategoricalDtype(np.arange(int(frame[name].max()) + 1)) for name in _CATEGORIES if name in frame}
    return frame.astype(kinds)


def _ask(made: Tables, layout: Layout, join: str, packed: bool, read: str, f: Filters) -> Found:
    s, v = made.sessions, made.views
    all_s = s[(s.country == f.country) & (s.browser == f.browser)].copy()
    _cut(all_s, f)
    ws = all_s[all_s.inside].copy()
    ws["converting"] = ws.conversions > 0
    segments = ws.groupby("device_model", **_PLAIN).agg(**_OF_SESSIONS, converting=("converting", "sum")).reset_index()
    rows = segments.sort_values(["sessions", "device_model"], ascending=[False, True]).head(TOP_ROWS)
    columns = ws.groupby("carrier", **_PLAIN).size().rename("sessions").reset_index()
    columns = columns.sort_values(["sessions", "carrier"], ascending=[False, True]).head(TOP_COLUMNS)
    segments["rank"] = made.names["rank"].to_numpy()[segments.device_model]
    listed = segments.sort_values(["sessions", "rank"], ascending=[False, True]).head(LISTED_ROWS)
    tops = {"r": rows.device_model, "c": columns.carrier, "listed": listed.device_model}
    _place(ws, tops)
    if layout == "flat":
        all_v, wv = _filtered(v, f)
        _place(wv, tops)
    elif join == "merge":
        all_v = v.merge(all_s[["session", "bin", "inside"]], on="session")
        wv = all_v[all_v.inside].drop(columns=["bin", "inside"]).merge(ws[["session", *_PLACED]], on="session")
    else:
        all_v, wv = _taken(v, all_s, ws, len(s))
    return _Asking(all_s, all_v, ws, wv, packed, read).panels(segments, rows, columns, listed, made.load_bins)


def _cut(table: pd.DataFrame, f: Filters) -> None:
    """Add the timeline's bin, and whether the window holds the row."""
    start = table.start_ms
    table["bin"] = ((start - f.first_ms) // f.bin_ms).astype(np.int16)
    table["inside"] = (start >= f.start_ms) & (start < f.end_ms)


def _filtered(views: pd.DataFrame, f: Filters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the page views over all time with their bin, and those inside the window, of the flat table."""
    kept = np.flatnonzero((views.country == f.country) & (views.browser == f.browser))
    all_v = _take(views, kept, ["start_ms", "load"])
    _cut(all_v, f)
    wv = _take(views, kept[all_v.inside], [*_OF_VIEW, *_FOR_PLACES, "stratum", "conversions", "revenue"])
    wv["converting"] = wv.conversions > 0
    return all_v, wv


def _taken(views: pd.DataFrame, all_s: pd.DataFrame, ws: pd.DataFrame, total: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the page views over all time with their session's bin, and those inside the window; sessions are taken by number."""
    number = np.full(total, -1, dtype=np.int32)
    number[all_s.session] = np.arange(len(all_s), dtype=np.int32)
    at = number[views.session]
    kept = np.flatnonzero(at >= 0)
    all_v = _take(views, kept, ["load"])
    all_v["bin"] = all_s.bin.array.take(at[kept])
    inside = np.flatnonzero(all_s.inside.array.take(at[kept]))
    wv = _take(views, kept[inside], _OF_VIEW)
    number[ws.session] = np.arange(len(ws), dtype=np.int32)
    of = number[views.session.array.take(kept[inside])]
    for name in _PLACED:
        wv[name] = ws[name].array.take(of)
    return all_v, wv


def _take(frame: pd.DataFrame, rows: Any, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].array.take(rows) for name in columns}, copy=False)


def _place(table: pd.DataFrame, tops: dict[str, pd.Series[Any]]) -> None:
    """Add the places in heatmap and segment table of each row's session, -1 where it has none."""
    for place, top in tops.items():
        column = table["carrier" if place == "c" else "device_model"]
        of = np.full(1 + int(max(column.max(), top.max())) if len(column) else 1, -1, dtype=np.int32)
        of[top] = top
        table[place] = of[column]


class _Asking:
    """The panels' queries on the kept rows."""

    def __init__(
        self,
        all_s: pd.DataFrame,
        all_v: pd.DataFrame,
        ws: pd.DataFrame,
        wv: pd.DataFrame,
        packed: bool,
        read: str,
    ) -> None:
        self.all_s, self.all_v, self.ws, self.wv = all_s, all_v, ws, wv
        self.packed, self.read = packed, read

    def panels(
        self,
        segments: pd.DataFrame,
        rows: pd.DataFrame,
        columns: pd.DataFrame,
        listed: pd.DataFrame,
        load_bins: pd.DataFrame,
    ) -> Found:
        """Return all panels."""
        wv = self.wv
        heat = self._counts(self.ws, ["r", "c"]).rename(columns={"n": "sessions"})
        heat = heat.merge(self._percentiles(wv, ["r", "c"], 75), on=["r", "c"], how="left").fillna({"p75": 0})
        heat["p75"] = heat.p75.where(heat.sessions >= MIN_SESSIONS, 0)
        of_listed = self._percentiles(wv[wv.listed >= 0], ["listed"], 75)
        table = listed.merge(of_listed, left_on="device_model", right_on="listed", how="left").fillna({"p75": 0})
        table["rate"] = table.converting / table.sessions
        loads = self._counts(wv, ["page_group", "load"]).rename(columns={"n": "page_views"})
        return {
            "timeline": self._timeline(),
            "rows": rows,
            "columns": columns,
            "heatmap": heat,
            "segments": table,
            "distribution": self._distribution(load_bins),
            "page_groups": self._page_groups(loads),
            "page_loads": loads,
            "page_cells": self._page_cells(),
            "strata": self._counts(self.ws, ["stratum"]).rename(columns={"n": "sessions"}),
            "whole": _whole(segments, loads),
        }

    def _timeline(self) -> pd.DataFrame:
        sums = self.all_s.groupby("bin", **_PLAIN).agg(**_OF_SESSIONS).reset_index()
        percentiles = self._percentiles(self.all_v, ["bin"], 50, 75)
        return sums.merge(percentiles, on="bin", how="left").fillna({"p50": 0, "p75": 0})

    def _distribution(self, load_bins: pd.DataFrame) -> pd.DataFrame:
        shown = self.wv[(self.wv["flags"] & SHOWN_FIRST) == SHOWN_FIRST]
        by_load = shown.groupby("load", **_PLAIN).agg(sessions=("flags", "size"), converting=("converting", "sum"))
        table = (
            by_load.reset_index()
            .merge(load_bins, on="load")
            .groupby("bin")[["sessions", "converting"]]
            .sum()
            .reset_index()
        )
        table["rate"] = (table.converting / table.sessions).where(table.sessions >= MIN_SESSIONS)
        return table

    def _page_groups(self, loads: pd.DataFrame) -> pd.DataFrame:
        first = self.wv[(self.wv["flags"] & 1) == 1]
        sums = first.groupby("page_group", **_PLAIN).agg(
            sessions=("flags", "size"), converting=("converting", "sum"), **_SUMS
        )
        table = (
            loads.groupby("page_group", **_PLAIN)
            .page_views.sum()
            .reset_index()
            .merge(sums.reset_index(), on="page_group")
        )
        table["share"] = table.converting / table.sessions
        table["page_group"] = table.page_group.astype(int)
        return table.sort_values(["page_views", "page_group"], ascending=[False, True])

    def _page_cells(self) -> pd.DataFrame:
        wv = self.wv
        exposed = wv[
            ((wv["flags"] & GROUP_FIRST) == GROUP_FIRST) & (wv.cell_bin.to_numpy() >= 0) & (wv.load.to_numpy() > 0)
        ]
        revenue = exposed.revenue.astype(np.int64)
        exposed = exposed.assign(squares=revenue * revenue)
        keys = ["page_group", "stratum", "cell_bin"]
        by = _packed(exposed, keys) if self.packed else keys
        sums = exposed.groupby(by, **_PLAIN).agg(
            sessions=("flags", "size"),
            converting=("converting", "sum"),
            revenue=("revenue", "sum"),
            squares=("squares", "sum"),
        )
        return _unpacked(sums.reset_index(names="packed"), keys) if self.packed else sums.reset_index()

    def _counts(self, table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
        """Return the rows by keys, in the order of the keys."""
        if self.packed:
            counts = _packed(table, keys).value_counts(sort=False).sort_index()
            return _unpacked(pd.DataFrame({"packed": counts.index, "n": counts.to_numpy()}), keys)
        return table.groupby(keys, observed=True).size().rename("n").reset_index()

    def _percentiles(self, views: pd.DataFrame, keys: list[str], *shares: int) -> pd.DataFrame:
        measured = views[views.load.to_numpy() > 0]
        if self.read == "counts" or (self.read != "sorted rows" and keys == ["bin"]):
            return _from_counts(self._counts(measured, [*keys, "load"]), keys, *shares)
        if self.packed:
            packed = np.sort(_packed(measured, [*keys, "load"]).to_numpy())
            table = _unpacked(pd.DataFrame({"packed": packed}), [*keys, "load"])
        else:
            table = measured[[*keys, "load"]].sort_values([*keys, "load"])
        sizes = table.groupby(keys, observed=True).size()
        starts = (sizes.cumsum() - sizes).to_numpy()
        found = sizes.rename("n").reset_index()[keys]
        for share in shares:
            found[f"p{share}"] = np.asarray(table.load)[starts + (share * sizes.to_numpy() + 99) // 100 - 1]
        return found


def _from_counts(counts: pd.DataFrame, keys: list[str], *shares: int) -> pd.DataFrame:
    """Read percentiles from counts ``n`` that are in the order of keys and load codes."""
    groups = counts.groupby(keys, **_PLAIN).n
    upto, total = groups.cumsum(), groups.transform("sum")
    found = counts[keys].drop_duplicates()
    for share in shares:
        reached = counts[100 * upto >= share * total].drop_duplicates(keys)
        found[f"p{share}"] = np.asarray(reached.load)
    return found


def _whole(segments: pd.DataFrame, loads: pd.DataFrame) -> pd.DataFrame:
    by_load = loads.assign(load=loads.load.astype(int)).groupby("load").page_views.sum().rename("n").reset_index()
    by_load = by_load[by_load.load > 0]
    reads = (
        _from_counts(by_load.assign(one=1), ["one"], 50, 75, 95)
        if len(by_load)
        else pd.DataFrame({"p50": [0], "p75": [0], "p95": [0]})
    )
    sums = segments[["sessions", "page_views", "converting", "conversions", "revenue"]].sum()
    return pd.DataFrame(
        {"groups": [len(segments)], **{name: [value] for name, value in sums.items()}, "measured": [by_load.n.sum()]}
    ).assign(**{name: int(reads[name].iloc[0]) for name in ("p50", "p75", "p95")})


_SIZES = {
    "load": N_CODES,
    "r": 1 << 24,
    "c": 1 << 16,
    "listed": 1 << 24,
    "bin": 1 << 16,
    "page_group": 1 << 8,
    "stratum": 1 << 8,
    "cell_bin": 1 << 8,
}
"""Each key is packed as its code plus one, below this size."""


def _packed(table: pd.DataFrame, keys: list[str]) -> pd.Series[Any]:
    packed = table[keys[0]].astype(np.int64) + 1
    for name in keys[1:]:
        packed = packed * (_SIZES[name] + 1) + (table[name].astype(np.int64) + 1)
    return packed.rename("packed")


def _unpacked(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rest = table.packed
    for name in keys[:0:-1]:
        rest, table[name] = rest // (_SIZES[name] + 1), rest % (_SIZES[name] + 1) - 1
    table[keys[0]] = rest - 1
    return table
