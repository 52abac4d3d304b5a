"""The second look of a refresh: histograms of the groups that the first look has found to be listed.

The first look has listed the sessions that it kept (``layout.Kept``), so that no clause is tested again. They are few, and the groups are many: instead of
adding to thousands of histograms, of which each is nearly empty, the codes of a group's page views are put side by side, and whoever wants a quantile
counts those of one group at a time. Nothing here chooses groups.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np

from docops_desktop.kernels import layout as lay
from docops_desktop.kernels import runner, second_look_reference, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import I64, U16, Kept, LookPlan, ScanOutput

_READ_THEM: U16 = np.zeros(0, dtype=np.uint16)


@dataclass(frozen=True, eq=False)
class Groups:
    """What was found of the G groups of a panel.

    Attributes:
        sessions: int64 (G,).
        starts: int64 (G + 1,), where each group's page views begin in ``codes``.
        codes: codes of the page views, 0 = not measured, (n,) for each histogram of the panel; in no order within a group.
    """

    sessions: I64
    starts: I64
    codes: tuple[U16, ...]


class LookOutput(ScanOutput):
    """What was found, by the panels' places in the accumulators of a pass; the baseline lies behind the window as it does there."""

    def __init__(self, groups: Mapping[int, Groups]) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        super().__init__(nothing, np.zeros(0), nothing, compiled=True)
        self.groups = groups


def kernels() -> ModuleType:
    """Return the kernels that can be called without waiting."""
    return _compiled() if warmup.ready() else second_look_reference


@cache
def _compiled() -> ModuleType:
    from docops_desktop.kernels import second_look_compiled

    return second_look_compiled


def look(
    plan: LookPlan, kept: Kept, cancel: CancelFlag, threads: int = 1, meanwhile: Callable[[], None] | None = None
) -> LookOutput:
    """Group the page views of the kept sessions for each panel.

    Args:
        plan: the panels.
        kept: the sessions.
        cancel: looked at between two panels.
        threads: how many panels are looked at at the same time.
        meanwhile: done first by this thread, while the others have begun.

    Raises:
        runner.PassCancelled: the flag was set.
    """
    sides = [
        (int(panel[lay.PANEL_ACC] + side * panel[lay.PANEL_GROUPS]), panel, int(spans))
        for panel in plan.panels
        for side, spans in enumerate(panel[[lay.PANEL_SPANS, lay.PANEL_BASELINE_SPANS]])
        if side == 0 or spans
    ]
    found: dict[int, Groups] = {}
    todo, take = iter(sides), threading.Lock()

    def work(thread: int) -> None:
        if thread == 0 and meanwhile is not None:
            meanwhile()
        while not cancel.is_set:
            with take:
                one = next(todo, None)
            if one is None:
                return
            found[one[0]] = _group(plan, kept, *one[1:])

    runner.together(work, min(threads, len(sides)))
    if cancel.is_set:
        raise runner.PassCancelled
    return LookOutput(found)


def _group(plan: LookPlan, kept: Kept, panel: I64, spans: int) -> Groups:
    blocks = kept.blocks[(kept.blocks[:, lay.BLOCK_SPANS] & spans) != 0]
    n, groups = int(blocks[:, lay.BLOCK_KEPT].sum()), int(panel[lay.PANEL_GROUPS])
    of, scratch = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.uint32)
    sessions, starts = np.zeros(groups, dtype=np.int64), np.zeros(groups + 1, dtype=np.int64)
    do = kernels()
    do.find_groups(
        plan.data, plan.columns, panel, plan.keys, plan.key_lut, plan.run_edges, plan.run_codes, blocks, kept.sessions, scratch, of,
        sessions, starts,
    )  # fmt: skip
    first, columns = panel[lay.PANEL_FIRST_HIST], []
    n_views = int(starts[-1])
    for hist in plan.hists[first : first + panel[lay.PANEL_N_HISTS]]:
        out = np.empty(n_views + lay.SLACK, dtype=np.uint16)
        places = np.concatenate([[n_views], starts[:-1]])
        column = int(hist[lay.HIST_COLUMN])
        listed = kept.codes if column == plan.load else _READ_THEM
        do.put_codes(plan.data, plan.columns, column, blocks, kept.sessions, listed, of, places, out)
        columns.append(out[:n_views])
    return Groups(sessions, starts, tuple(columns))
