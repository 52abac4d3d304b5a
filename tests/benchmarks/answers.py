"""Answers in the form in which they are compared: one table of numbers per part of the question. Nothing here is measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import bin_middles
from docops_desktop.analysis.refresh import RefreshResult
from docops_desktop.model.dimensions import OTHER
from docops_desktop.store.facts import Facts
from tests.benchmarks.peers import QUESTION, Found

Table = npt.NDArray[np.float64]
Answer = Mapping[str, Table]
"""Each table of ``QUESTION`` as float64 (rows, columns): whole numbers below 2^53 and shares; NaN where there is no answer."""
_IN_ORDER = frozenset({"rows", "columns", "segments", "page_groups"})
"""Tables whose order is part of the answer; the others are sorted by their keys."""


def of_peer(found: Found) -> Answer:
    """Bring what a peer found into the form of comparison."""
    return _arranged({name: _table(found[name], columns) for name, columns in QUESTION.items()})


def of_refresh(result: RefreshResult, facts: Facts) -> Answer:
    """Bring our results into the form of comparison."""
    panels: Mapping[str, Any] = result.results
    codes = _codes(facts)
    shown, cells, segments = panels["distribution"], panels["pages"], panels["segments"]
    heatmap = panels["heatmap"]
    rows = [codes["device_model"][text] for text in heatmap.row_labels]
    columns = [codes["carrier"][text] for text in heatmap.column_labels]
    whole = [
        *(segments.groups, cells.total_sessions, cells.total_page_views, cells.total_converting_sessions),
        *(cells.total_conversions, cells.total_revenue, *_load_codes([shown.p50, shown.p75, shown.p95])),
        shown.page_views,
    ]
    _same_whole(segments.total.values, whole)
    strata = np.flatnonzero(cells.stratum_sessions)
    found = {
        "timeline": _timeline(panels["timeline"]),
        "rows": [(code,) for code in rows if code >= 0],
        "columns": [(code,) for code in columns if code >= 0],
        "heatmap": _heatmap(heatmap, rows, columns),
        "segments": _segments(segments.rows, codes["device_model"]),
        "distribution": _distribution(shown),
        "page_groups": _page_groups(cells, codes["page_group"]),
        "page_loads": _sparse(cells.load_hist, [codes["page_group"][text] for text in cells.page_groups]),
        "page_cells": _page_cells(cells, [codes["page_group"][text] for text in cells.page_groups]),
        "strata": np.column_stack([strata, cells.stratum_sessions[strata]]),
        "whole": [whole],
    }
    return _arranged({name: _table(found[name], columns) for name, columns in QUESTION.items()})


def differences(got: Answer, expected: Answer) -> list[str]:
    """Name the tables that differ, and how."""
    found = []
    for name, columns in QUESTION.items():
        mine, its = expected[name], got[name]
        if mine.shape != its.shape:
            found.append(f"{name}: {len(its)} rows instead of {len(mine)}")
        elif not np.array_equal(its, mine, equal_nan=True):
            places = np.argwhere(~((its == mine) | (np.isnan(its) & np.isnan(mine))))
            row, column = places[0]
            found.append(
                f"{name}: {len(places)} figures, first {columns[column]} in row {row}: {its[row].tolist()} instead of {mine[row].tolist()}"
            )
    return found


def _arranged(found: Mapping[str, Table]) -> Answer:
    return {name: table if name in _IN_ORDER else table[np.lexsort(table[:, ::-1].T)] for name, table in found.items()}


def _table(found: Any, columns: tuple[str, ...]) -> Table:
    """Return rows, or a frame's or dictionary's columns, as one array; what is masked or null as NaN."""
    if isinstance(found, (list, np.ndarray)):
        return np.array(found, dtype=np.float64).reshape(-1, len(columns))
    parts = [np.ma.filled(np.ma.asarray(_plain(found[name]), dtype=np.float64), np.nan) for name in columns]
    return np.column_stack(parts)


def _plain(column: Any) -> Any:
    return column.to_numpy() if hasattr(column, "to_numpy") else column


def _codes(facts: Facts) -> dict[str, dict[str, int]]:
    names = ("device_model", "carrier", "page_group")
    return {
        name: {text: code for code, text in enumerate(facts.header.dictionaries[name])} | {OTHER: -1} for name in names
    }


def _load_codes(middles: Any) -> npt.NDArray[np.int64]:
    """Return the codes whose middles these are; 0 where nothing was measured."""
    values = np.array(middles, dtype=np.float64)
    known = bin_middles()[1:]
    found: npt.NDArray[np.int64] = 1 + np.searchsorted(known, np.nan_to_num(values, nan=known[0]))
    if not np.array_equal(known[found - 1][~np.isnan(values)], values[~np.isnan(values)]):
        raise AssertionError("a percentile is no bin's middle")
    found[np.isnan(values)] = 0
    return found


def _minor(amounts: Any) -> npt.NDArray[np.int64]:
    whole: npt.NDArray[np.int64] = np.rint(np.asarray(amounts) * 100).astype(np.int64)
    return whole


def _same_whole(total: Mapping[str, Any], whole: list[Any]) -> None:
    """Hold the segment table's total to the sums of the other panels."""
    _, sessions, page_views, converting, conversions, revenue, _, p75, *_ = whole
    figures = [sessions, page_views, conversions, converting / sessions if sessions else None, revenue, p75]
    names = ("sessions", "page_views", "conversions", "conversion_rate")
    mine = [*(total[name] for name in names), int(_minor(total["revenue"])), int(_load_codes([total["load_p75"]])[0])]
    if mine != figures:
        raise AssertionError(f"the segment table's total {mine} is not the page cells' {figures}")


def _timeline(result: Any) -> Table:
    bins = np.flatnonzero(result.sessions)
    parts = [result.sessions, result.page_views, result.conversions, _minor(result.revenue)]
    parts += [_load_codes(result.load_p50), _load_codes(result.load_p75)]
    return np.column_stack([bins, *(part[bins] for part in parts)])


def _heatmap(result: Any, rows: list[int], columns: list[int]) -> Table:
    r, c = np.nonzero(result.sessions)
    parts = (result.sessions[r, c], _load_codes(result.values[r, c]))
    return np.column_stack([np.array(rows, dtype=int)[r], np.array(columns, dtype=int)[c], *parts])


def _segments(rows: Any, codes: Mapping[str, int]) -> Table:
    figures = rows.columns
    parts = [figures[name] for name in ("sessions", "page_views", "conversions", "conversion_rate")]
    parts += [_minor(figures["revenue"]), _load_codes(figures["load_p75"])]
    return np.column_stack([[codes[key[0]] for key in rows.keys], *parts])


def _distribution(result: Any) -> Table:
    bins = np.flatnonzero(result.sessions)
    return np.column_stack([bins, *(part[bins] for part in (result.sessions, result.conversions, result.rate))])


def _page_groups(cells: Any, codes: Mapping[str, int]) -> Table:
    parts = (cells.page_views, cells.sessions, cells.converting_sessions, cells.conversions_any, cells.revenue_any)
    return np.column_stack([[codes[text] for text in cells.page_groups], *parts, cells.converter_share])


def _sparse(counts: Any, groups: list[int]) -> Table:
    group, code = np.nonzero(counts)
    return np.column_stack([np.array(groups, dtype=int)[group], code, counts[group, code]])


def _page_cells(cells: Any, groups: list[int]) -> Table:
    place = np.nonzero(cells.n)
    parts = [part[place] for part in (cells.n, cells.conversions, cells.revenue, cells.revenue_squared)]
    return np.column_stack([np.array(groups, dtype=int)[place[0]], *place[1:], *parts])
