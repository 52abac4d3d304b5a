"""Kills an import with SIGKILL at random moments and looks at what is left: the export is wholly in or wholly out, always.

    python -m tests.endurance.kill_import --kills 50

After each kill the workspace must open, pass all checks, hold its earlier import untouched and of the killed one either nothing or everything
with its ledger row; importing again must work and end in the same workspace as an import that nobody disturbed. A third of the moments are spread over
the whole process, the others over the time from the first rows set aside to the end, in which they enter the workspace. The test suite runs a handful.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from docops_desktop.ingest.importer import import_file
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.workspace import Workspace

TABLES = ("sessions", "page_views", "quarantine")
COUNTRIES = ("DE", "FR", "IT", "ES")
IN, OUT, EARLY = "wholly in", "wholly out", "wholly out, before rows were set aside"


def write_export(path: Path, rows: int, seed: int = 1) -> None:
    """Write a page-view export in which every fiftieth row is faulty."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("timestamp,session_id,page_url,load_time_ms,country,device_model\n")
        for row in range(rows):
            moment = f"2026-08-01T{row // 3600 % 24:02}:{row // 60 % 60:02}:{row % 60:02}Z"
            load = "soon" if row % 50 == 49 else str(chance.randrange(200, 9_000))
            page, model = chance.randrange(2_000), chance.randrange(300)
            file.write(f"{moment},s{row // 3},/product/{page},{load},{chance.choice(COUNTRIES)},Phone {model}\n")


def counts(workspace: Path) -> dict[str, int]:
    """Return the rows of each table that imports fill, as any SQLite tool sees them."""
    with closing(sqlite3.connect(workspace)) as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


@dataclass(frozen=True)
class Moment:
    """When to kill: after this share of the import's time, or of the time that is left when its first rows were set aside."""

    rows_first: bool
    share: float


class KillRig:
    """A prepared workspace and export, and what a whole import makes of them."""

    def __init__(self, folder: Path, rows: int) -> None:
        self._folder = folder
        self._base = folder / "base.docops"
        self._export = folder / "killed.csv"
        earlier = folder / "earlier.csv"
        write_export(earlier, 3_000, seed=2)
        write_export(self._export, rows)
        with Workspace.create(self._base) as ws:
            import_file(ws, earlier)
        self._before = counts(self._base)
        started = time.monotonic()
        whole = self._copy("whole")
        process = self._start(whole)
        self._await_rows(whole, process)
        self.rows_after = time.monotonic() - started
        process.wait()
        self.seconds = time.monotonic() - started
        self._after = counts(whole)
        assert self._after["page_views"] > self._before["page_views"], "the undisturbed import loaded nothing"

    def kill_at(self, moment: Moment) -> tuple[str, list[str]]:
        """Kill an import; return what became of it, and every fault that was found."""
        workspace = self._copy("killed")
        process = self._start(workspace)
        wait = moment.share * self.seconds
        if moment.rows_first:
            self._await_rows(workspace, process)
            wait = moment.share * (self.seconds - self.rows_after)
        try:
            process.wait(wait)
            finished = True
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            finished = False
        staged = list(workspace.parent.rglob("*.staging"))
        faults = self._faults(workspace, "after the kill")
        state = counts(workspace)
        outcome = IN if state == self._after else OUT
        if state not in (self._before, self._after):
            faults.append(f"half an import: {state}")
        if finished and outcome != IN:
            faults.append("it ended by itself and left nothing")
        with Workspace.open(workspace) as ws:
            ledger = len(ws.ledger())
            if ledger != (2 if outcome is IN else 1):
                faults.append(f"{ledger} ledger rows, but the export is {outcome}")
            again = import_file(ws, self._export)
        if again.status != ("duplicate" if outcome is IN else "loaded"):
            faults.append(f"importing again: {again.status} {again.reason}")
        if counts(workspace) != self._after:
            faults.append(f"importing again ended in {counts(workspace)}")
        faults += self._faults(workspace, "after importing again")
        left = [path.name for path in workspace.parent.rglob("*.staging")]
        faults += [f"left behind: {', '.join(left)}"] if left else []
        return (EARLY if outcome is OUT and not staged else outcome), faults

    def _faults(self, workspace: Path, moment: str) -> list[str]:
        with Workspace.open(workspace) as ws:
            return [f"{moment}: {result.name}: {result.detail}" for result in check_workspace(ws) if not result.ok]

    def _copy(self, name: str) -> Path:
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Path(shutil.copy(self._base, folder / "work.docops"))

    def _await_rows(self, workspace: Path, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not any(workspace.parent.rglob("*.staging")):
            time.sleep(0.002)

    def _start(self, workspace: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "docops_desktop", "import", str(workspace), str(self._export), "--quiet"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def moments(count: int, chance: random.Random) -> list[Moment]:
    """Return when to kill."""
    return [Moment(number % 3 != 0, chance.uniform(0.02, 1.0)) for number in range(count)]


def tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the kills and tell what became of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        rig = KillRig(Path(folder), options.rows)
        tell(
            f"an undisturbed import of {options.rows:,} rows takes {rig.seconds:.1f} s, its first rows are set aside after {rig.rows_after:.1f} s"
        )
        for moment in moments(options.kills, random.Random(options.seed)):
            outcome, faults = rig.kill_at(moment)
            outcomes[outcome] += 1
            broken += bool(faults)
            for fault in faults:
                tell(f"{moment}: {fault}")
    tell(", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) + f"; {broken} with a fault")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
