"""The ground that every test stands on: no display, no network, no touch of the user's own files, no thread left behind."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from docops_desktop.kernels import environment

_HOME = tempfile.TemporaryDirectory(prefix="docops-tests-", ignore_cleanup_errors=True)


def _use_temporary_user_folders() -> None:
    """Done at import: libraries and child processes read these variables before any fixture could set them.

    Only compiled kernels are kept in the real cache; compiling them anew would take most of a test run.
    """
    home = Path(_HOME.name)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    environment.prepare()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"):
        folder = home / name.lower()
        folder.mkdir(exist_ok=True)
        os.environ[name] = str(folder)
    if sys.platform == "darwin":
        os.environ["HOME"] = str(home)


_use_temporary_user_folders()

settings.register_profile(
    "steady", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""The same examples in every run, and no limit of time: what passed once passes on a busy machine, too."""
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""New examples in every run (``--hypothesis-profile=explore``); those that failed are kept and tried first."""
settings.load_profile("steady")


def _is_here(address: Any) -> bool:
    """Sockets between parts of this machine (event loops, display servers) are no network."""
    return not isinstance(address, tuple) or str(address[0]) in ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection out of this machine fails the test."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise AssertionError(f"a test opened a network connection to {address}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_here(address):
            raise AssertionError(f"a test opened a network connection to {address}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(autouse=True)
def no_leaked_job_threads() -> Iterator[None]:
    """A desk that was not shut down leaves its lanes' threads behind; that fails the test that made it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 60

    def left() -> list[str]:
        return [t.name for t in threading.enumerate() if t not in before and t.name.startswith("docops-lane-")]

    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left(), f"threads left behind: {left()}; shut the desk (or the job runner) down"


@pytest.fixture
def user_folder() -> Path:
    """The folder that stands for the user's own folders in this test run."""
    return Path(_HOME.name)


@pytest.fixture(scope="session")
def demo_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace of 2,000 sessions with its cache, made once; never to be written to by a test."""
    from docops_desktop.engine.demo import create_demo

    path = tmp_path_factory.mktemp("demo") / "demo.docops"
    with create_demo(path, 2_000, 1) as session:
        session.read()
    return path


@pytest.fixture
def workspace_path(demo_path: Path, tmp_path: Path) -> Path:
    """A copy of the demo that a test may change."""
    shutil.copytree(demo_path.parent, tmp_path / "work")
    return tmp_path / "work" / demo_path.name
