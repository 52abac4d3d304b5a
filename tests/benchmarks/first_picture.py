# ruff: noqa: T201 - a command that prints
"""Benchmark: from the start of the program to the first window, and to the first picture of a workspace whose columns are built, on a warm disk.

    python tests/benchmarks/first_picture.py [--sessions 1000000] [--workspace FILE.docops] [--perspective investigate] [--repeats 3] [--out FILE.json]

Each run is a process of its own, drawn offscreen, with the kernels in the cache and Python's bytecode written, as in a program that is installed and has been
started before; ``PYTHONDONTWRITEBYTECODE`` in the caller's environment would have every library's source compiled anew at each start.
Without ``--workspace`` demo sessions are written first, which takes a while.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
_PATIENCE_SECONDS = 120.0


def main() -> int:
    """Run and report."""
    options = _options()
    if options.started:
        print(json.dumps(_child(Path(options.workspace), options.perspective, options.started)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(options.workspace) if options.workspace else _demo(Path(folder) / "demo.docops", options.sessions)
        from docops_desktop.kernels import warmup

        assert warmup.wait(), warmup.failure()  # compiled kernels are in the cache
        environment = _environment(Path(folder))
        _run(path, options.perspective, environment)  # reads the disk, writes the bytecode
        runs = [_run(path, options.perspective, environment) for _ in range(options.repeats)]
    report: dict[str, Any] = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    report["load"] = os.getloadavg()[0]
    print(
        f"{report['sessions']:,.0f} sessions, {report['page_views']:,.0f} page views, load average {report['load']:.1f}\n"
        f"  first window painted   {report['window_seconds']:.2f} s after the start of the process\n"
        f"  first picture painted  {report['picture_seconds'] - report['window_seconds']:.2f} s after the window asked for the workspace, "
        f"{report['picture_seconds']:.2f} s after the start\n"
        f"  page ranking fitted    {report['settled_seconds']:.2f} s after the start (CPU till then {report['cpu_seconds']:.2f} s)\n"
        f"  peak memory            {report['peak_mb']:.0f} MB"
    )
    if options.out:
        Path(options.out).write_text(json.dumps({**report, "runs": runs}, indent=1))
    return 0


def _demo(path: Path, sessions: int) -> Path:
    from docops_desktop.ingest.demo.make import make_demo
    from docops_desktop.store.columnar_cache import open_facts
    from docops_desktop.store.workspace import Workspace
    from tests.benchmarks.timing import say

    say(f"write {sessions:,} demo sessions")
    with Workspace.create(path) as ws:
        make_demo(ws, sessions)
        say("build the columns")
        open_facts(ws)
    return path


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of a run; bytecode goes to a folder of the benchmark's own where it may not lie beside the source."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    return environment


def _run(path: Path, perspective: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--workspace", str(path), "--perspective", perspective]
    done = subprocess.run(
        [*command, "--started", repr(time.time())], env=environment, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _child(path: Path, perspective: str, started: float) -> dict[str, float]:
    """Start the window as the program does, open the workspace, wait until the panels are painted, then until the ranking's model is fitted too."""
    from PySide6.QtCore import QEvent, QObject

    from docops_desktop.engine.settings import SettingsFile
    from docops_desktop.ui.application import Session, _after_first_paint, application
    from docops_desktop.ui.screenshot import wait_settled, wait_until

    class Paints(QObject):
        at = 0.0

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.at:
                self.at = time.time()
            return False

    app = application("dark")
    with tempfile.TemporaryDirectory() as folder:
        session = Session(SettingsFile(Path(folder) / "settings.json"))
        paints = Paints()
        session.window.installEventFilter(paints)
        session.window.resize(1600, 900)
        session.desk.set_view(perspective=perspective)
        session.window.show()
        end = time.monotonic() + _PATIENCE_SECONDS
        wait_until(lambda: paints.at > 0, end)
        _after_first_paint(session, path)
        from docops_desktop.ui.panels.turns import Turns  # not before the first window

        wait_until(lambda: session.desk.workspace_info is not None, end)
        wait_until(lambda: session.desk.results is not None and Turns.of(session.desk).idle, end)
        picture_at = time.time()
        wait_settled(session, end)
        settled_at = time.time()
        info = session.desk.workspace_info
        assert info is not None
        cpu = time.process_time()
        sizes = {"sessions": float(info.sessions), "page_views": float(info.page_views)}
        session.end()
        app.processEvents()
    from tests.benchmarks.timing import peak_mb

    return {
        "window_seconds": paints.at - started,
        "picture_seconds": picture_at - started,
        "settled_seconds": settled_at - started,
        "cpu_seconds": cpu,
        "peak_mb": peak_mb(),
        **sizes,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--workspace", default="")
    parser.add_argument("--perspective", default="investigate")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", default="")
    parser.add_argument("--started", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
