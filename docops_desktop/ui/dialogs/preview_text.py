"""What the import preview says of a file: the reader's findings put into words and rows. No widget."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docops_desktop.model.evidence import EVIDENCE
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import rows
from docops_desktop.ui.dialogs.mapping.words import encoding_word
from docops_desktop.ui.i18n import tr, tr_n

if TYPE_CHECKING:
    from docops_desktop.ingest.preview import Preview

CERTAIN, LIKELY, UNRECOGNISED = 0.9, 0.6, 0.5
"""Below the last one the import layer itself says that the system is not recognised."""
_COMMAND_ADVICE = re.compile(r"Name the columns' targets in a mapping file.*?\(--adapter NAME\)")
_ENCODING_ADVICE = "name the encoding (--encoding)"
_CODEC = re.compile(r"\b[a-z]+[-_]?\d[\w-]*\b")


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column of the export: its name, what it becomes, the unit, kind and treatment of personal data, and first values."""

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
        encoding: how the text is encoded, and how sure that is; "" = it is no text.
        reading: how the file is read, where its layout is known from, and what is unsure about it.
        outcome: what an import of the rows that were looked at would do.
        warning: what the user should look at before importing, or "".
    """

    system: str
    sure: str
    encoding: str
    grain: str
    reading: str
    outcome: str
    warning: str
    columns: tuple[ColumnText, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def preview_text(preview: Preview, level: str = "strict") -> PreviewText:
    """Word a Preview of the import layer, for a privacy level."""
    columns = tuple(_column(preview, position, name, level) for position, name in enumerate(preview.header))
    unmapped = sum(not column.target for column in columns)
    warning = " ".join(_sentence(_in_window(text)) for text in preview.warnings)
    if columns and unmapped == len(columns):
        nothing = tr("No column was recognised: nothing could be loaded. Is this an export of one of your systems?")
        letters = [_sentence(_in_window(text)) for text in preview.warnings if _ENCODING_ADVICE in text]
        warning = " ".join((nothing, *letters))
    elif UNRECOGNISED <= preview.confidence < LIKELY:
        warning = " ".join((warning, _guess())).strip()
    return PreviewText(
        preview.system or preview.adapter or tr("not recognised"),
        _sure(preview.confidence),
        _encoding(preview),
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


def _guess() -> str:
    return tr("The system was only guessed from column names. Check below what each column becomes.")


def _in_window(text: str) -> str:
    """The import layer advises those who type commands; here the remedy is at hand."""
    advice = tr("Choose below what the columns become, or above what one row is and whose export it is")
    if _ENCODING_ADVICE in text:
        named = _CODEC.sub(lambda codec: encoding_word(codec[0]), text)
        return named.replace(_ENCODING_ADVICE, tr("choose another one under Encoding"))
    return _COMMAND_ADVICE.sub(advice, text)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _column(preview: Preview, position: int, name: str, level: str) -> ColumnText:
    known = {column.name: column for column in preview.columns}.get(name)
    personal = tr("personal data") if name in preview.personal_data else ""
    if known is not None and known.personal:
        done = known.treatment.get(level, "")
        personal = done if done.startswith(known.personal) else f"{known.personal}: {done}".rstrip(": ")
    seen = dict.fromkeys(row[position] for row in preview.rows if position < len(row) and row[position])
    examples = ",  ".join(str(value)[:40] for value in list(seen)[:3])
    return ColumnText(name, known.target if known else "", known.unit if known else "", personal, examples)


def _encoding(preview: Preview) -> str:
    if not preview.encoding_evidence:
        return ""
    return f"{encoding_word(preview.encoding)}, {preview.encoding_evidence}"


def _reading(preview: Preview) -> str:
    parts = []
    if preview.delimiter:
        names = {",": tr("comma"), ";": tr("semicolon"), "\t": tr("tab"), "|": tr("bar")}
        parts.append(tr("separated by {sign}").format(sign=names.get(preview.delimiter, repr(preview.delimiter))))
    if preview.preamble_lines:
        parts.append(tr_n(preview.preamble_lines, "%n line before the header", "%n lines before the header"))
    if preview.footer_lines:
        parts.append(tr_n(preview.footer_lines, "%n line after the data", "%n lines after the data"))
    known = EVIDENCE.get(preview.evidence, "")
    told = [", ".join(parts), tr("Layout known from {source}").format(source=known) if known else "", preview.note]
    return " ".join(_sentence(text) for text in told if text)


def _outcome(preview: Preview) -> str:
    seen = preview.estimate
    if not seen.read:
        return ""
    words = tr("Of the first {n}: {loaded} would be loaded, {filtered} filtered, {rejected} rejected")
    figures = {"n": seen.read, "loaded": seen.loaded, "filtered": seen.filtered, "rejected": seen.quarantined}
    worded = {name: fmt.exact(figure) for name, figure in figures.items()}
    text = words.format(**{**worded, "n": rows(seen.read, fmt.exact)})
    reasons = "; ".join(f"{fmt.exact(number)} {reason}" for reason, number in seen.reasons.items())
    return f"{text} ({reasons})" if reasons else text
