"""Sums over the views of the moment equations (see ``analysis/causal/moments``): the NumPy reference.

``moments_compiled`` does the same in one pass over the views; ``estimator.moments()`` says which of them serves. Parameters theta: site slope, bends,
page groups, device types. Equations: page groups (of first and of later views), device types, bends. Session i's views are ``starts[i]`` to
``starts[i + 1]`` - 1; ``group`` and ``device`` are slots with a slope of their own, -1 = none; ``by_group`` and ``by_device`` are the equations that a
view's slope goes into, -1 = none; its bends go into the equations from ``bends_at`` on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def undone(
    starts: I64, outcome: F64, functions: F64, group: I64, device: I64, theta: F64, groups: int, out: F64
) -> None:  # fmt: skip
    """Put into ``out`` (m,) what would have come of each view's session had it and all later ones had the reference speed.

    Args:
        outcome: (n,) conversions. ``functions``: (m, 1 + bends) of the views' ln load. ``groups``: how many page groups have a slope of their own.
    """
    bends = functions.shape[1] - 1
    of_group = np.append(theta[1 + bends : 1 + bends + groups], 0.0)
    of_device = np.append(theta[1 + bends + groups :], 0.0)
    gamma = (theta[0] + of_group[group] + of_device[device]) * functions[:, 0] + functions[:, 1:] @ theta[1 : 1 + bends]
    owner = _owner(starts)
    out[:] = outcome[owner] * np.exp(-_from_here(gamma[:, None], starts, owner)[:, 0])


def instrument_sums(by_group: I64, by_device: I64, residual: F64, bends_at: int, factor: F64, out: F64) -> None:
    """Add to ``out`` (equations,) every view's instruments ``residual`` (m, 1 + bends) times ``factor`` (m,)."""
    for place, amount in _terms(by_group, by_device, residual, bends_at):
        used = place >= 0
        out += np.bincount(place[used], (amount * factor)[used], len(out))


def derivative(
    starts: I64, by_group: I64, by_device: I64, residual: F64, carry: F64, group: I64, device: I64, bends_at: int,
    factor: F64, groups: int, out: F64,
) -> None:  # fmt: skip
    """Subtract from ``out`` (equations, parameters) instrument x ``factor`` x how a view's unexplained speed goes into this and the later gammas.

    What a view's speed says of the session's later ones is ``carry`` (m,) times its residual: products of single residuals would be noise in the
    derivative, and noise there draws every estimate towards zero.
    """
    line = np.zeros_like(residual)
    line[:, 0] = 1.0
    one, owner = _gradient(line, group, device, groups, out.shape[1]), _owner(starts)
    later = _from_here(one, starts, owner) - one
    after = _gradient(residual, group, device, groups, out.shape[1]) + (carry * residual[:, 0])[:, None] * later
    for place, amount in _terms(by_group, by_device, residual, bends_at):
        used = place >= 0
        np.subtract.at(out, place[used], (amount * factor)[used, None] * after[used])


def influence_squares(
    starts: I64, weight: F64, by_group: I64, by_device: I64, residual: F64, bends_at: int, factor: F64,
    group: I64, surprise: F64, equations: int, out: F64,
) -> None:  # fmt: skip
    """Add to ``out`` (equations + groups, the same) the squares and products of what each session adds to the equations, and to the next step's.

    Args:
        weight: (n,) of the session. ``factor``: (m,) of the instruments. ``surprise``: (m,) of the slope's, in the next step's equations.
    """
    sessions, owner = len(weight), _owner(starts)
    found = np.zeros((sessions, len(out)))
    for place, amount in _terms(by_group, by_device, residual, bends_at):
        used = place >= 0
        np.add.at(found, (owner[used], place[used]), (amount * factor)[used])
    own = group >= 0
    np.add.at(found, (owner[own], equations + group[own]), (residual[:, 0] * surprise)[own])
    found *= weight[:, None]
    out += found.T @ found


def next_step(
    starts: I64, weight: F64, group: I64, residual: F64, surprise: F64, value: F64, sums: F64, squares: F64
) -> None:  # fmt: skip
    """Add to ``sums`` (groups,) weight x Z x surprise, and to ``squares`` weight x Z^2 x value, Z being the slope's instrument."""
    own = group >= 0
    weighted = weight[_owner(starts)[own]] * residual[own, 0]
    sums += np.bincount(group[own], weighted * surprise[own], len(sums))
    squares += np.bincount(group[own], weighted * residual[own, 0] * value[own], len(sums))


def weigh(key: I64, cell: I64, amount: F64, columns: F64, out: F64) -> None:
    """Add to ``out`` (keys, c), row ``key`` (R,), an amount (R,) times row ``cell`` (R,) of ``columns`` (cells, c)."""
    for c in range(columns.shape[1]):
        out[:, c] += np.bincount(key, amount * columns[cell, c], len(out))


def _terms(by_group: I64, by_device: I64, residual: F64, bends_at: int) -> list[tuple[I64, F64]]:
    terms = [(by_group, residual[:, 0]), (by_device, residual[:, 0])]
    terms.extend((np.full(len(residual), bends_at + k), residual[:, 1 + k]) for k in range(residual.shape[1] - 1))
    return terms


def _gradient(functions: F64, group: I64, device: I64, groups: int, parameters: int) -> F64:
    bends = functions.shape[1] - 1
    found = np.zeros((len(functions), parameters))
    found[:, : 1 + bends] = functions
    for slot, first in ((group, 1 + bends), (device, 1 + bends + groups)):
        own = np.flatnonzero(slot >= 0)
        found[own, first + slot[own]] = functions[own, 0]
    return found


def _from_here(values: F64, starts: I64, owner: I64) -> F64:
    """The sum of ``values`` (m, k) over each view and the later ones of its session."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    result: F64 = total[starts[1:]][owner] - total[:-1]
    return result


def _owner(starts: I64) -> I64:
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))
