"""Which libraries the program stands on, in which versions: for reports on a machine that nobody can look at.

A frozen application may carry a library without the metadata that package managers write: then its own module says what it is, if it says so.
Nothing is guessed: what can't be told is said to be so.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from importlib import metadata

MODULES = {
    "PySide6-Essentials": "PySide6",
    "pyqtgraph": "pyqtgraph",
    "numpy": "numpy",
    "pandas": "pandas",
    "numba": "numba",
    "scipy": "scipy",
    "pyarrow": "pyarrow",
    "iptocc": "iptocc",
    "maxminddb": "maxminddb",
    "babel": "babel",
    "adbc-driver-sqlite": "adbc_driver_sqlite",
    "sqlite-utils": "sqlite_utils",
    "ua-parser": "ua_parser",
    "click": "click",
    "rich": "rich",
}
"""Package -> the module by which it is imported."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library: its version, and where that can't be told the reason."""

    name: str
    version: str | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        """The version, or why it can't be told."""
        return self.version or self.reason


def library(name: str, *, load: bool = True) -> Library:
    """Tell of one of ``MODULES``; without ``load`` nothing is imported for it, which may take tenths of a second."""
    try:
        return Library(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        pass
    module = MODULES[name]
    if module not in sys.modules and importlib.util.find_spec(module) is None:
        return Library(name, reason="missing")
    try:
        found = sys.modules.get(module) or (importlib.import_module(module) if load else None)
    except Exception as error:  # a library that is broken fails in ways nobody foresaw
        return Library(name, reason=f"there, but can't be loaded ({type(error).__name__}: {error})")
    version = vars(found).get("__version__") if found is not None else None
    if isinstance(version, str):
        return Library(name, version)
    return Library(name, reason="there; its version is not recorded in this bundle")
