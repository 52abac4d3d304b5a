"""The set-up scripts stand outside the package, beside each other; tests find them as Python does when they run."""

import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = str(PROJECT / "packaging")
if SCRIPTS not in sys.path:
    sys.path.append(SCRIPTS)


@pytest.fixture
def project() -> Path:
    """The checkout under test."""
    return PROJECT
