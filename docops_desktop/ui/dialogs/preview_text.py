"""What the import preview says of a file: the reader's findings put into words and rows. No widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr, tr_n

CERTAIN, LIKELY = 0.9, 0.6


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column of the export: its name, what it becomes, the unit, what is done to personal data, and first values."""

    name: str
    target: str
    unit: str
    personal: str
    examples: str


@dataclass(frozen=True, slots=True)
class PreviewText:
    """All that the dialog shows.

    Attributes:
        sure: how sure the recognition is, in words with its figure.
        outcome: what an import of the rows that were looked at would do.
        warning: what the user should look at before importing, or "".
    """

    system: str
    sure: str
    grain: str
    reading: str
    outcome: str
    warning: str
    columns: tuple[ColumnText, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def preview_text(preview: Any) -> PreviewText:
    """Word a Preview of the import layer."""
    columns = tuple(_column(preview, position, name) for position, name in enumerate(preview.header))
    unmapped = sum(not column.target for column in columns)
    warning = ""
    if columns and unmapped == len(columns):
        warning = tr("No column was recognised: nothing could be loaded. Is this an export of one of your systems?")
    elif preview.confidence < LIKELY:
        warning = tr("The system was only guessed from column names. Check below what each column becomes.")
    return PreviewText(
        preview.adapter or tr("not recognised"),
        _sure(preview.confidence),
        str(preview.grain).replace("_", " "),
        _reading(preview),
        _outcome(preview),
        warning,
        columns,
        tuple(preview.header),
        tuple(tuple("" if cell is None else str(cell) for cell in row) for row in preview.rows),
    )


def _sure(confidence: float) -> str:
    word = tr("certain") if confidence >= CERTAIN else tr("likely") if confidence >= LIKELY else tr("a guess")
    return f"{word} ({fmt.percent(confidence, 0)})"


def _column(preview: Any, position: int, name: str) -> ColumnText:
    target, unit = _target(preview.mapping.get(name, ""))
    unit = unit or str(dict(getattr(preview, "units", {})).get(name, ""))
    personal = tr("personal data") if name in preview.personal_data else ""
    seen = dict.fromkeys(row[position] for row in preview.rows if position < len(row) and row[position])
    return ColumnText(name, target, unit, personal, ",  ".join(str(value)[:40] for value in list(seen)[:3]))


def _target(mapped: Any) -> tuple[str, str]:
    if isinstance(mapped, Mapping):
        return str(mapped.get("target", "")), str(mapped.get("unit", ""))
    text = str(mapped or "")
    if text.endswith("]") and " [" in text:
        target, _, unit = text[:-1].partition(" [")
        return target, unit
    return text, ""


def _reading(preview: Any) -> str:
    parts = [str(preview.encoding)]
    if preview.delimiter:
        names = {",": tr("comma"), ";": tr("semicolon"), "\t": tr("tab"), "|": tr("bar")}
        parts.append(tr("separated by {sign}").format(sign=names.get(preview.delimiter, repr(preview.delimiter))))
    if preview.preamble_lines:
        parts.append(tr_n(preview.preamble_lines, "%n line before the header", "%n lines before the header"))
    if preview.footer_lines:
        parts.append(tr_n(preview.footer_lines, "%n line after the data", "%n lines after the data"))
    return ", ".join(parts)


def _outcome(preview: Any) -> str:
    estimate = getattr(preview, "estimate", None)
    if estimate is None:
        return ""
    read = estimate if isinstance(estimate, Mapping) else {name: getattr(estimate, name, 0) for name in _ESTIMATE}
    loaded, filtered, rejected = (_number(read.get(name, 0)) for name in _ESTIMATE)
    words = tr("Of the first {n} rows: {loaded} would be loaded, {filtered} filtered, {rejected} rejected")
    figures = {"n": loaded + filtered + rejected, "loaded": loaded, "filtered": filtered, "rejected": rejected}
    return words.format(**{name: fmt.exact(figure) for name, figure in figures.items()})


_ESTIMATE = ("loaded", "filtered", "quarantined")


def _number(value: Any) -> int:
    return sum(int(part) for part in value.values()) if isinstance(value, Mapping) else int(value)
