"""A followed folder with a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine.follow.follower import FINAL_S, SETTLE_S, Follower
from docops_desktop.engine.follow.load import FollowWork
from docops_desktop.engine.imports import ImportOptions
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.store.workspace import Workspace


class Followed:
    """A workspace that follows a folder; time passes when the test says so."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "exports"
        self.folder.mkdir()
        self.workspace = Workspace.create(root / "followed.docops")
        self.now = 1000.0
        self.restart()

    def restart(self) -> None:
        """A new follower that knows what the workspace knows."""
        self.follower = Follower(
            self.folder, self.workspace.followed_files(), self.workspace.ledger(), clock=lambda: self.now
        )

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def grow(self, name: str, content: str | bytes) -> None:
        with (self.folder / name).open("ab") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def look(self) -> list[ImportOutcome]:
        """Look once, and load."""
        outcomes: list[ImportOutcome] = []
        tasks = self.follower.look()
        if tasks:
            work = FollowWork(tasks, ImportOptions())
            work.run(self.workspace, lambda *_: None, lambda: False, outcomes.append)
            self.follower.learn(
                self.workspace.followed_files(),
                self.workspace.ledger(),
                [Path(outcome.path) for outcome in outcomes if outcome.try_again],
            )
        return outcomes

    def wait(self, seconds: float = SETTLE_S, every: float = 2.0) -> list[ImportOutcome]:
        """Look every few seconds for a while."""
        outcomes = self.look()
        for _ in range(int(seconds / every) + 1):
            self.now += every
            outcomes += self.look()
        return outcomes

    def wait_long(self) -> list[ImportOutcome]:
        return self.wait(FINAL_S, 20.0)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.workspace.reading() as connection:
            return connection.execute(sql).fetchall()

    def times(self) -> list[int]:
        """Times of all page views, in seconds of their minute."""
        return [row[0] for row in self.rows("SELECT time_ms / 1000 % 100000 FROM page_views ORDER BY 1")]


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    found = Followed(tmp_path)
    yield found
    for record in found.workspace.ledger():
        assert record.rows_read == record.rows_loaded + record.rows_filtered + record.rows_quarantined
    found.workspace.close()
