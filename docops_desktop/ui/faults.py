"""What happens when the program itself fails: the traceback goes to the log file and a dialog says so, with a report to copy.

A ``KnownError`` is the user's to mend and is shown as one plain message, never as a fault.
"""

from __future__ import annotations

import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from docops_desktop import __version__
from docops_desktop.engine.libraries import library

log = logging.getLogger("docops_desktop")

_LOG_BYTES = 2_000_000


def log_file() -> Path:
    """Return where the log is written: the user's log folder of the platform."""
    from platformdirs import user_log_dir

    return Path(user_log_dir("docops-desktop", appauthor=False)) / "docops-desktop.log"


def start_logging() -> None:
    """Write the log into its file, three files of 2 MB at most; without a writable place the log is only kept in memory by Python."""
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in log.handlers):
        return
    try:
        path = log_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def system_report(extra: str = "") -> str:
    """Return what a maintainer needs to know about this machine and program, as plain text without personal data."""
    lines = [
        f"DocOps Desktop {__version__}",
        f"Python {platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}",
    ]
    names = ("PySide6-Essentials", "pyqtgraph", "numpy", "pandas", "numba", "pyarrow", "sqlite-utils")
    lines += [f"{name} {library(name, load=False).text}" for name in names]
    lines += [*_graphics(), f"Frozen application: {bool(getattr(sys, 'frozen', False))}"]
    if extra:
        lines += ["", extra.rstrip()]
    return "\n".join(lines) + "\n"


def _graphics() -> list[str]:
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        return []
    screens = ", ".join(
        f"{screen.size().width()}x{screen.size().height()} @{screen.devicePixelRatio():g}"
        for screen in QGuiApplication.screens()
    )
    return [f"Qt platform {QGuiApplication.platformName()}; screens: {screens}"]


class FaultHook:
    """Catches what nobody caught, in the window's thread and in others; ``show(report)`` is called in whichever thread failed.

    Install it once; ``remove()`` puts back what was there before.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._before = sys.excepthook
        self._before_threads = threading.excepthook

    def install(self) -> None:
        """Begin to catch."""
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread

    def remove(self) -> None:
        """Stop catching."""
        sys.excepthook = self._before
        threading.excepthook = self._before_threads

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        log.error("Unexpected fault\n%s", text)
        self._show(text)

    def _caught_in_thread(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None and not issubclass(caught.exc_type, SystemExit):
            self._caught(caught.exc_type, caught.exc_value, caught.exc_traceback)
