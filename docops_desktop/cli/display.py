"""Is there a display to open a window on? Asked before Qt is, because Qt aborts the process where there is none."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

INVISIBLE = ("offscreen", "minimal", "minimalegl", "vnc")


def has_display(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Tell whether somebody would see a window: always on Windows and macOS, elsewhere when a display server answers."""
    settings = os.environ if environ is None else environ
    if settings.get("QT_QPA_PLATFORM", "").split(":")[0] in INVISIBLE:
        return False
    if platform in ("win32", "darwin"):
        return True
    if name := settings.get("WAYLAND_DISPLAY"):
        socket_path = Path(settings.get("XDG_RUNTIME_DIR", "/")) / name
        if socket_path.is_socket():
            return True
    display = settings.get("DISPLAY", "")
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    return _answers(int(local[1])) if local else bool(display)


def _answers(number: int) -> bool:
    """Tell whether a local X server listens; a variable left over from a session that ended isn't a display."""
    for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1)
                connection.connect(address)
                return True
        except OSError:
            continue
    return False
