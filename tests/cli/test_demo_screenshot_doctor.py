"""The commands that touch the window, and the self-test; the window itself is a stand-in here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.cli.display import has_display
from docops_desktop.cli.services import Services
from docops_desktop.engine import libraries
from docops_desktop.engine.self_test import difference
from tests.cli.conftest import Run
from tests.cli.test_app import shell


@dataclass
class Window:
    """Remembers what it was asked for."""

    display: bool = True
    opened: list[Path | None] = field(default_factory=list)
    rendered: list[dict[str, Any]] = field(default_factory=list)

    def services(self) -> Services:
        return Services(
            lambda path: self.opened.append(path) or 0, lambda **o: self.rendered.append(o), lambda: self.display
        )


def test_demo_is_made_and_opened(run: Run, tmp_path: Path) -> None:
    window, path = Window(), tmp_path / "d.docops"
    ran = run("demo", path, "--sessions", "1000", "--seed", "4", "--json", services=window.services())
    assert ran.status == 0, ran.err
    assert ran.document["workspace"] == str(path)
    assert ran.document["made"] is True
    assert ran.document["incident"]["page_group"]
    assert window.opened == [path]
    again = run("demo", path, services=window.services())
    assert again.status == 0
    assert str(path) in again.out
    assert window.opened == [path, path]
    run("demo", path, "--seed", "5").failed_with(2, "already")


def test_demo_without_a_window_or_a_display(run: Run, tmp_path: Path) -> None:
    window = Window(display=False)
    ran = run("demo", tmp_path / "d.docops", "--sessions", "1000", services=window.services())
    assert ran.status == 0
    assert "no display" in ran.err
    assert run("demo", tmp_path / "d.docops", "--no-window", services=Window().services()).status == 0
    assert window.opened == []
    checked = run("check", tmp_path / "d.docops")
    assert checked.status == 0
    assert "1 import" in checked.out
    assert "1 imports" not in checked.out


def test_demo_in_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    run("demo", tmp_path / "no" / "d.docops", "--sessions", "1000", "--no-window").failed_with(3, "d.docops")


def test_screenshot_asks_the_window(run: Run, demo_path: Path, tmp_path: Path) -> None:
    window, out = Window(), tmp_path / "w.png"
    arguments = (
        "screenshot",
        demo_path,
        "--out",
        out,
        "--perspective",
        "investigate",
        "--size",
        "1280x800",
        "--scale",
        "2",
    )
    ran = run(*arguments, "--theme", "light", "--json", services=window.services())
    assert ran.status == 0, ran.err
    assert window.rendered == [
        {
            "workspace": demo_path,
            "out": out,
            "perspective": "investigate",
            "size": (1280, 800),
            "scale": 2.0,
            "theme": "light",
            "selection": None,
        }
    ]
    assert (ran.document["width"], ran.document["height"]) == (2560, 1600)
    run("screenshot", tmp_path / "gone.docops", "--out", out, services=window.services()).failed_with(2, "gone.docops")
    run("screenshot", demo_path, "--out", tmp_path / "no" / "w.png", services=window.services()).failed_with(
        2, "folder"
    )
    assert len(window.rendered) == 1
    filtered = ("screenshot", demo_path, "--out", out, "--where", "device_type=Mobile", "--from", "2026-07-29T00:00Z")
    assert run(*filtered, "--perspective", "Bridge", services=window.services()).status == 0
    assert (
        window.rendered[-1]["selection"].text().startswith("Device type = Mobile; 2026-07-29T00:00:00Z to 2026-08-04T")
    )
    assert window.rendered[-1]["perspective"] == "bridge"
    assert run(*arguments, "--theme", "contrast", services=window.services()).status == 0
    assert window.rendered[-1]["theme"] == "contrast"


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "win32", False),
        ({}, "win32", True),
        ({}, "darwin", True),
        ({"DISPLAY": ":47391"}, "linux", False),
        ({"DISPLAY": "elsewhere:0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-none", "XDG_RUNTIME_DIR": "/nonexistent"}, "linux", False),
    ],
)
def test_display(environ: dict[str, str], platform: str, expected: bool) -> None:
    assert has_display(environ, platform) is expected


def test_doctor_finds_a_healthy_installation() -> None:
    done = shell("doctor", "--json", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert set(document) >= {"versions", "paths", "graphics", "threads", "kernel_cache", "self_test", "ok"}
    assert [step["ok"] for step in document["self_test"]] == [True] * 5
    assert document["self_test"][-1]["detail"] == "equal to the reference"
    assert done.stderr == ""


def test_doctor_says_what_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("docops_desktop.engine.demo.create_demo", broken)
    ran = run("doctor", "--json")
    assert ran.status == 1
    assert ran.document["ok"] is False
    (step,) = ran.document["self_test"]
    assert "the disk is gone" in step["detail"]
    assert run("doctor").status == 1


def test_doctor_in_a_bundle_without_metadata_tells_what_it_can(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a frozen application: modules are there, what package managers know of them is not."""
    import numpy as np

    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", unknown)
    monkeypatch.setattr("docops_desktop.engine.self_test.run_self_test", lambda: ())
    monkeypatch.setitem(libraries.MODULES, "scipy", "there_is_no_such_module")
    document = run("doctor", "--json", "--quiet").document
    versions, reasons = document["versions"], document["version_reasons"]
    assert versions["numpy"] == np.__version__
    assert versions["rich"] is None
    assert reasons["rich"] == "there; its version is not recorded in this bundle"
    assert versions["scipy"] is None
    assert reasons["scipy"] == "missing"
    assert set(reasons) == {name for name, version in versions.items() if version is None}
    shown = run("doctor", "--quiet").out
    assert "not recorded" in shown
    assert shown.count("missing") == 1
    assert "iptocc of an unrecorded version" in " ".join(shown.split())


def test_doctor_says_that_no_kernel_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("docops_desktop.engine.self_test.run_self_test", lambda: ())
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache = run("doctor", "--json", "--quiet").document["kernel_cache"]
    assert (cache["folder"], cache["compiled"]) == (str(tmp_path), 0)
    assert "compiled anew" in cache["reason"]
    assert "0 compiled" not in run("doctor", "--quiet").out
    (tmp_path / "kernel.nbc").touch()
    assert run("doctor", "--json", "--quiet").document["kernel_cache"] == {
        "folder": str(tmp_path),
        "compiled": 1,
        "reason": None,
    }


def test_the_self_test_sees_a_difference() -> None:
    import numpy as np

    from docops_desktop.analysis.results.common import Estimate

    assert difference({"a": Estimate(1.0)}, {"a": Estimate(1.0)}) == ""
    assert difference({"a": Estimate(1.0)}, {"a": Estimate(1.1)}) == "[a].value"
    assert difference({"a": 1}, {"b": 1}) == "keys"
    assert difference(np.array([1.0, np.nan]), np.array([1.0, np.nan])) == ""
    assert difference((np.array([1, 2]),), (np.array([1, 3]),)) == "[0][1]"
    assert difference([1], [1, 2]) == "length"
