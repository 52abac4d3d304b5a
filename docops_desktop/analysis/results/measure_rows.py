"""Measures of many groups as columns, read as a sequence of rows.

A refresh lists hundreds of groups and most of them are never looked at: the figures stay arrays, a row becomes an object when somebody asks for it.
Nothing here computes a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.results.common import MeasureRow


class GroupKeys(Sequence[tuple[str, ...]]):
    """The texts of G groups by dimension, put together when they are asked for.

    Args:
        codes: one array (G,) per dimension: places in that dimension's ``labels``.
    """

    def __init__(self, codes: Sequence[npt.NDArray[Any]], labels: Sequence[Sequence[str]]) -> None:
        self._codes, self._labels = tuple(codes), tuple(labels)

    def __len__(self) -> int:
        return len(self._codes[0])

    @overload
    def __getitem__(self, at: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[str, ...]]: ...
    def __getitem__(self, at: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
        if isinstance(at, slice):
            return GroupKeys([codes[at] for codes in self._codes], self._labels)
        return tuple(labels[codes[at]] for codes, labels in zip(self._codes, self._labels, strict=True))

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        columns = (
            [labels[code] for code in codes.tolist()] for codes, labels in zip(self._codes, self._labels, strict=True)
        )
        return iter(zip(*columns, strict=True))


class MeasureRows(Sequence[MeasureRow]):
    """Rows of measures, best first; equal to any other sequence of the same rows.

    Attributes:
        keys: the texts of each group.
        columns: measure -> float64 (G,), NaN where it can't be answered; rates are 0-1, money is in major units.
        whole: the measures among them that are whole numbers.
        absent: measure -> group -> why there is no answer.
    """

    __slots__ = ("_made", "absent", "columns", "keys", "whole")
    __hash__ = None  # type: ignore[assignment]  # compared by value

    def __init__(
        self,
        keys: Sequence[tuple[str, ...]],
        columns: Mapping[str, npt.NDArray[np.float64]],
        whole: frozenset[str],
        absent: Mapping[str, Mapping[int, str]],
    ) -> None:
        self.keys, self.columns, self.whole, self.absent = keys, columns, whole, absent
        self._made: tuple[MeasureRow, ...] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, at: int) -> MeasureRow: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[MeasureRow, ...]: ...
    def __getitem__(self, at: int | slice) -> MeasureRow | tuple[MeasureRow, ...]:
        if self._made is not None:
            return self._made[at]
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        place = range(len(self))[at]
        values = {name: self._value(name, column[place].item()) for name, column in self.columns.items()}
        return MeasureRow(self.keys[place], values, self._reasons(place))

    def __iter__(self) -> Iterator[MeasureRow]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __repr__(self) -> str:
        return f"MeasureRows({self._all()!r})"

    def largest(self, measure: str) -> float:
        """Return the largest amount of a measure over all groups, 0 where there is none."""
        return float(np.fmax.reduce(np.abs(self.columns[measure]), initial=0.0))

    def also_absent(self, groups: Sequence[int], reasons: Mapping[str, str]) -> MeasureRows:
        """Return the rows with ``reasons`` (by measure) given for these groups as well."""
        absent = {
            **self.absent,
            **{name: {**self.absent.get(name, {}), **dict.fromkeys(groups, why)} for name, why in reasons.items()},
        }
        return MeasureRows(self.keys, self.columns, self.whole, absent)

    def _value(self, name: str, value: float) -> float | None:
        if isnan(value):
            return None
        return int(value) if name in self.whole else value

    def _reasons(self, place: int) -> dict[str, str]:
        return {name: groups[place] for name, groups in self.absent.items() if place in groups}

    def _all(self) -> tuple[MeasureRow, ...]:
        """Make all rows at once, column by column, and keep them."""
        if self._made is None:
            columns = [self._shown(name, column) for name, column in self.columns.items()]
            values = zip(*columns, strict=True) if columns else ((),) * len(self)
            reasons: list[dict[str, str]] = [{} for _ in range(len(self))]
            for name, groups in self.absent.items():
                for place, why in groups.items():
                    reasons[place][name] = why
            self._made = tuple(
                MeasureRow(key, dict(zip(self.columns, row, strict=True)), why)
                for key, row, why in zip(self.keys, values, reasons, strict=True)
            )
        return self._made

    def _shown(self, name: str, column: npt.NDArray[np.float64]) -> list[float | None]:
        missing = np.isnan(column)
        whole = name in self.whole
        shown: list[float | None] = (np.where(missing, 0, column).astype(np.int64) if whole else column).tolist()
        for place in np.flatnonzero(missing).tolist():
            shown[place] = None
        return shown
