"""The user's own settings (recent files, theme, window places): one small JSON file, written atomically.

A damaged file is set aside and the defaults serve; settings must never keep the program from starting.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECENT_FILES = 10
APPLICATION = "docops-desktop"


def config_folder() -> Path:
    """The user's configuration folder of this program."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APPLICATION, appauthor=False))


def cache_folder() -> Path:
    """The user's cache folder of this program."""
    import platformdirs

    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


class SettingsFile:
    """Settings by name; every change is written at once.

    Known names: ``theme`` ("system", "dark", "light", "contrast"), ``recent`` (paths, newest first); front ends may keep others (plain JSON values).
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else config_folder() / "settings.json"
        self._values = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            if isinstance(values, dict):
                return values
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            pass
        with contextlib.suppress(OSError):
            self.path.replace(self.path.with_suffix(".damaged.json"))
        return {}

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or ``default`` when it isn't set."""
        return self._values.get(name, default)

    def set(self, **values: Any) -> None:
        """Change settings and write them; None takes a setting away. A disk that can't be written to loses only their next start."""
        merged: Mapping[str, Any] = {**self._values, **values}
        self._values = {name: value for name, value in merged.items() if value is not None}
        with contextlib.suppress(OSError):
            self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".settings-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._values, file, indent=2, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @property
    def recent(self) -> tuple[str, ...]:
        """Paths of workspaces opened before, newest first; they may have moved."""
        value = self._values.get("recent", [])
        return tuple(str(item) for item in value) if isinstance(value, list) else ()

    def remember(self, path: str | Path) -> None:
        """Put a workspace first in the recent files."""
        first = str(Path(path).absolute())
        self.set(recent=[first, *(item for item in self.recent if item != first)][:RECENT_FILES])

    def forget_recent(self, path: str | Path) -> None:
        """Take a workspace out of the recent files."""
        self.set(recent=[item for item in self.recent if item != str(Path(path).absolute())])

    @property
    def theme(self) -> str:
        """``system``, ``dark``, ``light`` or ``contrast``."""
        return str(self._values.get("theme", "system"))
