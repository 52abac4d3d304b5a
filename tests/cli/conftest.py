"""Runs commands in this process as a shell would, and reads what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docops_desktop.cli.app import app
from docops_desktop.cli.services import CliState, Services


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout; anything else there fails here."""
        return json.loads(self.out)

    def failed_with(self, status: int, *words: str) -> None:
        """It ended with this status and one clear line that has these words."""
        assert self.status == status, (self.status, self.out, self.err)
        lines = [line for line in self.err.splitlines() if line.startswith("docops-desktop: ")]
        assert lines, self.err
        assert "Traceback" not in self.err
        for word in words:
            assert word in lines[-1], lines[-1]


Run = Callable[..., Ran]


@pytest.fixture
def run() -> Run:
    def run(*arguments: str | Path, services: Services | None = None) -> Ran:
        state = CliState(services or Services())
        done = CliRunner().invoke(app, [str(a) for a in arguments], obj=state, catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run


HEADER = "session_id,timestamp,url,load_time_ms,country,browser,converted\n"


def rows(sessions: int, first: int = 0) -> str:
    return "".join(
        f"s{n},2026-08-01T{n % 24:02d}:00:{v:02d}Z,https://shop.example/{page},{1000 + 10 * n},DE,Chrome,"
        f"{int(v == 1 and n % 4 == 0)}\n"
        for n in range(first, first + sessions)
        for v, page in enumerate(("p/shoe", "cart"))
    )


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """40 sessions of two page views each."""
    path = tmp_path / "views.csv"
    path.write_text(HEADER + rows(40), encoding="utf-8")
    return path
