"""Kill -9 while a folder is followed: nothing twice, nothing lost, whatever moment it hits."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from docops_desktop.store.checks import check_workspace
from docops_desktop.store.workspace import Workspace

KILLS = 3
START_MS = 1_790_000_000_000
PATIENCE_S = 120
FOLLOW = """
import sys, time
from pathlib import Path
from docops_desktop.engine.follow.follower import Follower
from docops_desktop.engine.follow.load import FollowWork
from docops_desktop.engine.imports import ImportOptions
from docops_desktop.ingest import importer
from docops_desktop.store.workspace import Workspace

workspace = Workspace.open(Path(sys.argv[1]))
follower = Follower(
    Path(sys.argv[2]), workspace.followed_files(), workspace.ledger(), settle_s=0.05, growing_s=0.1, final_s=0.5
)
loaded, enough = Path(sys.argv[3]), Path(sys.argv[4])
print("following", flush=True)
end, looks = None, 0
while end is None or time.monotonic() < end or looks < 20:  # well beyond the moment in which a last line is final
    tasks = follower.look()
    if tasks:
        FollowWork(tasks, ImportOptions()).run(workspace, lambda *_: None, lambda: False, lambda found: None)
        follower.learn(workspace.followed_files(), workspace.ledger())
        loaded.touch()
    time.sleep(0.01)
    if enough.exists():
        end, looks = end or time.monotonic() + 0.8, looks + 1
"""


def line(number: int) -> str:
    stamp = datetime.fromtimestamp(START_MS / 1000 + number, tz=UTC).isoformat()
    return f"{stamp},s{number // 7},Product,{1000 + number % 500},Pixel\n"


def start(workspace: Path, folder: Path) -> subprocess.Popen[str]:
    marks = [str(folder.parent / name) for name in ("loaded", "enough")]
    command = [sys.executable, "-c", FOLLOW, str(workspace), str(folder), *marks]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "following\n"
    return process


def page_views(workspace: Path) -> int:
    with closing(sqlite3.connect(workspace)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM page_views").fetchone()
        return int(count)


def test_killed_followers_lose_nothing_and_load_nothing_twice(tmp_path: Path) -> None:
    folder, path = tmp_path / "in", tmp_path / "w.docops"
    folder.mkdir()
    Workspace.create(path).close()
    rng, written = random.Random(1), 0
    with (folder / "live.csv").open("w") as live:
        live.write("time,session id,page group,load time (ms),device model\n")
        for kill in range(KILLS):
            loaded = tmp_path / "loaded"
            loaded.unlink(missing_ok=True)
            process = start(path, folder)
            until = time.monotonic() + rng.uniform(0.05, 0.6)
            while True:
                text = "".join(line(written + i) for i in range(20))
                live.write(text[:-11])
                live.flush()
                time.sleep(0.01)
                live.write(text[-11:])
                live.flush()
                written += 20
                if time.monotonic() >= until and not (kill % 2 and not loaded.exists()):
                    break
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    last = start(path, folder)
    end = time.monotonic() + PATIENCE_S
    while page_views(path) < written and time.monotonic() < end:
        time.sleep(0.05)
    (tmp_path / "enough").touch()
    assert last.wait(PATIENCE_S) == 0
    assert last.stdout is not None
    last.stdout.close()
    with Workspace.open(path) as workspace, workspace.reading() as connection:
        numbers = [row[0] for row in connection.execute(f"SELECT (time_ms - {START_MS}) / 1000 FROM page_views")]
        assert sorted(numbers) == list(range(written))
        assert len(workspace.ledger()) > 1
        assert all(result.ok for result in check_workspace(workspace))
