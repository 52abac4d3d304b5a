"""Where compiled kernels are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from docops_desktop.kernels import environment

SCRIPT = """
import os, sys
from docops_desktop.kernels import environment, warmup
print(environment.prepare())
assert "numba" not in sys.modules
"""


def run(script: str, **variables: str) -> str:
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | variables
    root = str(Path(__file__).parents[2])
    env["PYTHONPATH"] = root
    done = subprocess.run([sys.executable, "-c", script], env=env, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_cache_lies_in_the_users_cache_folder_and_changes_with_the_source(tmp_path):
    folder = run(SCRIPT, XDG_CACHE_HOME=str(tmp_path), LOCALAPPDATA=str(tmp_path), HOME=str(tmp_path))
    assert Path(folder).is_relative_to(tmp_path)
    assert Path(folder).name == environment.source_digest()


def test_a_numba_that_was_imported_before_is_told(tmp_path):
    script = "import numba; from docops_desktop.kernels import environment; environment.prepare(); print(numba.config.CACHE_DIR)"
    folder = run(script, XDG_CACHE_HOME=str(tmp_path), LOCALAPPDATA=str(tmp_path), HOME=str(tmp_path))
    assert Path(folder).is_relative_to(tmp_path)


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(tmp_path):
    (tmp_path / "docops-desktop").write_text("in the way")
    folder = run(SCRIPT, XDG_CACHE_HOME=str(tmp_path))
    assert not Path(folder).is_relative_to(tmp_path)
    assert os.access(folder, os.W_OK)


def test_a_chosen_folder_is_respected(tmp_path):
    assert run(SCRIPT, NUMBA_CACHE_DIR=str(tmp_path)) == str(tmp_path)


def test_reference_serves_for_good_when_asked_to():
    script = "from docops_desktop.kernels import warmup; print(warmup.wait(5), warmup.ready())"
    assert run(script, DOCOPS_REFERENCE_KERNELS="1") == "False False"


def test_analysis_does_not_load_numba_or_pandas():
    script = "import sys, docops_desktop.analysis.refresh; print({'numba', 'pandas', 'pyarrow'} & set(sys.modules))"
    assert run(script) == "set()"


def test_a_new_version_of_a_frozen_application_compiles_anew(tmp_path, monkeypatch):
    program, sources = tmp_path / "docops", tmp_path / "kernels"
    sources.mkdir()
    monkeypatch.setattr("sys.executable", str(program))
    program.write_bytes(b"version 1")
    first = environment.source_digest(sources)
    assert environment.source_digest(sources) == first
    program.write_bytes(b"version 2")
    assert environment.source_digest(sources) != first
