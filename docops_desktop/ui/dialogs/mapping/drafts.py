"""The corrections of the files that wait for an import: each file its own, or one for all. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docops_desktop.engine.mapping_draft import MappingDraft


class Drafts:
    """Corrections by file; ``shared`` = those of the file at hand hold for all."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._drafts: dict[Path, MappingDraft] = {}
        self._shared = False

    @property
    def shared(self) -> bool:
        """Whether all files have the same corrections."""
        return self._shared

    def share(self, shared: bool, path: Path) -> None:
        """Let the corrections of ``path`` hold for all files, or each file have its own from now on."""
        draft = self.of(path)
        self._shared = shared
        if shared:
            self.set(path, draft)

    def of(self, path: Path) -> MappingDraft:
        """Return the corrections of a file."""
        return self._drafts.get(path, MappingDraft())

    def set(self, path: Path, draft: MappingDraft) -> None:
        """Correct a file, or all of them."""
        for one in self._paths if self._shared else (path,):
            self._drafts[one] = draft

    def corrected(self) -> dict[Path, MappingDraft]:
        """Return the files that were corrected, folders left out: their files are recognised one by one."""
        return {path: draft for path, draft in self._drafts.items() if not draft.is_empty and not path.is_dir()}
