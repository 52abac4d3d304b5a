"""Kill -9 while a folder is followed: nothing twice, nothing lost, whatever moment it hits."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from docops_desktop.store.checks import check_workspace
from docops_desktop.store.workspace import Workspace

KILLS = 3
START_MS = 1_790_000_000_000
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
end = time.monotonic() + float(sys.argv[3])
print("following", flush=True)
while time.monotonic() < end:
    tasks = follower.look()
    if tasks:
        FollowWork(tasks, ImportOptions()).run(workspace, lambda *_: None, lambda: False, lambda found: None)
        follower.learn(workspace.followed_files(), workspace.ledger())
        Path(sys.argv[4]).touch()
    time.sleep(0.01)
"""


def line(number: int) -> str:
    stamp = datetime.fromtimestamp(START_MS / 1000 + number, tz=UTC).isoformat()
    return f"{stamp},s{number // 7},Product,{1000 + number % 500},Pixel\n"


def start(workspace: Path, folder: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FOLLOW, str(workspace), str(folder), str(seconds), str(folder.parent / "loaded")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "following\n"
    return process


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
            process = start(path, folder, 60)
            until = time.monotonic() + rng.uniform(0.05, 0.6)
            while time.monotonic() < until or (kill % 2 and not loaded.exists()):
                text = "".join(line(written + i) for i in range(20))
                live.write(text[:-11])
                live.flush()
                time.sleep(0.01)
                live.write(text[-11:])
                live.flush()
                written += 20
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    last = start(path, folder, 1.8)
    assert last.wait(60) == 0
    assert last.stdout is not None
    last.stdout.close()
    with Workspace.open(path) as workspace, workspace.reading() as connection:
        numbers = [row[0] for row in connection.execute(f"SELECT (time_ms - {START_MS}) / 1000 FROM page_views")]
        assert sorted(numbers) == list(range(written))
        assert len(workspace.ledger()) > 1
        assert all(result.ok for result in check_workspace(workspace))
