"""The steps of the second look in plain NumPy: what the compiled ones are held to, and what serves until those are ready.

Nothing here may import Numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels import layout as lay

Array = npt.NDArray[Any]
_TYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}


def find_groups(
    data: Array,
    columns: Array,
    panel: Array,
    keys: Array,
    key_lut: Array,
    run_edges: Array,
    run_codes: Array,
    blocks: Array,
    kept: Array,
    scratch: Array,  # noqa: ARG001 - for the compiled twin
    of: Array,
    sessions: Array,
    starts: Array,
) -> None:
    """Find the group of each kept session, -1 for none: ``of`` (n,), and ``sessions`` (G,) and ``starts`` (G + 1,), see ``second_look.Groups``."""
    rows, places = _rows(blocks), _places(blocks)
    rows += kept[lay.KEPT_ROW, places]
    group = np.where(kept[lay.KEPT_MASK, places] & panel[lay.PANEL_VARIANT], 0, -1)
    first = panel[lay.PANEL_FIRST_KEY]
    for key in keys[first : first + panel[lay.PANEL_N_KEYS]]:
        if key[lay.KEY_SOURCE] == lay.SOURCE_RUNS:
            runs = slice(key[lay.KEY_RUNS], key[lay.KEY_RUNS] + key[lay.KEY_N_RUNS])
            code = run_codes[runs][np.searchsorted(run_edges[runs], rows, side="right") - 1].astype(np.int64)
        else:
            if key[lay.KEY_LISTED] != lay.NOT_LISTED:
                code = kept[key[lay.KEY_LISTED], places].astype(np.int64)
            else:
                code = _column(data, columns, key[lay.KEY_COLUMN])[rows].astype(np.int64)
            if key[lay.KEY_LUT] >= 0:
                code = key_lut[key[lay.KEY_LUT] + code].astype(np.int64)
        group = np.where((group >= 0) & (code >= 0), group + code * key[lay.KEY_STRIDE], -1)
    if panel[lay.PANEL_FINAL_REMAP] >= 0:
        to = key_lut[panel[lay.PANEL_FINAL_REMAP] + np.maximum(group, 0)]
        group = np.where(group >= 0, to, -1)
    of[:] = group
    counted = group >= 0
    sessions += np.bincount(group[counted], minlength=len(sessions))
    views = np.zeros(len(sessions), dtype=np.int64)
    np.add.at(views, group[counted], kept[lay.KEPT_VIEWS, places][counted].astype(np.int64))
    starts[1:] = np.cumsum(views)


def put_codes(
    data: Array,
    columns: Array,
    column: int,
    blocks: Array,
    kept: Array,
    listed: Array,
    of: Array,
    places: Array,
    out: Array,
) -> None:
    """Put the codes of each group's page views side by side into ``out``, from ``places[1:]`` (G,) on, which are then where the next ones would go.

    They are read from ``listed`` (see ``Kept``) or, when that is empty, from the column. ``places[0]`` stays; up to ``SLACK`` items from there on, codes of no
    group, may hold anything afterwards.
    """
    at = _places(blocks)
    counts = kept[lay.KEPT_VIEWS, at].astype(np.int64)
    if len(listed):
        before = np.cumsum(counts) - counts
        of_block = np.append(before, counts.sum())[np.cumsum(blocks[:, lay.BLOCK_KEPT]) - blocks[:, lay.BLOCK_KEPT]]
        first = before + np.repeat(blocks[:, lay.BLOCK_CODES_AT] - of_block, blocks[:, lay.BLOCK_KEPT])
    else:
        first = np.repeat(blocks[:, lay.BLOCK_FIRST_VIEW], blocks[:, lay.BLOCK_KEPT]) + kept[lay.KEPT_LOW, at]
    order = np.argsort(of, kind="stable")
    order = order[of[order] >= 0]
    counts, first = counts[order], first[order]
    views = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    out[: len(views)] = (listed if len(listed) else _column(data, columns, column))[
        views
    ]  # groups lie one after the other, without gaps
    places[1:] += np.bincount(of[order], weights=counts, minlength=len(places) - 1).astype(np.int64)


def quantile_codes(codes: Array, starts: Array, groups: Array, quantiles: Array, counts: Array, out: Array) -> None:
    """Put into ``out`` (len(groups), Q) the codes of each group's quantiles (Q,), which ascend: the first at or below which at least that share lies.

    Code 0 (not measured) doesn't count; a group without others gives 0. ``counts`` (codes,) is zero before and after.
    """
    for i, group in enumerate(groups.tolist()):
        hist = np.bincount(codes[starts[group] : starts[group + 1]], minlength=len(counts))
        cumulated = np.cumsum(hist[1:])
        for k, share in enumerate(quantiles.tolist()):
            rank = max(np.ceil(share * cumulated[-1] - 1e-9), 1)
            out[i, k] = 1 + int((cumulated < rank).sum()) if cumulated[-1] else 0


def _column(data: Array, columns: Array, index: int) -> Array:
    _, offset, size, length = columns[index]
    view: Array = data[offset : offset + size * length].view(_TYPES[int(size)])
    return view


def _rows(blocks: Array) -> Array:
    """Return the first row of each kept session's block."""
    rows: Array = np.repeat(blocks[:, lay.BLOCK_START], blocks[:, lay.BLOCK_KEPT])
    return rows


def _places(blocks: Array) -> Array:
    """Return each kept session's place in the list."""
    n = blocks[:, lay.BLOCK_KEPT]
    places: Array = np.repeat(blocks[:, lay.BLOCK_KEEP_AT] - (np.cumsum(n) - n), n) + np.arange(n.sum())
    return places
