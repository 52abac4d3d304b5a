"""The columns of the ledger and of the quarantine: how an import and a rejected row are worded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import rows
from docops_desktop.ui.dialogs.mapping.words import grain_word
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models.columns import Column


def ledger_columns(zone: str) -> tuple[Column[Any], ...]:
    """Return the columns of the imports table (rows: the store's ImportRecord); times in ``zone``."""
    return (
        Column(
            "file_name",
            tr("File"),
            tr("Name of the imported file; of a followed one, which part of it"),
            file_text,
            lambda record: record.file_name.casefold(),
            numeric=False,
            tooltip=_ledger_tip,
        ),
        Column(
            "span",
            tr("Data from – to"),
            tr("Span of the rows' own times"),
            lambda record: _days(record, zone),
            lambda record: record.first_time_ms,
            numeric=False,
            tooltip=lambda record: _span(record, zone),
        ),
        _count("rows_read", tr("Read"), tr("Rows in the file; read = loaded + filtered + rejected")),
        _count("rows_loaded", tr("Loaded"), tr("Rows that are in the workspace"), tip=_loaded_tip),
        _count("rows_filtered", tr("Filtered"), tr("Rows left out on purpose, by reason"), tip=_filtered_tip),
        _count("rows_quarantined", tr("Rejected"), tr("Rows that could not be read; the table beneath shows them")),
        _text("adapter", tr("System"), tr("Adapter that read the file")),
        Column(
            "imported_at_ms",
            tr("Imported"),
            tr("When it was imported"),
            lambda record: fmt.minute(record.imported_at_ms, zone),
            lambda record: record.imported_at_ms,
            numeric=False,
            tooltip=lambda record: fmt.moment(record.imported_at_ms, zone),
        ),
        Column(
            "grain",
            tr("Grain"),
            tr("What one row of the export is"),
            lambda record: grain_word(record.grain),
            lambda record: record.grain,
            numeric=False,
        ),
    )


def file_text(record: Any) -> str:
    """Return the file's name; of a part of a followed file that begins behind its start, also which bytes it is."""
    first, last = record.mapping.get("followed", {}).get("bytes", (0, 0))
    name = " ".join(record.file_name.split())
    return (
        tr("{file} (bytes {first} – {last})").format(file=name, first=fmt.exact(first), last=fmt.exact(last))
        if first
        else name
    )


def quarantine_columns(files: Mapping[int, str]) -> tuple[Column[Any], ...]:
    """Return the columns of the rejected rows; ``files`` names each import's file."""

    def file_of(row: Any) -> str:
        return files.get(row.import_id, str(row.import_id))

    return (
        Column("file", tr("File"), "", file_of, file_of, numeric=False),
        Column(
            "line",
            tr("Line"),
            tr("Line in the file; empty when it is not known"),
            lambda row: fmt.exact(row.line) if row.line else "",
            lambda row: row.line,
        ),
        _text("reason", tr("Reason"), tr("Why it could not be loaded"), tip=lambda row: row.reason),
        _text("record", tr("Row as read"), tr("The row's own text"), tip=lambda row: row.record[:2000]),
    )


def _text(name: str, label: str, definition: str, tip: Any = None) -> Column[Any]:
    def read(row: Any) -> str:
        return " ".join(str(getattr(row, name)).split())

    return Column(name, label, definition, read, lambda row: read(row).casefold(), numeric=False, tooltip=tip or read)


def _count(name: str, label: str, definition: str, tip: Any = None) -> Column[Any]:
    def read(row: Any) -> str:
        return fmt.exact(getattr(row, name))

    return Column(name, label, definition, read, lambda row: getattr(row, name), tooltip=tip or (lambda _: definition))


def _days(record: Any, zone: str) -> str:
    """The span in dates, that of one day in minutes: the tooltip has the times in full."""
    first, last = record.first_time_ms, record.last_time_ms
    return fmt.missing() if first is None or last is None else fmt.dates(first, last, zone)


def _span(record: Any, zone: str) -> str:
    if record.first_time_ms is None or record.last_time_ms is None:
        return fmt.missing()
    return fmt.span(TimeSpan(record.first_time_ms, record.last_time_ms), zone)


def _loaded_tip(record: Any) -> str:
    lines = [tr("Rows that are in the workspace")]
    if record.rows_superseded:
        superseded = record.rows_superseded
        one = "%n of its rows does not count: another download has the same record"
        lines.append(tr_n(superseded, one, "%n of its rows do not count: another download has the same records"))
    if record.rows_replaced:
        replaced = rows(record.rows_replaced, fmt.exact)
        lines.append(tr("Counts instead of {rows} of other downloads").format(rows=replaced))
    return "\n".join(lines)


def _filtered_tip(record: Any) -> str:
    return "\n".join(f"{fmt.exact(number)}  {reason}" for reason, number in record.filtered.items())


def _ledger_tip(record: Any) -> str:
    mapped = "\n".join(f"  {column}: {_mapped(target)}" for column, target in list(record.mapping.items())[:25])
    private = "\n".join(f"  {column}: {_mapped(what)}" for column, what in record.privacy.items())
    parts = [f"{record.file_name}\nSHA-256 {record.sha256}"]
    if mapped:
        parts.append(tr("Columns") + f"\n{mapped}")
    if private:
        parts.append(tr("Personal data") + f"\n{private}")
    return "\n".join(parts)


def _mapped(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)
