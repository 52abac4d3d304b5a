"""``demo``: a realistic workspace with a planted incident, made and opened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from docops_desktop.cli.figures import decimal
from docops_desktop.cli.options import output_options
from docops_desktop.cli.output import Reporter, plain, print_facts, print_json, time_text
from docops_desktop.cli.services import CliState
from docops_desktop.engine.demo import create_demo
from docops_desktop.engine.workspace_session import WorkspaceSession
from docops_desktop.model.errors import RequestError
from docops_desktop.model.wording import count, money

DEFAULT_NAME = "demo.docops"
SESSIONS = 200_000
SEED = 1
TIMES = ("start_ms", "end_ms")


@click.command("demo")
@click.argument("workspace", type=click.Path(path_type=Path), default=DEFAULT_NAME)
@click.option("--sessions", type=click.IntRange(min=1), metavar="N", help=f"How many sessions ({SESSIONS:,}).")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help=f"Same seed, same data ({SEED}).")
@click.option("--no-window", is_flag=True, help="Only make it.")
@output_options
@click.pass_obj
def demo_command(
    state: CliState,
    workspace: Path,
    sessions: int | None,
    seed: int | None,
    *,
    no_window: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Make WORKSPACE (default: demo.docops here) with a planted incident, and open it; one made before is opened as it is."""
    reporter = Reporter(quiet=quiet)
    started = time.monotonic()
    exists = workspace.exists()
    if exists and (sessions is not None or seed is not None):
        raise RequestError(
            "there is already a file of this name, so --sessions and --seed would be without effect",
            str(workspace),
            "Choose another name, or leave them out to open it",
        )
    if exists:
        session = WorkspaceSession.open(workspace, read_only=True)
    else:
        session = create_demo(workspace, sessions or SESSIONS, SEED if seed is None else seed, reporter.step)
    with session:
        loaded = session.read(reporter.step)
        incident = session.workspace.json_value("demo_truth")
    reporter.clear()
    info = loaded.info
    document = {
        "workspace": str(workspace.absolute()),
        "made": not exists,
        "sessions": info.sessions,
        "page_views": info.page_views,
        "first_time": time_text(info.span.start_ms) if info.span else None,
        "last_time": time_text(info.span.end_ms - 1) if info.span else None,
        "incident": incident_document(incident),
        "seconds": round(time.monotonic() - started, 3),
    }
    if as_json:
        print_json(document)
    else:
        _print(document)
    if no_window:
        return 0
    if not state.services.has_display():
        reporter.note(f"There is no display to open a window on. Later: docops-desktop {workspace}")
        return 0
    return state.services.open_window(workspace)


def incident_document(truth: Any) -> dict[str, Any] | None:
    """What was planted, with readable times; None for a workspace that is no demo."""
    if not isinstance(truth, dict):
        return None
    readable = {name.removesuffix("_ms"): time_text(int(truth[name])) for name in TIMES if truth.get(name) is not None}
    return {**plain({name: value for name, value in truth.items() if name not in TIMES}), **readable}


def _print(document: dict[str, Any]) -> None:
    print_facts(
        "Demo workspace" if document["made"] else "Demo workspace made before",
        {
            "where": document["workspace"],
            "sessions": count(document["sessions"]),
            "page views": count(document["page_views"]),
            "times": f"{document['first_time']} - {document['last_time']}",
            **_incident(document["incident"]),
        },
    )


def _incident(incident: dict[str, Any] | None) -> dict[str, str]:
    if incident is None:
        return {}
    return {
        "incident": f"{incident['page_group']} pages slow on {incident['device_model']} with {incident['carrier']}",
        "incident from - to": f"{incident['start']} - {incident['end']}",
        "conversions lost": decimal(incident["lost_conversions"]),
        "revenue lost": money(incident["lost_revenue"], incident["currency"]),
    }
