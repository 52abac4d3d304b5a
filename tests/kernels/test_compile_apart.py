"""Kernels are compiled elsewhere once, and only where somebody asked for that."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from docops_desktop.kernels import compile_apart, environment

MODULES = ("json", "wave")
"""Any modules that can be imported do: what matters is that another process imported them."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(environment.VARIABLE, str(tmp_path))
    monkeypatch.setattr(compile_apart, "_apart", threading.Event())
    return tmp_path


def stamps(folder: Path) -> list[str]:
    return sorted(path.name.split(".")[0] for path in folder.glob("*.compiled"))


def test_without_a_window_nothing_is_compiled_apart(folder: Path) -> None:
    compile_apart.ensure(MODULES)
    assert stamps(folder) == []


def test_another_process_compiles_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_apart.compile_apart()
    compile_apart.ensure(MODULES)
    assert stamps(folder) == ["json", "wave"]

    def refuse(method: str) -> None:
        raise AssertionError(f"a second process ({method})")

    monkeypatch.setattr("multiprocessing.get_context", refuse)
    compile_apart.ensure(MODULES)


def test_what_cannot_be_compiled_is_left_to_the_loading_to_tell(folder: Path) -> None:
    compile_apart.compile_apart()
    compile_apart.ensure(("wave", "no_such_module_of_kernels"))
    assert stamps(folder) == ["wave"]
