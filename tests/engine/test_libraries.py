"""What is told of the libraries, also where package managers left nothing to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.engine import libraries


def test_every_library_has_a_version_here() -> None:
    for name in libraries.MODULES:
        found = libraries.library(name, load=False)
        assert found.version, name
        assert found.text == found.version


def test_a_library_that_cannot_be_loaded_is_not_called_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken_library.py").write_text("raise OSError('libgone.so: cannot open')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(libraries.MODULES, "broken-library", "broken_library")
    assert "libgone.so" in libraries.library("broken-library").text
    assert "not recorded" in libraries.library("broken-library", load=False).text
