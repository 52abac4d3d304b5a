"""What the command line is given by ``__main__``, because it may not import the window itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docops_desktop.model.errors import RequestError


def _no_window(path: Path | None) -> int:  # noqa: ARG001 - the signature of open_window
    raise RequestError("this command line was started without the window", fix="Start it as docops-desktop")


def _no_pictures(**_options: Any) -> None:
    raise RequestError("this command line was started without the window", fix="Start it as docops-desktop")


@dataclass(frozen=True)
class Services:
    """Functions that need the window.

    Attributes:
        open_window: shows the window with a workspace (or None), returns its exit status.
        render: writes a picture of the window: workspace, out, perspective, size, scale, theme, selection (None: the saved one), all by name.
        has_display: tells whether a window can be shown.
    """

    open_window: Callable[[Path | None], int] = _no_window
    render: Callable[..., None] = _no_pictures
    has_display: Callable[[], bool] = lambda: False


@dataclass
class CliState:
    """What all commands of one call share: click's context object."""

    services: Services = field(default_factory=Services)
    debug: bool = False
