"""Errors that a person can act on.

A ``KnownError`` says what is wrong, where, and what to do; front ends print it as one line and never show a traceback for it.
Anything else that escapes is a defect and is reported as such.
"""

from __future__ import annotations


class KnownError(Exception):
    """A condition that the user can understand and mend.

    Args:
        what: what is wrong, without a final full stop.
        where: the file, line, option or workspace it is about; may be empty.
        fix: what to do about it; may be empty.
    """

    exit_status = 1

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """One line: where, what, what to do."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{text}. {self.fix}" if self.fix else text).splitlines())


class RequestError(KnownError):
    """The request itself is wrong: unknown dimension, page or option, file not there (exit status 2)."""

    exit_status = 2


class WorkspaceError(KnownError):
    """The workspace can't be used: locked, damaged, made by a newer version, disk full (exit status 3)."""

    exit_status = 3


class ExportError(KnownError):
    """An export was rejected as a whole; the workspace is unchanged (exit status 1)."""

    exit_status = 1


class Cancelled(Exception):  # noqa: N818 - an outcome that the user asked for, not a fault
    """The work was cancelled or superseded; nothing was changed."""
