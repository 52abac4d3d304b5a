"""``privacy`` and ``purge``: what was done to personal data at each import, and the end of what may be kept no longer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli.options import WORKSPACE, output_options
from docops_desktop.cli.output import Reporter, print_json, print_table, time_text
from docops_desktop.engine.privacy import imports_privacy, purge_remains
from docops_desktop.engine.workspace_session import WorkspaceSession
from docops_desktop.model.timespan import iso, parse_time
from docops_desktop.model.wording import count, counted

if TYPE_CHECKING:
    from docops_desktop.engine.privacy import ImportPrivacy
    from docops_desktop.store.purge import Purged


@click.command("privacy")
@WORKSPACE
@output_options
def privacy_command(workspace: Path, *, as_json: bool, quiet: bool) -> None:  # noqa: ARG001 - every command has --quiet
    """Tell for each import in WORKSPACE which columns hold personal data and what was done with them, and what was purged."""
    with WorkspaceSession.open(workspace, read_only=True) as session:
        imports = imports_privacy(session.workspace.ledger())
        purges = [_past(entry) for entry in session.workspace.purges()]
        k = session.definitions().k
    if as_json:
        print_json({"k": k, "imports": [_document(one) for one in imports], "purges": purges})
        return
    rows = [
        (str(one.import_id), one.file_name, one.level, column.name, column.kind, column.done)
        for one in imports
        for column in one.columns
    ]
    rows += [(str(one.import_id), one.file_name, one.level, "", "", one.summary) for one in imports if not one.columns]
    rows.sort(key=lambda cells: int(cells[0]))
    print_table(
        f"Personal data in {workspace}",
        ("import", "file", "level", "column", "holds", "what was done"),
        rows,
        ("import",),
    )
    for entry in purges:
        click.echo(
            f"{entry['purged_at']}: purged {counted(sum(entry['rows'].values()), 'row')} of before {entry['before']}"
        )
    click.echo(f"Groups of fewer than {k} sessions are left out of exports and reports.")


@click.command("purge")
@WORKSPACE
@click.option("--before", required=True, metavar="TIME", help="Everything of before this time (ISO 8601) goes.")
@output_options
def purge_command(workspace: Path, before: str, *, as_json: bool, quiet: bool) -> int:
    """Remove everything of before TIME from WORKSPACE: rows of all grains, rejected rows, texts, and their bytes in the file."""
    reporter = Reporter(quiet=quiet)
    with WorkspaceSession.open(workspace) as session:
        before_ms = parse_time(before, session.definitions().time_zone)
        reporter.update("purging")
        purged = session.workspace.purge(before_ms)
        session.read(reporter.step)
    reporter.clear()
    remains = purge_remains(purged)
    if as_json:
        print_json(_purged(purged, remains))
    else:
        rows = [(table, count(number)) for table, number in sorted(purged.rows.items())]
        print_table(f"Removed from {workspace}, of before {iso(before_ms)}", ("table", "rows"), rows, ("rows",))
        if not rows:
            reporter.note("There was nothing of before that time")
    for text in remains:
        reporter.warn(text)
    return 1 if remains else 0


def _document(one: ImportPrivacy) -> dict[str, Any]:
    return {
        "import_id": one.import_id,
        "file": one.file_name,
        "imported_at": time_text(one.imported_at_ms or None),
        "level": one.level,
        "columns": [{"column": c.name, "kind": c.kind, "action": c.action, "done": c.done} for c in one.columns],
        "summary": one.summary,
        "rows_quarantined": one.rows_quarantined,
        "rows_purged": one.rows_purged,
    }


def _past(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "before": time_text(entry["before_ms"]),
        "purged_at": time_text(entry["purged_at_ms"]),
        "rows": dict(entry["rows"]),
        "texts": entry["texts"],
    }


def _purged(purged: Purged, remains: list[str]) -> dict[str, Any]:
    return {
        "before": time_text(purged.before_ms),
        "rows_purged": purged.total,
        "rows": dict(purged.rows),
        "imports": [{"import_id": number, "rows_purged": rows} for number, rows in sorted(purged.by_import.items())],
        "texts": purged.texts,
        "remains": remains,
    }
