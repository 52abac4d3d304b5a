"""Where the data files that ship with the program are (adapters, icons, texts).

They stand beside the package in a source tree, and inside the bundle in a frozen application.
"""

from __future__ import annotations

import sys
from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Return the path of a shipped data file or folder, e.g. ``resource_path("adapters")``."""
    bundle = getattr(sys, "_MEIPASS", None)
    root = Path(bundle) if bundle else Path(__file__).resolve().parents[2]
    return root.joinpath("resources", *parts)
