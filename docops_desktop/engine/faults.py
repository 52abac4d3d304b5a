"""Turns an exception into a message: a condition that the user can mend is told, a defect is logged and reported. None is swallowed."""

from __future__ import annotations

import logging
import traceback

from docops_desktop.engine.state import Message
from docops_desktop.model.errors import KnownError

log = logging.getLogger("docops_desktop")


def message_of(error: BaseException, doing: str) -> Message:
    """Return what to tell the user about an exception that ended ``doing``."""
    if isinstance(error, KnownError):
        return Message("error", str(error))
    if isinstance(error, MemoryError):
        return Message("error", f"{doing}: there is not enough memory. Close other programs or narrow the filters")
    details = "".join(traceback.format_exception(error))
    log.error("defect while %s\n%s", doing, details)
    return Message("defect", f"{doing}: {type(error).__name__}: {error}", details)
