"""The program's entry: decides between the window and the command line, and gives the command line what needs the window.

Nothing heavy may be imported here: what a start costs is decided by the path that is taken.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status. Without arguments, or with one ``.docops`` file, the window opens."""
    if getattr(sys, "frozen", False):  # a process for an import starts the bundle's own program again
        from multiprocessing import freeze_support

        freeze_support()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        return start_window(None)
    if len(given) == 1 and given[0].lower().endswith(".docops") and not given[0].startswith("-"):
        return start_window(Path(given[0]))
    from docops_desktop.cli.app import run
    from docops_desktop.cli.display import has_display
    from docops_desktop.cli.services import Services

    return run(given, Services(open_window, render, has_display))


def start_window(path: Path | None) -> int:
    """Open the window if somebody can see it, else say so."""
    from docops_desktop.cli.display import has_display

    if not has_display():
        sys.stderr.write(
            "docops-desktop: there is no display to open a window on. "
            "Use the commands (docops-desktop --help), or start it in a desktop session\n"
        )
        return 1
    return open_window(path)


def open_window(path: Path | None) -> int:
    """Show the window until it is closed; return the exit status."""
    from docops_desktop.ui.application import run

    return int(run(path))


def render(**options: Any) -> None:
    """Write a picture of the window: workspace, out, perspective, size, scale, theme."""
    from docops_desktop.ui.screenshot import render as render_window

    render_window(**options)


if __name__ == "__main__":
    sys.exit(main())
