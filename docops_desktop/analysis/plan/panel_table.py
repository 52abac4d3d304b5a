"""The panels of a plan: what each groups by and counts, and where its sums go.

A panel asks for keys and gets a ``Handle``, by which it reads its sums when the pass is done. Nothing here knows which rows are visited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import CoarseBins
from docops_desktop.analysis.plan.authors import Authors
from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW
from docops_desktop.analysis.plan.columns import PlanColumns
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.key_tables import KeyTables, Remap
from docops_desktop.analysis.plan.keys import Key, tells_first
from docops_desktop.analysis.plan.tables import table
from docops_desktop.kernels import layout as lay
from docops_desktop.model.load_bins import N_CODES


class PanelTable:
    """Collects panels.

    Args:
        columns: the plan's.
        authors: the plan's.
        share: panels that group the same rows in the same way become one, with all that any of them asked for.
    """

    def __init__(self, columns: PlanColumns, authors: Authors, *, share: bool) -> None:
        self.keys = KeyTables(columns)
        self.acc_rows = 0
        self.hist_size = 0
        self.stamp_size = 0
        self._columns, self._authors, self._share = columns, authors, share
        self._panels: list[list[int]] = []
        self._hists: list[list[int]] = []
        self._session_part: tuple[Any, ...] = ()
        self._shared: dict[Any, tuple[list[int], Handle]] = {}

    def add(
        self,
        keys: Sequence[Key] = (),
        *,
        author: str = "",
        metrics: Iterable[str] = (),
        spans: int = WINDOW,
        baseline: bool = False,
        errors: bool = False,
        count_views: bool = True,
        outcomes: bool = True,
        exposure: int = lay.EXPOSURE_NONE,
        load_bins: Remap | None = None,
        session_remap: Remap | None = None,
        final_remap: Remap | None = None,
        coarse: CoarseBins | None = None,
    ) -> Handle:
        """Add a panel grouped by ``keys`` and return where its sums will be.

        Args:
            keys: the group number is key 0 + size 0 x (key 1 + size 1 x ...), session keys first when there is a ``session_remap``.
            author: the panel ignores the clauses of this author.
            metrics: histograms of these metrics, per group.
            spans: span bits of the rows that count; ``baseline``: the same over the baseline spans, as side 1.
            errors, count_views, outcomes: whether errors, page views, and bounces, conversions and revenue are counted.
            exposure: count exposures instead of sessions; then ``load_bins`` = (bin of each load code, number of bins) is the first key.
            session_remap: (new number of each combination of the session keys, how many); -1 drops.
            final_remap: (new number of each group, how many); -1 drops.
            coarse: bins of the histograms, where full ones would be too large.
        """
        metrics, variant = tuple(metrics), self._authors.variant(author)
        page_keyed = any(key.level == "page_view" for key in keys)
        counted = lay.COUNT_NO_VIEWS
        if count_views:
            at_view = page_keyed or self._authors.test_views(author)
            counted = lay.COUNT_MATCHING_VIEWS if at_view else lay.COUNT_SESSION_VIEWS
        same = None
        if self._share and not (baseline or exposure or session_remap or final_remap or coarse):
            same = _same(keys, variant, spans)
        if same in self._shared:
            handle = self._also(same, metrics, errors, counted, outcomes)
            if handle is not None:
                return handle
            same = None
        first_key = len(self.keys)
        groups = self.keys.add(keys, session_remap)
        stamp = self.stamp_size
        n_load_bins = 0
        if exposure:
            assert load_bins is not None
            stamp, n_load_bins = self.keys.lut(load_bins[0]), load_bins[1]
            groups *= n_load_bins
        elif page_keyed:
            self.stamp_size += groups
        final_lut = -1
        if final_remap is not None:
            final_lut, groups = self.keys.lut(final_remap[0]), final_remap[1]
        sides = 2 if baseline else 1
        first_hist = len(self._hists)
        places = self._add_hists(metrics, sides * groups, coarse)
        handle = Handle(groups, self.acc_rows, places, baseline, coarse)
        panel = [0] * lay.PANEL_FIELDS
        panel[lay.PANEL_VARIANT] = variant
        panel[lay.PANEL_SPANS] = spans
        panel[lay.PANEL_BASELINE_SPANS] = BASELINE if baseline else 0
        panel[lay.PANEL_FIRST_KEY], panel[lay.PANEL_N_KEYS] = first_key, len(keys)
        panel[lay.PANEL_PAGE_KEYED] = page_keyed
        panel[lay.PANEL_GROUPS], panel[lay.PANEL_ACC] = groups, self.acc_rows
        panel[lay.PANEL_FIRST_HIST], panel[lay.PANEL_N_HISTS] = first_hist, len(metrics)
        panel[lay.PANEL_ERRORS] = errors
        panel[lay.PANEL_COUNT_VIEWS] = counted
        panel[lay.PANEL_SESSION_REMAP] = -1 if session_remap is None else self.keys.lut(session_remap[0])
        panel[lay.PANEL_REMAP_STRIDE] = 1
        panel[lay.PANEL_FINAL_REMAP], panel[lay.PANEL_STAMP] = final_lut, stamp
        panel[lay.PANEL_EXPOSURE], panel[lay.PANEL_LOAD_BINS] = exposure, n_load_bins
        panel[lay.PANEL_OUTCOMES] = outcomes
        panel[lay.PANEL_BY_FLAG] = page_keyed and tells_first(keys)
        panel[lay.PANEL_SAME_KEYS] = self._same_session_part(keys, session_remap, variant)
        self._panels.append(panel)
        self.acc_rows += sides * groups
        if same is not None:
            self._shared[same] = panel, handle
        return handle

    def claims(self) -> list[tuple[int, int]]:
        """Return (span bits, variant) of each panel: whose rows it wants."""
        return [
            (panel[lay.PANEL_SPANS] | panel[lay.PANEL_BASELINE_SPANS], panel[lay.PANEL_VARIANT])
            for panel in self._panels
        ]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the tables of panels, histograms and keys by their names in a plan."""
        panels, hists = table(self._panels, lay.PANEL_FIELDS), table(self._hists, lay.HIST_FIELDS)
        return {"panels": panels, "hists": hists, **self.keys.arrays()}

    def _also(self, same: Any, metrics: tuple[str, ...], errors: bool, counted: int, outcomes: bool) -> Handle | None:
        """Let a panel that there is count more; None where it has other histograms, which lie side by side, so that no more can be added."""
        panel, handle = self._shared[same]
        if handle.hists and not set(metrics) <= {metric for metric, _ in handle.hists}:
            return None
        panel[lay.PANEL_ERRORS] |= errors
        panel[lay.PANEL_OUTCOMES] |= outcomes
        panel[lay.PANEL_COUNT_VIEWS] = max(panel[lay.PANEL_COUNT_VIEWS], counted)
        if metrics and not handle.hists:
            panel[lay.PANEL_FIRST_HIST], panel[lay.PANEL_N_HISTS] = len(self._hists), len(metrics)
            handle = replace(handle, hists=self._add_hists(metrics, handle.groups))
            self._shared[same] = panel, handle
        return handle

    def _same_session_part(self, keys: Sequence[Key], session_remap: Remap | None, variant: int) -> bool:
        """Tell whether the panel before groups sessions alike, by the very same keys."""
        part = (*(key for key in keys if key.level == "session"), session_remap, variant)
        before, self._session_part = self._session_part, part
        return len(part) == len(before) and all(a is b for a, b in zip(part, before, strict=True))

    def _add_hists(
        self, metrics: tuple[str, ...], groups: int, coarse: CoarseBins | None = None
    ) -> tuple[tuple[str, int], ...]:
        places: list[tuple[str, int]] = []
        lut, codes = (lay.IDENTITY, N_CODES) if coarse is None else (self.keys.lut(coarse.of), len(coarse.middles))
        for metric in metrics:
            places.append((metric, self.hist_size))
            self._hists.append([self._columns.page_view(metric), self.hist_size, lut, codes])
            self.hist_size += groups * codes
        return tuple(places)


def _same(keys: Sequence[Key], variant: int, spans: int) -> Any:
    """Return what tells panels that may be one, None for one of its own."""
    if any(key.bins is not None or key.virtual is not None or key.runs is not None for key in keys):
        return None
    return tuple((key.name, key.level) for key in keys), variant, spans
