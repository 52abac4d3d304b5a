"""The shape of the effect: slope and bends over ln load, and which parameters a view's effect is made of.

gamma(view) = (site + page group + device type) * x + sum over bends; x = ln load - reference. The bends are measured off the straight line, so that
without bends the slope is the average one. Knows no data beyond the numbers that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Basis:
    """Functions of ln load.

    Attributes:
        reference: ln ms at which every function is centred, and at which the effect is counted as none.
        knots: (q,) ln ms where the curve may bend.
        tilt: (q,) slope of each bend's own straight line, taken out of it.
    """

    reference: float
    knots: Floats
    tilt: Floats

    @property
    def size(self) -> int:
        """Number of functions: the slope and the bends."""
        return 1 + len(self.knots)

    def __call__(self, log_load: Floats) -> Floats:
        """Return (..., size) for ln load (...)."""
        x = log_load - self.reference
        bends = [
            np.maximum(log_load - knot, 0.0) - max(self.reference - knot, 0.0) - tilt * x
            for knot, tilt in zip(self.knots, self.tilt, strict=True)
        ]
        return np.stack([x, *bends], axis=-1)


@dataclass(frozen=True)
class Parameters:
    """Where each parameter lies in the vector theta: site slope, bends, page groups, device types (the first is the rest of them).

    Attributes:
        bends: number of bends. ``groups``: page groups with a slope of their own. ``devices``: device types with one.
    """

    bends: int
    groups: int
    devices: int

    @property
    def size(self) -> int:
        """Length of theta."""
        return 1 + self.bends + self.groups + self.devices

    @property
    def kinds(self) -> tuple[slice, slice, slice, slice]:
        """Slices of theta: site, bends, page groups, device types; all but the first have one prior width each."""
        bends, groups = 1 + self.bends, 1 + self.bends + self.groups
        return slice(0, 1), slice(1, bends), slice(bends, groups), slice(groups, self.size)

    def gradient(self, functions: Floats, group: Ints, device: Ints) -> Floats:
        """Return d gamma / d theta (m, size) of views with basis values (m, 1 + bends); group or device -1 = none of its own."""
        m = len(functions)
        found = np.zeros((m, self.size))
        found[:, : 1 + self.bends] = functions
        rows = np.arange(m)
        own = group >= 0
        found[rows[own], 1 + self.bends + group[own]] = functions[own, 0]
        own = device >= 0
        found[rows[own], 1 + self.bends + self.groups + device[own]] = functions[own, 0]
        return found

    def value(self, theta: Floats, functions: Floats, group: Ints, device: Ints) -> Floats:
        """Return gamma (m,) of views."""
        slope = np.full(len(functions), theta[0])
        of_group = np.append(theta[1 + self.bends : 1 + self.bends + self.groups], 0.0)
        of_device = np.append(theta[1 + self.bends + self.groups :], 0.0)
        slope += of_group[group] + of_device[device]
        result: Floats = slope * functions[:, 0] + functions[:, 1:] @ theta[1 : 1 + self.bends]
        return result


def basis_for(log_load: Floats, weight: Floats, quantiles: tuple[float, ...] = (0.3, 0.75)) -> Basis:
    """Place the knots at quantiles of the views' ln load, and take the straight line out of each bend."""
    sample = log_load[:: max(1, len(log_load) // 200_000)]
    w = weight[:: max(1, len(log_load) // 200_000)]
    reference = float(np.average(sample, weights=w))
    knots = np.unique(np.quantile(sample, quantiles))
    x = sample - reference
    tilt = []
    for knot in knots:
        bend = np.maximum(sample - knot, 0.0)
        tilt.append(float((w * x * (bend - np.average(bend, weights=w))).sum() / max((w * x * x).sum(), 1e-12)))
    return Basis(reference, knots, np.asarray(tilt))
