"""Numbers of a column: plain, grouped, with percent or currency signs; the decimal sign is decided per column, never per cell.

A column whose cells leave it open (``1.234``) follows the other columns of its file; in one that counts, the sign groups digits.

Money becomes whole minor units by decimal arithmetic, never through a float.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.decisions import DECIMAL, Decisions
from docops_desktop.ingest.values.distinct import coded
from docops_desktop.ingest.values.values import Bools, as_bools

_DIGITS_OF_INT64 = 18
_PLAIN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_CERTAIN_POINT = re.compile(
    r",\d{3}(?:,\d{3})*\.\d|^-?\d*\.(?:\d{1,2}|\d{4,})$|^-?\d{1,3}(?:,\d{3}){2,}$|^-?(?:0|\d{4,})\.\d+$"
)
_CERTAIN_COMMA = re.compile(
    r"\.\d{3}(?:\.\d{3})*,\d|^-?\d*,(?:\d{1,2}|\d{4,})$|^-?\d{1,3}(?:\.\d{3}){2,}$|^-?(?:0|\d{4,}),\d+$"
)
_SIGNS = re.compile(
    r"^(?:[A-Z]{2,3}|[A-Z]{0,2}[$€£¥₹₽₩₺฿])?\s*([+-]?)\s*(?:[$€£¥₹₽₩₺฿])?\s*(.*?)\s*(?:%|[A-Z]{3}|[$€£¥₹₽₩₺zł฿]{1,2}|kr)?$"
)
_GROUPED_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+")
_GROUPED_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+(?:,\d*)?|,\d+")
_BLANKS = re.compile(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3})")


def parse_numbers(
    values: Any, column: str, decisions: Decisions, *, decimal: str = "", typed: bool = False, whole: bool = False
) -> tuple[Any, Bools]:
    """Return float64 with nulls, and which filled cells could not be read.

    Args:
        values: trimmed texts, null = missing.
        column: its name, for the decision.
        decisions: choices about columns.
        decimal: the decimal sign, when the adapter states it.
        typed: the format itself writes numbers with a decimal point.
        whole: only whole numbers make sense in this column.

    Raises:
        Reconsider: a guess about the decimal sign was wrong.
    """
    values = coded(values)
    texts = plain_numbers(values.dictionary, column, decisions, decimal=decimal, typed=typed, whole=whole)
    numbers = pc.cast(texts, pa.float64())
    sound = pc.fill_null(pc.is_finite(numbers), False)
    numbers = pc.take(pc.if_else(sound, numbers, pa.scalar(None, pa.float64())), values.indices)
    return numbers, as_bools(pc.and_(pc.is_valid(values.indices), pc.is_null(numbers)))


def plain_numbers(
    values: Any, column: str, decisions: Decisions, *, decimal: str = "", typed: bool = False, whole: bool = False
) -> Any:
    """Return distinct numbers as texts with a decimal point and nothing else; unreadable ones are null."""
    topic = f"decimal:{column}"
    state_sign(column, decisions, decimal=decimal, typed=typed)
    texts = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)  # what stands for an empty cell
    sign = decisions.get(topic)
    if sign is None or not decisions.is_certain(topic):
        sign = _decide(texts, topic, sign, decisions, whole=whole)
    good = pc.match_substring_regex(texts, _PLAIN)
    if sign == "," or not pc.all(good, min_count=0).as_py():
        texts = pa.array([_normal(text, sign or ".") for text in texts.to_pylist()], pa.string())
    return texts


def state_sign(column: str, decisions: Decisions, *, decimal: str = "", typed: bool = False) -> None:
    """Note the decimal sign of a column where the format or the adapter states it."""
    if typed or decimal:
        decisions.choose(f"decimal:{column}", "," if decimal == "," and not typed else ".", certain=True)


def to_minor_units(texts: Any, digits: int, unit: str = "") -> tuple[Any, Bools]:
    """Return distinct plain decimal texts as whole minor units (int64 with nulls), and which ones do not fit.

    Args:
        texts: from ``plain_numbers``.
        digits: decimal digits of the currency's minor unit.
        unit: of the cells: "" or ``major``, ``minor``, ``micros``.
    """
    shift = {"minor": 0, "micros": digits - 6}.get(unit, digits)
    at_once = _minor_units_at_once(texts, shift)
    if at_once is not None:
        return at_once, np.zeros(len(texts), dtype=bool)
    amounts: list[int | None] = []
    for text in texts.to_pylist():
        try:
            amount = int(Decimal(text).scaleb(shift).to_integral_value(ROUND_HALF_UP))
        except (InvalidOperation, ValueError, OverflowError, TypeError):
            amounts.append(None)
            continue
        amounts.append(amount if abs(amount) < 2**62 else None)
    found = pa.array(amounts, pa.int64())
    return found, as_bools(pc.and_(pc.is_valid(texts), pc.is_null(found)))


def _minor_units_at_once(texts: Any, shift: int) -> Any | None:
    """Return the amounts where none has more decimal digits than the minor unit, so that nothing is to be rounded; else None."""
    if shift < 0:
        return None
    try:
        exact = pc.cast(texts, pa.decimal128(_DIGITS_OF_INT64, shift))
    except pa.ArrowInvalid:
        return None
    valid, data = exact.buffers()
    low_halves = np.frombuffer(data or b"", "<i8")[::2].copy()  # of integers of 128 bits, which are known to fit
    return pa.Array.from_buffers(pa.int64(), len(exact), [valid, pa.py_buffer(low_halves)], offset=exact.offset)


def _decide(texts: Any, topic: str, sign: str | None, decisions: Decisions, *, whole: bool) -> str:
    filled = [text for text in texts.to_pylist()[:5_000] if text]
    marked = [_core(text)[1] for text in filled if "." in text or "," in text]
    point = any(_CERTAIN_POINT.search(text) for text in marked)
    comma = any(_CERTAIN_COMMA.search(text) for text in marked)
    if point != comma:
        decisions.show(DECIMAL, "," if comma else ".")
    if sign is None:
        if not marked:
            return "."
        if point or comma:
            return decisions.choose(topic, "." if point else ",", certain=True)
        grouping = _grouping_sign(filled, marked) if whole else ""
        if grouping:
            value = "," if grouping == "." else "."
            decisions.show(DECIMAL, value)
            return decisions.choose(topic, value, certain=True)
        return decisions.choose(topic, decisions.shown(DECIMAL) or ".", certain=False)
    if sign == "." and comma and not point:
        decisions.contradict(topic, ",")
    elif sign == "," and point and not comma:
        decisions.contradict(topic, ".")
    elif point or comma:
        decisions.confirm(topic)
    return sign


def _grouping_sign(filled: list[str], marked: list[str]) -> str:
    """Return the sign that groups the digits of whole numbers, "" when it may be a decimal one all the same.

    That is when only zeros follow it (``12.000``), or when numbers of more digits do without it.
    """
    signs = {sign for text in marked for sign in ".," if sign in text}
    ungrouped = any(text.isdigit() and len(text) > 3 for text in filled)
    return signs.pop() if len(signs) == 1 and not ungrouped and not all(text.endswith("000") for text in marked) else ""


def _core(text: str) -> tuple[str, str]:
    """Return sign and digits of a number without its currency or percent sign and without blanks between groups."""
    if text.startswith("(") and text.endswith(")"):
        inner = _SIGNS.match(text[1:-1])
        return "-", _BLANKS.sub("", inner.group(2)) if inner else text
    found = _SIGNS.match(text)
    if found is None:
        return "", text
    digits = found.group(2)
    minus = found.group(1)
    if digits[:1] in "+-" and not minus:
        minus, digits = digits[:1], digits[1:]
    return minus, _BLANKS.sub("", digits)


def _normal(text: str | None, sign: str) -> str | None:
    if text is None:
        return None
    if not text.isascii():
        text = _western(text)
    if re.match(_PLAIN, text) and sign == ".":
        return text
    minus, digits = _core(text)
    pattern = _GROUPED_COMMA if sign == "," else _GROUPED_POINT
    if not digits or not pattern.fullmatch(digits):
        return None
    bare = digits.replace(".", "").replace(",", ".") if sign == "," else digits.replace(",", "")
    return ("-" if minus == "-" else "") + bare


def _western(text: str) -> str:
    """Return a text with the digits 0 to 9 instead of those of other scripts."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def as_floats(numbers: Any) -> Any:
    """Return numbers as float64; whole ones beyond 2^53, which no figure of ours reaches, lose digits and are told as out of range later."""
    return pc.cast(numbers, pa.float64(), safe=False)


def scaled(numbers: Any, factor: float) -> Any:
    """Return numbers times a factor."""
    return numbers if factor == 1.0 else pc.multiply(as_floats(numbers), factor)


def to_whole(numbers: Any, top: int) -> tuple[Any, Bools]:
    """Round to int64; values below 0 or above ``top`` become null and are told."""
    if pa.types.is_integer(numbers.type):
        ends = pc.min_max(numbers).as_py()
        if ends["min"] is None or (ends["min"] >= 0 and ends["max"] <= top):
            return numbers, np.zeros(len(numbers), dtype=bool)
    rounded = pc.round(numbers)
    fits = pc.and_(pc.greater_equal(rounded, 0), pc.less_equal(rounded, top))
    kept = pc.if_else(pc.fill_null(fits, False), rounded, pa.scalar(None, rounded.type))
    whole = pc.cast(kept, pa.int64())
    return whole, np.asarray(as_bools(pc.and_(pc.is_valid(numbers), pc.is_null(whole))))
