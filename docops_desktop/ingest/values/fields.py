"""Parsed fields of a block by target: times, durations, counts, flags, money; what can't be read rejects its row with the column's name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.context import Context, first_filled
from docops_desktop.ingest.values.distinct import coded, decoded, each
from docops_desktop.ingest.values.numbers import (
    as_floats,
    parse_numbers,
    plain_numbers,
    scaled,
    state_sign,
    to_minor_units,
    to_whole,
)
from docops_desktop.ingest.values.times import parse_times, times_at_once
from docops_desktop.ingest.values.values import Bools, Cells, Column, Rejects, as_bools
from docops_desktop.store.currency import minor_digits

DAY_MS = 86_400_000
COUNT_LIMIT = 2**31 - 1
_FACTORS = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_YES = r"^(?i:true|yes|y|t|on|converted|won|completed)$"
_NO = r"^(?i:false|no|n|f|off|none)$"


def _sound_codes(texts: Any) -> Any:
    codes = pc.utf8_upper(texts)
    return pc.if_else(pc.match_substring_regex(codes, r"^[A-Z]{3}$"), codes, pa.scalar(None, pa.string()))


class Fields:
    """Reads the fields of one block."""

    def __init__(self, context: Context, cells: Cells, rejects: Rejects) -> None:
        self._context = context
        self._cells = cells
        self._rejects = rejects
        self._typed = context.layout.typed

    def time(self, target: str = "time", *, required: bool = True, zone: str | None = None) -> Any:
        """Return UTC epoch ms; rows without a time are rejected when it is ``required``."""
        found: list[Any] = []
        for column in self._cells.sources(target):
            source = column.source
            at_once = times_at_once(column, self._context.decisions, zone or self._context.zone)
            if at_once is not None:
                found.append(at_once)
                continue
            times, bad = parse_times(
                column.coded,
                source.column,
                self._context.decisions,
                zone=zone or self._context.zone,
                unit=source.unit,
                format_text=source.format,
            )
            found.append(times)
            if found[:-1]:
                bad &= as_bools(pc.is_null(first_filled(found[:-1])))
            self._rejects.add(bad, f"unreadable time in {source.column!r}")
        times = first_filled(found) if found else pa.nulls(self._cells.rows, pa.int64())
        if required:
            self._rejects.add(as_bools(pc.is_null(times)), "no time")
        return times

    def duration(self, target: str, limit_ms: int = DAY_MS) -> Any:
        """Return whole milliseconds (null = not measured); an unreadable, negative or endless one rejects its row."""
        found: list[Any] = []
        for column in self._cells.sources(target):
            source = column.source
            numbers = self._numbers(column)
            unit = source.unit or self._unit(source.column, numbers)
            factor = _FACTORS[unit]
            whole, outside = to_whole(scaled(numbers, factor), limit_ms)
            self._rejects.add(outside, f"{source.column!r} is negative or longer than a day")
            found.append(whole)
        return first_filled(found) if found else pa.nulls(self._cells.rows, pa.int64())

    def number(self, target: str, low: float, high: float, *, whole: bool = False) -> Any:
        """Return float64 (null = not there); values outside ``low``..``high`` reject their row."""
        found: list[Any] = []
        for column in self._cells.sources(target):
            source = column.source
            numbers = as_floats(self._numbers(column, whole=whole))
            outside = pc.or_(pc.less(numbers, low), pc.greater(numbers, high))
            self._rejects.add(as_bools(outside), f"{source.column!r} is out of range")
            found.append(pc.if_else(pc.fill_null(outside, True), pa.scalar(None, pa.float64()), numbers))
        return first_filled(found) if found else pa.nulls(self._cells.rows, pa.float64())

    def count(self, target: str) -> Any:
        """Return whole numbers from 0 (null = not there)."""
        whole, _ = to_whole(self.number(target, 0, COUNT_LIMIT, whole=True), COUNT_LIMIT)
        return whole

    def flag(self, target: str) -> Any:
        """Return counts of a flag (yes = 1) or of a count column, null = not there."""
        found: list[Any] = []
        for column in self._cells.sources(target):
            source = column.source
            if column.whole is not None:
                state_sign(source.column, self._context.decisions, decimal=self._decimal(source), typed=self._typed)
                whole, outside = to_whole(column.whole, COUNT_LIMIT)
            else:
                whole, outside = self._words_and_counts(column)
            self._rejects.add(outside, f"{source.column!r} is out of range")
            found.append(whole)
        return first_filled(found) if found else pa.nulls(self._cells.rows, pa.int64())

    def _words_and_counts(self, column: Column) -> tuple[Any, Bools]:
        source, texts = column.source, column.coded
        yes = pc.fill_null(pc.match_substring_regex(texts.dictionary, _YES), False)
        no = pc.fill_null(pc.match_substring_regex(texts.dictionary, _NO), False)
        words = pc.or_(yes, no)
        counts = each(texts, lambda distinct: pc.if_else(words, pa.scalar(None, pa.string()), distinct))
        numbers, bad = parse_numbers(
            counts, source.column, self._context.decisions, decimal=self._decimal(source), typed=self._typed
        )
        self._rejects.add(bad, f"{source.column!r} is neither yes, no nor a count")
        whole, outside = to_whole(numbers, COUNT_LIMIT)
        said = pc.if_else(words, pc.cast(yes, pa.int64()), pa.scalar(None, pa.int64()))
        return pc.coalesce(pc.take(said, texts.indices), whole), outside

    def money(self, target: str, currencies: Any) -> Any:
        """Return whole minor units of each row's currency, coded as by ``currencies`` (null = not there)."""
        found: list[Any] = []
        for column in self._cells.sources(target):
            source, rows = column.source, column.coded.indices
            plain = plain_numbers(
                column.coded.dictionary,
                source.column,
                self._context.decisions,
                decimal=self._decimal(source),
                typed=self._typed,
            )
            unreadable = pc.and_(pc.is_valid(rows), pc.take(pc.is_null(plain), rows))
            self._rejects.add(as_bools(unreadable), f"unreadable amount in {source.column!r}")
            total = pa.nulls(self._cells.rows, pa.int64())
            for number, code in enumerate(currencies.dictionary.to_pylist()):
                amounts, outside = to_minor_units(plain, minor_digits(code), source.unit)
                in_this = rows
                if len(currencies.dictionary) > 1:
                    in_this = pc.if_else(pc.equal(currencies.indices, number), rows, pa.scalar(None, rows.type))
                self._rejects.add(as_bools(pc.take(pa.array(outside), in_this)), f"{source.column!r} is out of range")
                total = pc.coalesce(pc.take(amounts, in_this), total)
            found.append(total)
        return first_filled(found) if found else pa.nulls(self._cells.rows, pa.int64())

    def currencies(self, target: str = "revenue") -> Any:
        """Return each row's currency code, coded ("" = not known): its own column, the amount's header, the adapter."""
        fallback = self._context.spec.currency or self._context.currency
        for column in self._cells.sources(target):
            fallback = column.source.currency or fallback
        if not self._cells.has("currency"):
            nothing = np.zeros(self._cells.rows, dtype=np.int32)
            return pa.DictionaryArray.from_arrays(pa.array(nothing), pa.array([fallback]))
        named = decoded(each(self._cells.coded("currency"), _sound_codes))
        return coded(pc.fill_null(named, fallback))

    def _numbers(self, column: Column, *, whole: bool = False) -> Any:
        """Return a column's numbers, int64 when all are plain digits, else float64; unreadable cells reject their row."""
        source, decimal = column.source, self._decimal(column.source)
        if column.whole is not None:
            state_sign(source.column, self._context.decisions, decimal=decimal, typed=self._typed)
            return column.whole
        numbers, bad = parse_numbers(
            column.coded, source.column, self._context.decisions, decimal=decimal, typed=self._typed, whole=whole
        )
        self._rejects.add(bad, f"unreadable number in {source.column!r}")
        return numbers

    def _decimal(self, source: Any) -> str:
        """What the adapter states of the column, else what holds for the whole file."""
        return str(source.decimal or self._context.layout.decimal)

    def _unit(self, column: str, numbers: Any) -> str:
        """Seconds or milliseconds, for the whole column: fractions below 50 can only be seconds."""
        topic = f"unit:{column}"
        known = self._context.decisions.get(topic)
        if known is not None:
            return known
        sample = np.asarray(pc.drop_null(numbers).to_numpy(zero_copy_only=False), dtype=np.float64)
        sample = sample[sample > 0]
        if not len(sample):
            return "ms"
        fractions = bool((sample != np.floor(sample)).mean() > 0.5)
        unit = "s" if fractions and float(np.median(sample)) < 50 else "ms"
        return self._context.decisions.choose(topic, unit, certain=True)
