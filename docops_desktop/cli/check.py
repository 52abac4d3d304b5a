"""``check``: is the workspace whole?"""

from __future__ import annotations

from pathlib import Path

import click

from docops_desktop.cli.options import WORKSPACE, output_options
from docops_desktop.cli.output import Reporter, print_json, print_table
from docops_desktop.engine.workspace_session import WorkspaceSession


@click.command("check")
@WORKSPACE
@output_options
def check_command(workspace: Path, *, as_json: bool, quiet: bool) -> int:
    """Check WORKSPACE: SQLite's own check, ledger against tables, cache against tables. Exit status 1 says what is wrong."""
    from docops_desktop.store.checks import check_workspace

    with WorkspaceSession.open(workspace, read_only=True) as session:
        Reporter(quiet=quiet).update("checking")
        checks = check_workspace(session.workspace)
    ok = all(check.ok for check in checks)
    if as_json:
        results = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        print_json({"ok": ok, "checks": results})
    else:
        rows = [(check.name, "ok" if check.ok else "WRONG", check.detail) for check in checks]
        print_table(str(workspace), ("check", "", "detail"), rows)
    return 0 if ok else 1
