"""Converting sessions' views as additive cells, so that an answer costs the same for a thousand sessions and for ten million.

A cell is page group x device slot x load code. Per cell and value of a breakdown dimension: conversions, revenue and their squares, summed over views. A
change of load times is a number per cell; what several changed views of one session do together is read from a sample of sessions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.additive import sums_by
from docops_desktop.kernels import estimator
from docops_desktop.model.load_bins import N_CODES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAMPLE_SESSIONS = 4_000
MAX_TABLE = 20_000_000


@dataclass(frozen=True)
class Cells:
    """K cells that occur, V converting views.

    Attributes:
        group, device, code: (K,) page group code, device slot (-1 = none), load code of each cell.
        of_view: (V,) cell of each view; ``owner``: (V,) converting session of each view, 0 to n - 1.
        outcome, revenue: (n,) conversions and revenue of the converting sessions.
        unmeasured: (K,) views before conversion per measured one of that page group.
        place: (K,) where the cell's sessions stand in a split, 0 without one.
        sample_owner, sample_cell: views of some sessions; ``sample_scale``: sessions per sampled one.
    """

    group: Ints
    device: Ints
    code: Ints
    of_view: Ints
    owner: Ints
    outcome: Floats
    revenue: Floats
    unmeasured: Floats
    sample_owner: Ints
    sample_cell: Ints
    sample_sessions: Ints
    place: Ints

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.group)

    def split(self, place: Ints, places: int) -> Cells:
        """Return the cells of each place of the sessions (n,), 0 to ``places`` - 1, one after the other."""
        k = self.size
        return replace(
            self,
            group=np.tile(self.group, places),
            device=np.tile(self.device, places),
            code=np.tile(self.code, places),
            of_view=self.of_view + k * place[self.owner],
            unmeasured=np.tile(self.unmeasured, places),
            sample_cell=self.sample_cell + k * place[self.sample_sessions[self.sample_owner]],
            place=np.repeat(np.arange(places), k),
        )

    def sums(self, keys: Ints, size: int) -> Breakdown:
        """Return the cells' sums by a key of the session (n,), 0 to ``size`` - 1."""
        used, place = _compact(keys[self.owner] * self.size + self.of_view, size * self.size)
        amounts = (self.outcome, self.revenue, self.outcome**2, self.revenue**2)
        a, b, c, d = (sums_by(place, amount[self.owner], len(used)) for amount in amounts)
        return Breakdown(used // self.size, used % self.size, a, b, c, d, size)


@dataclass(frozen=True)
class Breakdown:
    """Sums by (key, cell), only the pairs that occur: (R,) each."""

    key: Ints
    cell: Ints
    conversions: Floats
    revenue: Floats
    conversions_squared: Floats
    revenue_squared: Floats
    keys: int

    def weigh(self, amount: Floats, columns: Floats) -> Floats:
        """Return (keys, c) sums of an amount (R,) times its cell's columns (K, c)."""
        out = np.zeros((self.keys, columns.shape[1]))
        estimator.moments().weigh(self.key, self.cell, amount, np.ascontiguousarray(columns), out)
        return out


def cells_of(
    group: Ints, device: Ints, code: Ints, owner: Ints, outcome: Floats, revenue: Floats, unmeasured: Floats
) -> Cells:
    """Group the converting sessions' views (V,) into cells; ``device`` -1 = no slope of its own; ``unmeasured`` by page group code."""
    devices = int(device.max(initial=-1)) + 2
    packed = (group * devices + device + 1) * N_CODES + code
    used, of_view = _compact(packed, (int(group.max(initial=0)) + 1) * devices * N_CODES)
    cell_group = used // N_CODES // devices
    n = len(outcome)
    taken = np.zeros(n, dtype=bool)
    taken[np.random.default_rng(1).permutation(n)[:SAMPLE_SESSIONS]] = True
    row, kept = np.cumsum(taken) - 1, taken[owner]
    return Cells(
        cell_group,
        used // N_CODES % devices - 1,
        used % N_CODES,
        of_view,
        owner,
        outcome,
        revenue,
        unmeasured[cell_group] if len(cell_group) else np.zeros(0),
        row[owner[kept]],
        of_view[kept],
        np.flatnonzero(taken),
        np.zeros(len(used), dtype=np.int64),
    )


def _compact(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the codes that occur, sorted, and each code's place among them; codes are below ``size``."""
    if size > MAX_TABLE:
        used, place = np.unique(codes, return_inverse=True)
        return used.astype(np.int64), place.astype(np.int64)
    occurs = np.zeros(size, dtype=bool)
    occurs[codes] = True
    rank = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs), rank[codes]
