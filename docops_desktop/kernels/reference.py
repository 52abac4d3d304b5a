"""The fused pass in plain NumPy: what the compiled pass is held to, and what serves until that one is ready.

Same plan, same sums, written for clearness: whole arrays per batch of blocks instead of scratch per block. Nothing here may import Numba.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput, ScanPlan

Array = npt.NDArray[Any]
_TYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}


def scan(plan: ScanPlan, first_block: int, end_block: int, out: ScanOutput) -> None:
    """Add the blocks ``first_block .. end_block - 1`` to ``out``."""
    blocks = plan.blocks[first_block:end_block]
    lengths = blocks[:, lay.BLOCK_END] - blocks[:, lay.BLOCK_START]
    rows = np.repeat(blocks[:, lay.BLOCK_START] - _before(lengths), lengths) + np.arange(lengths.sum())
    spans = np.repeat(blocks[:, lay.BLOCK_SPANS], lengths)
    mask = np.repeat(blocks[:, lay.BLOCK_MASK], lengths).astype(np.uint8)
    for clause in plan.session_clauses:
        _apply(plan, clause, rows, mask)
    kept = np.flatnonzero(mask)
    if not len(kept):
        return
    batch = _expand(plan, rows[kept], spans[kept], mask[kept])
    written = (batch.spans & plan.at[lay.AT_WRITE_MASK]) != 0
    if written.any():
        out.mask[batch.rows[written]] = batch.mask[written]
    if out.kept is not None:
        out.kept = _listed(out.kept, plan, blocks, batch)
    for panel in plan.panels:
        _add_panel(plan, panel, batch, out)


def _listed(so_far: lay.Kept, plan: ScanPlan, blocks: Array, batch: _Batch) -> lay.Kept:
    """Add the kept sessions of the blocks that ask for it to the list."""
    listed, sessions, place = [so_far.blocks], [so_far.sessions], so_far.sessions.shape[1]
    codes, codes_place = [so_far.codes], len(so_far.codes)
    low = column(plan, plan.at[lay.AT_VIEW_OFFSET])[batch.rows].astype(np.int64)
    counts = np.bincount(batch.slot, minlength=len(batch.rows))
    for block in blocks[blocks[:, lay.BLOCK_KEEP_AT] != lay.NOT_KEPT]:
        inside = (batch.rows >= block[lay.BLOCK_START]) & (batch.rows < block[lay.BLOCK_END])
        first = low[inside].min(initial=np.iinfo(np.int64).max)
        row = block.copy()
        row[lay.BLOCK_KEEP_AT], row[lay.BLOCK_KEPT], row[lay.BLOCK_FIRST_VIEW] = place, inside.sum(), first
        row[lay.BLOCK_CODES_AT] = codes_place
        codes.append(_at(plan, lay.AT_LOAD, batch.view_rows[inside[batch.slot]], 0).astype(np.uint16))
        place, codes_place = place + int(inside.sum()), codes_place + len(codes[-1])
        listed.append(row[None])
        fields = batch.rows[inside] - block[lay.BLOCK_START], low[inside] - first, counts[inside], batch.mask[inside]
        codes_of = [column(plan, c)[batch.rows[inside]] for c in plan.keep_columns]
        sessions.append(np.array([*fields, *codes_of], dtype=np.uint32).reshape(lay.KEPT_FIELDS + len(codes_of), -1))
    return lay.Kept(np.concatenate(listed), np.concatenate(sessions, axis=1), np.concatenate(codes))


@dataclass
class _Batch:
    """Kept sessions (rows, spans, mask, figures) and their kept page views (view_rows, slot = place of the session, view_mask)."""

    rows: Array
    spans: Array
    mask: Array
    weight: Array
    views: Array
    conversions: Array
    revenue: Array
    bounce: Array
    view_rows: Array
    slot: Array
    view_mask: Array
    view_weight: Array


def _expand(plan: ScanPlan, rows: Array, spans: Array, mask: Array) -> _Batch:
    low = column(plan, plan.at[lay.AT_VIEW_OFFSET])[rows].astype(np.int64)
    counts = column(plan, plan.at[lay.AT_VIEW_OFFSET])[rows + 1].astype(np.int64) - low
    slot = np.repeat(np.arange(len(rows)), counts)
    view_rows = np.repeat(low - _before(counts), counts) + np.arange(counts.sum())
    view_mask = mask[slot]
    if len(plan.view_clauses):
        for clause in plan.view_clauses:
            _apply(plan, clause, view_rows, view_mask)
        matched = mask & np.uint8(plan.at[lay.AT_FREE])
        np.bitwise_or.at(matched, slot, view_mask)
        kept = matched != 0
        place = np.cumsum(kept) - 1
        views_kept = view_mask != 0
        rows, spans, mask = rows[kept], spans[kept], matched[kept]
        view_rows, slot, view_mask = view_rows[views_kept], place[slot[views_kept]], view_mask[views_kept]
    views = _at(plan, lay.AT_VIEWS, rows, 0)
    weighted = plan.at[lay.AT_WEIGHT] >= 0
    return _Batch(
        rows=rows,
        spans=spans,
        mask=mask,
        weight=_at(plan, lay.AT_WEIGHT, rows, 1),
        views=views,
        conversions=_at(plan, lay.AT_CONVERSIONS, rows, 0),
        revenue=_at(plan, lay.AT_REVENUE, rows, 0),
        bounce=np.zeros(len(rows), dtype=np.int64) if weighted else (views == 1).astype(np.int64),
        view_rows=view_rows,
        slot=slot,
        view_mask=view_mask,
        view_weight=_at(plan, lay.AT_VIEW_WEIGHT, view_rows, 1),
    )


def _add_panel(plan: ScanPlan, panel: Array, batch: _Batch, out: ScanOutput) -> None:
    base = _session_part(plan, panel, batch)
    part = _view_part(plan, panel, batch)
    page_keyed = bool(panel[lay.PANEL_PAGE_KEYED])
    group = np.where(batch.view_mask & panel[lay.PANEL_VARIANT], base[batch.slot], -1)
    if page_keyed:
        group = np.where((group >= 0) & (part >= 0), group + part, -1)
    group = _final(plan, panel, group)
    for side, wanted in enumerate((panel[lay.PANEL_SPANS], panel[lay.PANEL_BASELINE_SPANS])):
        inside = (batch.spans & wanted) != 0
        if not inside.any():
            continue
        shift = side * panel[lay.PANEL_GROUPS]
        seen = np.flatnonzero((group >= 0) & inside[batch.slot])
        if panel[lay.PANEL_EXPOSURE]:
            _add_exposures(plan, panel, batch, group, seen, shift, out)
            continue
        offset = panel[lay.PANEL_ACC] + shift
        if page_keyed:
            pair = batch.slot[seen] * (int(part.max(initial=0)) + 1) + part[seen]
            first = seen[np.unique(pair, return_index=True)[1]]
            _add_sessions(batch, batch.slot[first], offset + group[first], out)
        else:
            groups = _final(plan, panel, base)
            members = np.flatnonzero((groups >= 0) & inside)
            _add_sessions(batch, members, offset + groups[members], out, outcomes=bool(panel[lay.PANEL_OUTCOMES]))
            if panel[lay.PANEL_COUNT_VIEWS] == lay.COUNT_SESSION_VIEWS:
                np.add.at(out.acc[:, lay.ACC_VIEWS], offset + groups[members], batch.views[members])
        if page_keyed or panel[lay.PANEL_COUNT_VIEWS] == lay.COUNT_MATCHING_VIEWS:
            np.add.at(out.acc[:, lay.ACC_VIEWS], offset + group[seen], batch.view_weight[seen])
        if panel[lay.PANEL_ERRORS]:
            errors = _at(plan, lay.AT_ERRORS, batch.view_rows[seen], 0)
            np.add.at(out.acc[:, lay.ACC_ERRORS], offset + group[seen], errors)
        first_hist = panel[lay.PANEL_FIRST_HIST]
        for hist in plan.hists[first_hist : first_hist + panel[lay.PANEL_N_HISTS]]:
            codes = column(plan, hist[lay.HIST_COLUMN])[batch.view_rows[seen]].astype(np.int64)
            if hist[lay.HIST_LUT] >= 0:
                codes = plan.key_lut[hist[lay.HIST_LUT] + codes].astype(np.int64)
            place = hist[lay.HIST_OFFSET] + (shift + group[seen]) * hist[lay.HIST_CODES] + codes
            np.add.at(out.hist, place, batch.view_weight[seen].astype(out.hist.dtype))


def _add_exposures(
    plan: ScanPlan, panel: Array, batch: _Batch, group: Array, seen: Array, shift: int, out: ScanOutput
) -> None:
    flags = _at(plan, lay.AT_FLAGS, batch.view_rows, 0)
    load = _at(plan, lay.AT_LOAD, batch.view_rows, 0)
    seen = seen[load[seen] > 0]
    if panel[lay.PANEL_EXPOSURE] == lay.EXPOSURE_FIRST_OF_GROUP:
        seen = seen[(flags[seen] & lay.FLAG_FIRST_OF_GROUP) != 0]
    else:
        seen = seen[np.unique(batch.slot[seen], return_index=True)[1]]
    seen = seen[(flags[seen] & lay.FLAG_BEFORE_CONVERSION) != 0]
    bins = plan.key_lut[panel[lay.PANEL_STAMP] + load[seen]].astype(np.int64)
    seen, bins = seen[bins >= 0], bins[bins >= 0]
    place = panel[lay.PANEL_ACC] + shift + group[seen] * panel[lay.PANEL_LOAD_BINS] + bins
    _add_sessions(batch, batch.slot[seen], place, out)


def _add_sessions(batch: _Batch, members: Array, place: Array, out: ScanOutput, *, outcomes: bool = True) -> None:
    conversions, weight, revenue = batch.conversions[members], batch.weight[members], batch.revenue[members]
    np.add.at(out.acc[:, lay.ACC_TOUCHED], place, 1)
    np.add.at(out.acc[:, lay.ACC_SESSIONS], place, weight)
    if not outcomes:
        return
    np.add.at(out.acc[:, lay.ACC_BOUNCES], place, batch.bounce[members])
    np.add.at(out.acc[:, lay.ACC_CONVERTING], place, np.minimum(conversions, weight))
    np.add.at(out.acc[:, lay.ACC_CONVERSIONS], place, conversions)
    np.add.at(out.acc[:, lay.ACC_REVENUE], place, revenue)
    np.add.at(out.revenue_squared, place, revenue.astype(np.float64) ** 2)


def _session_part(plan: ScanPlan, panel: Array, batch: _Batch) -> Array:
    base = np.where(batch.mask & panel[lay.PANEL_VARIANT], 0, -1).astype(np.int64)
    for key in _keys(plan, panel):
        if key[lay.KEY_SOURCE] == lay.SOURCE_SESSION:
            base = _add_key(plan, key, column(plan, key[lay.KEY_COLUMN])[batch.rows], base)
        elif key[lay.KEY_SOURCE] == lay.SOURCE_RUNS:
            runs = slice(key[lay.KEY_RUNS], key[lay.KEY_RUNS] + key[lay.KEY_N_RUNS])
            run = np.searchsorted(plan.run_edges[runs], batch.rows, side="right") - 1
            code = plan.run_codes[runs][run].astype(np.int64)
            base = np.where((base >= 0) & (code >= 0), base + code * key[lay.KEY_STRIDE], -1)
    if panel[lay.PANEL_SESSION_REMAP] >= 0:
        to = plan.key_lut[panel[lay.PANEL_SESSION_REMAP] + np.maximum(base, 0)].astype(np.int64)
        base = np.where((base >= 0) & (to >= 0), to * panel[lay.PANEL_REMAP_STRIDE], -1)
    return base


def _view_part(plan: ScanPlan, panel: Array, batch: _Batch) -> Array:
    part = np.zeros(len(batch.view_rows), dtype=np.int64)
    for key in _keys(plan, panel):
        if key[lay.KEY_SOURCE] == lay.SOURCE_PAGE_VIEW:
            part = _add_key(plan, key, column(plan, key[lay.KEY_COLUMN])[batch.view_rows], part)
    return part


def _add_key(plan: ScanPlan, key: Array, codes: Array, base: Array) -> Array:
    code = codes.astype(np.int64)
    if key[lay.KEY_LUT] >= 0:
        code = plan.key_lut[key[lay.KEY_LUT] + code].astype(np.int64)
    return np.where((base >= 0) & (code >= 0), base + code * key[lay.KEY_STRIDE], -1)


def _final(plan: ScanPlan, panel: Array, group: Array) -> Array:
    if panel[lay.PANEL_FINAL_REMAP] < 0:
        return group
    to = plan.key_lut[panel[lay.PANEL_FINAL_REMAP] + np.maximum(group, 0)].astype(np.int64)
    return np.where(group >= 0, to, -1)


def _keys(plan: ScanPlan, panel: Array) -> Array:
    first = panel[lay.PANEL_FIRST_KEY]
    return plan.keys[first : first + panel[lay.PANEL_N_KEYS]]


def _apply(plan: ScanPlan, clause: Array, rows: Array, mask: Array) -> None:
    values = column(plan, clause[lay.CLAUSE_COLUMN])[rows]
    if clause[lay.CLAUSE_KIND] == lay.KIND_MASK:
        mask &= values
    elif clause[lay.CLAUSE_KIND] == lay.KIND_EQUAL:
        mask &= np.where(values == clause[lay.CLAUSE_A], clause[lay.CLAUSE_B], clause[lay.CLAUSE_FAIL]).astype(np.uint8)
    elif clause[lay.CLAUSE_KIND] == lay.KIND_LUT:
        mask &= plan.mask_lut[clause[lay.CLAUSE_A] + values.astype(np.int64)]
    else:
        inside = (values >= clause[lay.CLAUSE_A]) & (values < clause[lay.CLAUSE_B])
        mask &= np.where(inside, 255, clause[lay.CLAUSE_FAIL]).astype(np.uint8)


def column(plan: ScanPlan, index: int) -> Array:
    """Return a column of the plan as an array view."""
    buffer, offset, size, length = plan.columns[index]
    data = plan.data if buffer == 0 else plan.extra
    view: Array = data[offset : offset + size * length].view(_TYPES[int(size)])
    return view


def _at(plan: ScanPlan, which: int, rows: Array, absent: int) -> Array:
    index = plan.at[which]
    if index < 0:
        return np.full(len(rows), absent, dtype=np.int64)
    return column(plan, index)[rows].astype(np.int64)


def _before(lengths: Array) -> Array:
    """Return how many items come before each group of that length."""
    return np.cumsum(lengths) - lengths
