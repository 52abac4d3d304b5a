"""``import``, ``imports``, ``forget``, ``quarantine``: exports in, the ledger, and out again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli.options import ENCODING, IP_TABLE, WORKSPACE, output_options
from docops_desktop.cli.output import Reporter, print_json, print_json_line, print_table, time_text
from docops_desktop.engine.files import remove_workspace
from docops_desktop.engine.imports import ImportOptions, files_of, import_each, left_out_for, left_out_text
from docops_desktop.engine.progress import ImportMeter
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.engine.workspace_session import WorkspaceSession
from docops_desktop.model.errors import RequestError, WorkspaceError
from docops_desktop.model.wording import count, counted

if TYPE_CHECKING:
    from docops_desktop.store.records import ImportRecord

ROWS = ("rows_read", "rows_loaded", "rows_filtered", "rows_quarantined")


@click.command("import")
@WORKSPACE
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(readable=False, path_type=Path))
@click.option("--adapter", metavar="NAME", help="The system that wrote the files; see docops-desktop adapters.")
@click.option("--mapping", type=click.Path(path_type=Path), metavar="FILE.toml", help="Targets of the columns.")
@ENCODING
@click.option("--timezone", "time_zone", metavar="ZONE", help="IANA zone of times without an offset.")
@click.option(
    "--privacy",
    type=click.Choice(["strict", "keyed", "off"]),
    default="strict",
    show_default=True,
    help="What becomes of columns with personal data.",
)
@IP_TABLE
@click.option(
    "--follow",
    "follows",
    is_flag=True,
    help="Name one folder; what arrives or grows there is loaded until Ctrl-C. With --json one line for each import.",
)
@output_options
def import_command(
    workspace: Path,
    files: tuple[Path, ...],
    adapter: str | None,
    mapping: Path | None,
    encoding: str,
    time_zone: str | None,
    privacy: str,
    ip_table: Path | None,
    *,
    follows: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Load FILEs (or folders) into WORKSPACE; each is loaded wholly or not at all."""
    reporter = Reporter(quiet=quiet)
    options = ImportOptions(adapter, mapping, time_zone, privacy, ip_table=ip_table, encoding=encoding)
    options.check()
    if follows:
        return _follow(workspace, files, options, reporter, as_json=as_json)
    found = files_of(files)
    is_new = not workspace.exists()
    outcomes: list[ImportOutcome] = []
    session = WorkspaceSession.create(workspace) if is_new else WorkspaceSession.open(workspace)
    try:
        meter = ImportMeter(found, lambda fraction, text: reporter.update(text, fraction))
        for outcome in import_each(session.workspace, found, options, meter.tell):
            outcomes.append(outcome)
            meter.next_file()
            _warn(reporter, outcome)
    finally:
        reporter.clear()
        session.close()
        if is_new and not any(outcome.status == "loaded" for outcome in outcomes):
            remove_workspace(workspace)
    documents = [_outcome(outcome) for outcome in outcomes]
    if as_json:
        print_json({"imports": documents})
    else:
        _print_imports(str(workspace), documents)
    return _status(outcomes)


def _follow(
    workspace: Path, folders: Sequence[Path], options: ImportOptions, reporter: Reporter, *, as_json: bool
) -> int:
    from docops_desktop.engine.follow.loop import follow

    if len(folders) != 1 or not folders[0].is_dir():
        raise RequestError("--follow takes one folder", ", ".join(map(str, folders)), "Name the folder alone")
    outcomes: list[ImportOutcome] = []

    def told(found: ImportOutcome) -> None:
        reporter.clear()
        outcomes.append(found)
        if as_json:
            print_json_line(_outcome(found))
        elif found.record is not None:
            record = found.record
            click.echo(f"{found.path}: import {record.import_id}, {counted(record.rows_loaded, 'row')} loaded")
        _warn(reporter, found)

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    make = WorkspaceSession.open if workspace.exists() else WorkspaceSession.create
    with make(workspace) as session:
        reporter.note(f"Following {folders[0]}; Ctrl-C ends it")
        try:
            follow(
                session.workspace, folders[0], options, told, pause, lambda share, text: reporter.update(text, share)
            )
        except KeyboardInterrupt:
            reporter.note("Stopped; a later run goes on from here")
    return 1 if any(found.error is not None and not found.try_again for found in outcomes) else 0


def _warn(reporter: Reporter, outcome: ImportOutcome) -> None:
    if outcome.error is not None:
        reporter.warn(str(outcome.error))
    elif outcome.status == "loaded" and outcome.record is not None:
        for doubt in outcome.record.mapping.get("doubts", ()):
            reporter.warn(f"{outcome.path}: {doubt}")


@click.command("imports")
@WORKSPACE
@output_options
def ledger_command(workspace: Path, *, as_json: bool, quiet: bool) -> None:  # noqa: ARG001 - every command has --quiet
    """List what was imported into WORKSPACE."""
    with WorkspaceSession.open(workspace, read_only=True) as session:
        documents = [record_document(record) for record in session.workspace.ledger()]
    if as_json:
        print_json({"imports": documents})
    else:
        _print_imports(str(workspace), documents)


@click.command("forget")
@WORKSPACE
@click.argument("import_id", type=int)
@output_options
def forget_command(workspace: Path, import_id: int, *, as_json: bool, quiet: bool) -> None:
    """Take the import with the number IMPORT_ID out of WORKSPACE, completely."""
    with WorkspaceSession.open(workspace) as session:
        record = session.workspace.forget(import_id)
        missing = left_out_for(record, session.workspace.ledger())
    reporter = Reporter(quiet=quiet)
    if as_json:
        again = [{"import_id": one.import_id, "file": one.file_name, "rows": number} for one, number in missing]
        print_json({"forgotten": record_document(record), "left_out_elsewhere": again})
    else:
        reporter.note(f"Forgot import {import_id}, {record.file_name}: {counted(record.rows_loaded, 'row')}")
    for one, number in missing:
        reporter.warn(left_out_text(one, number))


@click.command("quarantine")
@WORKSPACE
@click.option("--import", "import_id", type=int, metavar="ID", help="Only rows of this import.")
@click.option("--limit", type=click.IntRange(min=0), default=0, metavar="N", help="At most N rows; 0 (default) is all.")
@output_options
def quarantine_command(workspace: Path, import_id: int | None, limit: int, *, as_json: bool, quiet: bool) -> None:
    """List rejected rows of WORKSPACE with line and reason."""
    with WorkspaceSession.open(workspace, read_only=True) as session:
        ledger = {record.import_id: record for record in session.workspace.ledger()}
        if import_id is not None and import_id not in ledger:
            raise RequestError(
                f"there is no import {import_id}", str(workspace), "See docops-desktop imports for the numbers"
            )
        rows = session.workspace.quarantine(import_id, limit or None)
    total = sum(record.rows_quarantined for key, record in ledger.items() if import_id in (None, key))
    if as_json:
        keys = ("import_id", "line", "reason", "record")
        print_json({"quarantine": [{key: getattr(row, key) for key in keys} for row in rows], "total": total})
        return
    print_table(
        f"Rejected rows of {workspace}",
        ("import", "line", "reason", "record"),
        [(str(row.import_id), str(row.line), row.reason, row.record) for row in rows],
        ("import", "line"),
    )
    Reporter(quiet=quiet).note(f"{count(len(rows))} of {counted(total, 'rejected row')}")


def _status(outcomes: Sequence[ImportOutcome]) -> int:
    """A workspace that can't be written is told apart from files that were rejected."""
    statuses = {outcome.error.exit_status for outcome in outcomes if outcome.error is not None}
    if WorkspaceError.exit_status in statuses:
        return WorkspaceError.exit_status
    if statuses == {RequestError.exit_status} and all(outcome.error is not None for outcome in outcomes):
        return RequestError.exit_status
    return 1 if statuses else 0


def record_document(record: ImportRecord) -> dict[str, Any]:
    """A ledger row as JSON."""
    return {
        "file": record.file_name,
        "sha256": record.sha256,
        "import_id": record.import_id or None,
        "adapter": record.adapter,
        "grain": record.grain,
        "status": record.status,
        "reason": record.reason or None,
        **{name: getattr(record, name) for name in ROWS},
        "first_time": time_text(record.first_time_ms),
        "last_time": time_text(record.last_time_ms),
        "seconds": round(record.seconds, 3),
        "rows_purged": record.rows_purged,
        "rows_superseded": record.rows_superseded,
        "rows_replaced": record.rows_replaced,
        "size_bytes": record.size_bytes,
        "filtered": dict(record.filtered),
        "mapping": dict(record.mapping),
        "privacy": dict(record.privacy),
        "imported_at": time_text(record.imported_at_ms or None),
    }


def _outcome(outcome: ImportOutcome) -> dict[str, Any]:
    if outcome.record is not None:
        return {**record_document(outcome.record), "file": outcome.path}
    unknown = dict.fromkeys(("import_id", "adapter", "grain", "first_time", "last_time", "seconds"))
    return {
        "file": outcome.path,
        "sha256": _sha256(Path(outcome.path)),
        **unknown,
        "status": "rejected",
        "reason": str(outcome.error),
        **dict.fromkeys(ROWS, 0),
    }


def _sha256(path: Path) -> str | None:
    if not path.is_file():  # reading a pipe would wait for ever
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _remarks(document: dict[str, Any]) -> list[str]:
    """What of a loaded export was left out, and what of it does not count, or counts instead of others."""
    found = [f"{count(number)} {reason}" for reason, number in document.get("filtered", {}).items()]
    if document.get("rows_superseded"):
        found.append(
            f"{counted(document['rows_superseded'], 'row does', 'rows do')} not count: another download has the same records"
        )
    if document.get("rows_replaced"):
        found.append(f"counts instead of {counted(document['rows_replaced'], 'row')} of other downloads")
    return found


def _print_imports(title: str, documents: Sequence[dict[str, Any]]) -> None:
    numbers = ("read", "loaded", "filtered", "quarantined")
    rows = [
        (
            str(d["import_id"] or ""),
            d["file"],
            d["adapter"] or "",
            d["grain"] or "",
            d["status"],
            *(count(d[name]) for name in ROWS),
            f"{d['first_time'] or ''} - {d['last_time'] or ''}".strip(" -"),
            d["reason"] or "; ".join(_remarks(d)),
        )
        for d in documents
    ]
    print_table(
        title, ("id", "file", "adapter", "grain", "status", *numbers, "times", "reason"), rows, ("id", *numbers)
    )
