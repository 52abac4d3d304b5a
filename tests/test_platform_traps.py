"""Faults of the platform that each cost a day once; a library update that brings one back fails here, not at a user's desk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("pandas", "numba", "sqlite_utils", "pyarrow", "scipy")

EMIT = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

class Sender(QObject):
    happened = Signal(int)

class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.seen = 0

    @Slot(int)
    def take(self, number):
        self.seen += 1

app = QCoreApplication([])
sender, receiver = Sender(), Receiver()
sender.happened.connect(receiver.take)
before = sys.getrefcount(True), sys.getrefcount(None)
for number in range(20_000):
    sender.happened.emit(number)
    receiver.blockSignals(False)
after = sys.getrefcount(True), sys.getrefcount(None)
assert receiver.seen == 20_000, receiver.seen
# An emit that loses a reference would have taken 20,000 away; other code may add or drop a few.
assert min(a - b for a, b in zip(after, before)) > -1_000, (before, after)
print("fine")
"""

PAINT = (
    f"HEAVY = {HEAVY!r}"
    + """
import tempfile
from pathlib import Path
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.ui.application import Session, application

app = application()
with tempfile.TemporaryDirectory() as folder:
    session = Session(SettingsFile(Path(folder) / "settings.json"))
    session.window.resize(1280, 800)
    session.window.show()
    app.processEvents()
    picture = session.window.grab()
    assert not picture.isNull()
    import sys
    loaded = [name for name in sys.modules if name in HEAVY]
    session.end()
assert not loaded, loaded
"""
)


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def loaded_after(program: str) -> set[str]:
    """Heavy libraries that are loaded when this program has run, in a process of its own."""
    done = run(f"{program}\nimport json, sys\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))")
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_twenty_thousand_signals_lose_no_reference_to_true_or_none() -> None:
    done = run(EMIT)
    assert done.returncode == 0, f"status {done.returncode}: {done.stderr}"
    assert done.stdout.strip() == "fine"


def test_the_probe_sees_a_heavy_library() -> None:
    assert loaded_after("import scipy") == {"scipy"}


@pytest.mark.parametrize(
    "program",
    [
        "import docops_desktop.__main__",
        "import docops_desktop.engine.desk; docops_desktop.engine.desk.Desk().shut_down()",
        "from docops_desktop.__main__ import main; main(['--help'])",
        "from docops_desktop.__main__ import main; main(['pages', '--help'])",
        PAINT,
    ],
    ids=["entry", "desk", "help", "help of a command", "first paint"],
)
def test_the_start_loads_no_heavy_library(program: str) -> None:
    assert loaded_after(program) == set()


def test_importing_the_command_line_never_loads_qt() -> None:
    done = run(
        "from docops_desktop.__main__ import main; main(['--help']); import sys; assert 'PySide6' not in sys.modules"
    )
    assert done.returncode == 0, done.stderr
