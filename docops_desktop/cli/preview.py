"""``preview`` and ``adapters``: what the reader sees in a file, and which systems it knows."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli.options import ENCODING, IP_TABLE, output_options
from docops_desktop.cli.output import print_facts, print_json, print_table
from docops_desktop.model.errors import RequestError
from docops_desktop.model.evidence import EVIDENCE
from docops_desktop.model.wording import count, counted, percent

if TYPE_CHECKING:
    from docops_desktop.ingest.preview import Preview

KEYS = (
    "encoding",
    "delimiter",
    "quote",
    "preamble_lines",
    "footer_lines",
    "header",
    "adapter",
    "confidence",
    "grain",
    "mapping",
    "personal_data",
    "rows",
)
SHOWN_COLUMNS = 12
SHOWN_CHARACTERS = 40


def _row_count(_ctx: click.Context, parameter: click.Parameter, value: str) -> int | None:
    """Return the number of rows, None for "all" (a click callback)."""
    if value.isdecimal():
        return int(value)
    if value == "all":
        return None
    raise click.BadParameter(f"{value!r} is neither a number of rows nor 'all'", param_hint=parameter.opts[0])


@click.command("preview")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option(
    "--rows", callback=_row_count, default="50", show_default=True, metavar="N/all", help="How many rows to read."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print header and rows as RFC 4180 CSV in UTF-8, cells untouched.")
@click.option("--adapter", metavar="NAME", help="Read it as an export of this system.")
@click.option("--mapping", type=click.Path(path_type=Path), metavar="FILE.toml", help="Targets of the columns.")
@ENCODING
@IP_TABLE
@output_options
def preview_command(
    file: Path,
    rows: int | None,
    adapter: str | None,
    mapping: Path | None,
    encoding: str,
    ip_table: Path | None,
    *,
    as_csv: bool,
    as_json: bool,
    quiet: bool,  # noqa: ARG001 - every command has --quiet
) -> None:
    """Show what the reader sees in FILE; nothing is stored."""
    if as_csv and as_json:
        raise RequestError("--csv and --json can't be used together", fix="Use one of them")
    from docops_desktop.ingest.importer import preview_file

    found = preview_file(file, rows=rows, adapter=adapter, mapping=mapping, ip_table=ip_table, encoding=encoding)
    if as_csv:
        print_csv(found.header, found.rows)
    elif as_json:
        print_json(document(found))
    else:
        _print(file, found)


@click.command("adapters")
@output_options
def adapters_command(*, as_json: bool, quiet: bool) -> None:  # noqa: ARG001 - every command has --quiet
    """List the systems whose exports are recognised."""
    from docops_desktop.ingest.importer import list_adapters

    keys = ("name", "system", "grain", "evidence")
    adapters = [{key: getattr(adapter, key) for key in keys} for adapter in list_adapters()]
    if as_json:
        print_json({"adapters": adapters})
    else:
        print_table("Systems", keys, [tuple(str(adapter[key]) for key in keys) for adapter in adapters])


def document(preview: Preview) -> dict[str, Any]:
    """A preview as JSON: the promised keys, and what else it holds that is plain."""
    found = {key: getattr(preview, key) for key in KEYS}
    for extra in (
        "system",
        "format",
        "columns",
        "estimate",
        "broken",
        "warnings",
        "evidence",
        "note",
        "networks",
        "encoding_evidence",
    ):
        found[extra] = _fields(getattr(preview, extra))
    return found


def print_csv(header: Any, rows: Any) -> None:
    """Write RFC 4180 to stdout: commas, CRLF, quotes only where they are needed, UTF-8 whatever the locale."""
    stream = io.TextIOWrapper(_binary_stdout(), encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    finally:
        stream.detach()


def _binary_stdout() -> Any:
    sys.stdout.flush()
    return sys.stdout.buffer


def _fields(value: Any) -> Any:
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _fields(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [_fields(item) for item in value]
    return value


def _print(file: Path, preview: Preview) -> None:
    seen = preview.estimate
    print_facts(
        str(file),
        {
            "system": f"{preview.system} ({preview.adapter}, {percent(preview.confidence, 0)} sure)",
            "layout known from": EVIDENCE.get(preview.evidence, preview.evidence),
            **({"note": preview.note} if preview.note else {}),
            "grain": preview.grain,
            "encoding": f"{preview.encoding} ({preview.encoding_evidence})" if preview.encoding_evidence else "-",
            "delimiter": repr(preview.delimiter) if preview.delimiter else "-",
            "lines before the header": str(preview.preamble_lines),
            "lines after the table": str(preview.footer_lines),
            "personal data": ", ".join(preview.personal_data) or "none found",
            **({"addresses are looked up in": preview.networks} if preview.networks else {}),
            f"of {counted(seen.read, 'row')}": f"{count(seen.loaded)} would be loaded, {count(seen.filtered)} filtered, "
            f"{count(seen.quarantined)} rejected" + (": the import would be refused" if seen.refused else ""),
            **{f"  {reason}": count(number) for reason, number in seen.reasons.items()},
        },
    )
    print_table(
        "\nColumns",
        ("column", "becomes", "unit", "read as"),
        [(column.name, column.target or "-", column.unit, column.decided) for column in preview.columns],
    )
    broken = [f"line {line}: {reason}" for line, reason in preview.broken]
    cut = len(preview.header) > SHOWN_COLUMNS
    print_table(
        "\nRows",
        preview.header[:SHOWN_COLUMNS],
        [[_short(cell) for cell in row[:SHOWN_COLUMNS]] for row in preview.rows],
        note="\n".join(
            [
                *([f"The first {SHOWN_COLUMNS} of {len(preview.header)} columns; --json shows all."] if cut else []),
                *preview.warnings,
                *broken,
            ]
        ),
    )


def _short(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
