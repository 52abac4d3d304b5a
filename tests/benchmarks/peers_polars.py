"""The refresh in Polars, as its documentation advises.

Lazy queries collected together, so that what they share is computed once, by the engine in memory or by the streaming one. The filtered rows are looked for in
that one collection (``each query``), collected beforehand (``all set aside``), or only those inside the window are (``window set aside``).
Percentiles by ``quantile``, whose "equiprobable" is the definition that counts here, or read from counts. Taking the sessions' rows by number instead of
joining took twice as long. Threads are set by POLARS_MAX_THREADS before the import.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from tests.benchmarks.peers import (
    CARRIED,
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

_OF_VIEW = ("load", "page_group", "cell_bin", "flags")
_PLACED = ("r", "c", "listed", "stratum", "conversions", "revenue")


def polars_ways(made: Tables, layout: Layout) -> Ways:
    """Return the ways of asking Polars."""
    import polars as pl

    named = {"s": made.sessions, "v": made.views, "load_bins": made.load_bins, "names": made.names}
    frames = {name: pl.DataFrame({c: t[c].to_numpy() for c in t.columns}) for name, t in named.items()}
    if layout == "joined":
        frames |= {name: frames[name].with_columns(pl.col("session").set_sorted()) for name in "sv"}
    kept = ("each query", "all set aside", "window set aside")
    ways: Ways = {}
    reads = ("quantile", "counts", "quantile, of few groups by counts")
    for keep, read, engine in product(kept, reads, ("in-memory", "streaming")):
        name = f"filter: {keep}; percentiles: {read}; {engine}"
        ways[name] = partial(_ask, frames, layout, keep, read, engine)
    return ways


def _ask(frames: Any, layout: Layout, kept: str, read: str, engine: str, f: Filters) -> Found:
    return _Asking(frames, layout, kept, read, engine, f).panels()


class _Asking:
    """One question."""

    def __init__(self, frames: Any, layout: Layout, kept: str, read: str, engine: str, f: Filters) -> None:
        import polars as pl

        self.pl, self.f, self.frames = pl, f, frames
        self.layout, self.kept, self.read, self.engine = layout, kept, read, engine
        self.clause = (pl.col("country") == f.country) & (pl.col("browser") == f.browser)
        self.n = pl.len().cast(pl.Int64).alias("sessions")
        self.converting = (pl.col("conversions") > 0).sum().cast(pl.Int64).alias("converting")
        columns = {"views": "page_views", "conversions": "conversions", "revenue": "revenue"}
        self.sums = [pl.col(name).cast(pl.Int64).sum().alias(to) for name, to in columns.items()]
        self.window = (pl.col("start_ms") >= f.start_ms) & (pl.col("start_ms") < f.end_ms)

    def panels(self) -> Found:
        """Return all panels."""
        pl = self.pl
        all_s, all_v, ws = self._rows()
        segments = self._aside(ws.group_by("device_model").agg(self.n, *self.sums, self.converting))
        rows = _most(segments, "device_model", TOP_ROWS).select("device_model")
        columns = _most(ws.group_by("carrier").agg(self.n), "carrier", TOP_COLUMNS).select("carrier")
        listed = _most(segments.join(self.frames["names"].lazy(), on="device_model"), "rank", LISTED_ROWS)
        rows, columns, listed = self._aside(rows), self._aside(columns), self._aside(listed)
        cs = self._aside(_placed(pl, ws, rows, columns, listed))
        wv = self._window(all_v, cs, rows, columns, listed)
        page_loads = wv.group_by("page_group", "load").agg(pl.len().cast(pl.Int64).alias("page_views"))
        counts = page_loads.filter(pl.col("load") > 0).group_by("load").agg(pl.col("page_views").sum().alias("n"))
        sums = pl.col("sessions", "page_views", "converting", "conversions", "revenue").sum()
        asked = {
            "timeline": self._timeline(all_s, all_v),
            "rows": rows,
            "columns": columns,
            "heatmap": self._heatmap(cs, wv),
            "segments": self._segments(listed, wv),
            "distribution": self._distribution(wv),
            "page_groups": self._page_groups(page_loads, wv),
            "page_loads": page_loads,
            "page_cells": self._page_cells(wv),
            "strata": ws.group_by("stratum").agg(self.n),
            "whole": segments.select(pl.len().alias("groups"), sums),
            "load": counts.sort("load").select(*_reads(pl, 50, 75, 95), pl.col("n").sum().alias("measured")),
        }
        found = dict(zip(asked, pl.collect_all(list(asked.values()), engine=self.engine), strict=True))
        return found | {"whole": pl.concat([found["whole"], found["load"].fill_null(0)], how="horizontal")}

    def _timeline(self, all_s: Any, all_v: Any) -> Any:
        pl = self.pl
        percentiles = self._percentiles(all_v, ["bin"], 50, 75)
        sums = all_s.group_by("bin").agg(self.n, *self.sums)
        return sums.join(percentiles, on="bin", how="left").with_columns(pl.col("p50", "p75").fill_null(0))

    def _heatmap(self, cs: Any, wv: Any) -> Any:
        pl = self.pl
        percentiles = self._percentiles(wv, ["r", "c"], 75)
        p75 = pl.when(pl.col("sessions") >= MIN_SESSIONS).then(pl.col("p75").fill_null(0)).otherwise(0).alias("p75")
        return cs.group_by("r", "c").agg(self.n).join(percentiles, on=["r", "c"], how="left").with_columns(p75)

    def _segments(self, listed: Any, wv: Any) -> Any:
        pl = self.pl
        percentiles = self._percentiles(wv.filter(pl.col("listed").is_not_null()), ["listed"], 75)
        table = listed.join(percentiles, left_on="device_model", right_on="listed", how="left").with_columns(
            (pl.col("converting") / pl.col("sessions")).alias("rate"), pl.col("p75").fill_null(0)
        )
        return _most(table, "rank", LISTED_ROWS)

    def _distribution(self, wv: Any) -> Any:
        pl = self.pl
        shown = wv.filter((pl.col("flags") & SHOWN_FIRST) == SHOWN_FIRST)
        by_load = shown.group_by("load").agg(self.n, self.converting).join(self.frames["load_bins"].lazy(), on="load")
        rate = pl.when(pl.col("sessions") >= MIN_SESSIONS).then(pl.col("converting") / pl.col("sessions")).alias("rate")
        return by_load.group_by("bin").agg(pl.col("sessions", "converting").sum()).with_columns(rate)

    def _page_groups(self, page_loads: Any, wv: Any) -> Any:
        pl = self.pl
        first = wv.filter((pl.col("flags") & 1) == 1)
        sums = first.group_by("page_group").agg(self.n, self.converting, *self.sums[1:])
        views = page_loads.group_by("page_group").agg(pl.col("page_views").sum())
        share = (pl.col("converting") / pl.col("sessions")).alias("share")
        table = views.join(sums, on="page_group").with_columns(share)
        return table.sort(["page_views", "page_group"], descending=[True, False])

    def _page_cells(self, wv: Any) -> Any:
        pl = self.pl
        revenue = pl.col("revenue").cast(pl.Int64)
        exposed = wv.filter(((pl.col("flags") & GROUP_FIRST) == GROUP_FIRST) & (pl.col("load") > 0))
        squares = (revenue * revenue).sum().alias("squares")
        return exposed.group_by("page_group", "stratum", "cell_bin").agg(
            self.n, self.converting, revenue.sum(), squares
        )

    def _rows(self) -> tuple[Any, Any, Any]:
        """Return sessions and page views over all time (these with what is needed of their session), and the sessions of the window."""
        pl = self.pl
        place = ((pl.col("start_ms") - self.f.first_ms) // self.f.bin_ms).cast(pl.Int16).alias("bin")
        all_s = self.frames["s"].lazy().filter(self.clause).with_columns(place)
        if self.kept == "all set aside":
            all_s = all_s.collect(engine=self.engine).lazy()
        ws = all_s.filter(self.window)
        if self.kept == "window set aside":
            ws = ws.collect(engine=self.engine).lazy()
        all_v = self.frames["v"].lazy()
        if self.layout == "flat":
            all_v = all_v.filter(self.clause).with_columns(place)
        else:
            carried = ("bin",) if self.kept == "window set aside" else ("bin", *CARRIED)
            all_v = all_v.join(all_s.select("session", *carried), on="session")
        if self.kept == "all set aside":
            all_v = all_v.collect(engine=self.engine).lazy()
        return all_s, all_v, ws

    def _window(self, all_v: Any, cs: Any, rows: Any, columns: Any, listed: Any) -> Any:
        """Return the page views of the window, with the places of their sessions."""
        pl = self.pl
        if self.layout == "joined" and self.kept == "window set aside":
            wv = self.frames["v"].lazy().join(cs.select("session", *_PLACED), on="session")
        else:
            wv = _placed(pl, all_v.filter(self.window), rows, columns, listed)
        return self._aside(wv.select(*_PLACED, *_OF_VIEW))

    def _aside(self, query: Any) -> Any:
        """Collect what is set aside."""
        return query.collect(engine=self.engine).lazy() if self.kept == "window set aside" else query

    def _percentiles(self, views: Any, keys: list[str], *shares: int) -> Any:
        pl = self.pl
        measured = views.filter(pl.col("load") > 0)
        if self.read == "quantile" or (self.read != "counts" and keys != ["bin"]):
            reads = [pl.col("load").quantile(share / 100, "equiprobable").alias(f"p{share}") for share in shares]
            return measured.group_by(keys).agg(reads)
        counts = measured.group_by(*keys, "load").agg(pl.len().cast(pl.Int64).alias("n"))
        return counts.sort("load").group_by(keys).agg(_reads(pl, *shares))


def _most(table: Any, then: str, top: int) -> Any:
    """Return the rows with most sessions, most first, ties by ``then``."""
    return table.sort(["sessions", then], descending=[True, False]).head(top)


def _reads(pl: Any, *shares: int) -> list[Any]:
    """Return expressions that read percentiles from counts ``n`` in the order of their codes."""
    upto, total = pl.col("n").cum_sum(), pl.col("n").sum()
    return [pl.col("load").filter(100 * upto >= share * total).first().alias(f"p{share}") for share in shares]


def _placed(pl: Any, table: Any, rows: Any, columns: Any, listed: Any) -> Any:
    """Return the table with the places in heatmap and segment table of each row's session."""
    model, carrier = pl.col("device_model"), pl.col("carrier")
    return (
        table.join(rows.with_columns(model.cast(pl.Int32).alias("r")), on="device_model", how="left")
        .join(columns.with_columns(carrier.cast(pl.Int32).alias("c")), on="carrier", how="left")
        .join(listed.select("device_model", model.alias("listed")), on="device_model", how="left")
        .with_columns(pl.col("r", "c").fill_null(-1))
    )
