"""``doctor``: versions, paths, graphics, kernel cache, and a self-test on a tiny workspace."""

from __future__ import annotations

import ctypes.util
import os
import platform
import sys
from typing import Any

import click

from docops_desktop import __version__
from docops_desktop.cli.options import output_options
from docops_desktop.cli.output import Reporter, print_facts, print_json, print_table
from docops_desktop.cli.services import CliState
from docops_desktop.engine.libraries import MODULES, library
from docops_desktop.model.errors import KnownError


@click.command("doctor")
@output_options
@click.pass_obj
def doctor_command(state: CliState, *, as_json: bool, quiet: bool) -> int:
    """Show versions, paths and graphics, and test the engine on a tiny workspace; exit status 1 when something is wrong."""
    from docops_desktop.engine.self_test import run_self_test

    reporter = Reporter(quiet=quiet)
    reporter.note("Testing the engine on a tiny workspace; the first time this compiles the kernels")
    libraries = [library(name) for name in MODULES]
    document: dict[str, Any] = {
        "versions": {**versions(), **{found.name: found.version for found in libraries}},
        "version_reasons": {found.name: found.reason for found in libraries if found.version is None},
        "paths": paths(),
        "networks": networks(),
        "graphics": graphics(state),
        "threads": threads(),
        "self_test": [
            {"name": step.name, "ok": step.ok, "detail": step.detail, "seconds": round(step.seconds, 3)}
            for step in run_self_test()
        ],
    }
    document["kernel_cache"] = kernel_cache()
    document["ok"] = all(step["ok"] for step in document["self_test"])
    if as_json:
        print_json(document)
    else:
        _print(document)
    return 0 if document["ok"] else 1


def versions() -> dict[str, str]:
    """Versions of the program, of Python and of the system."""
    import sqlite3

    return {
        "docops-desktop": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
    }


def paths() -> dict[str, str]:
    """Where the program and its files are."""
    from docops_desktop.engine.settings import SettingsFile, cache_folder
    from docops_desktop.model.resources import resource_path

    return {
        "program": sys.executable,
        "package": os.path.dirname(os.path.dirname(os.path.abspath(__file__))),  # noqa: PTH100, PTH120
        "resources": str(resource_path()),
        "settings": str(SettingsFile().path),
        "cache": str(cache_folder()),
    }


def networks() -> list[str]:
    """Tables that answer country and carrier of addresses, with their dates, in the order in which they are asked."""
    from docops_desktop.ingest.values.networks import Networks

    try:
        return [table.label for table in Networks().tables()]
    except KnownError as error:  # a table in the user's data folder that can't be read
        return [str(error)]


def graphics(state: CliState) -> dict[str, Any]:
    """What a window would be drawn on."""
    variables = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_SCALE_FACTOR")
    return {
        "display": state.services.has_display(),
        "environment": {name: os.environ[name] for name in variables if name in os.environ},
    }


def threads() -> dict[str, Any]:
    """Cores that this process may use, and the OpenMP library that other libraries may want."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cores": cores, "openmp": ctypes.util.find_library("gomp") or ctypes.util.find_library("omp")}


def kernel_cache() -> dict[str, Any]:
    """Where compiled kernels are kept, and how many there are; when none are, what that means. Ask after the self-test, which compiles some."""
    from pathlib import Path

    folder = os.environ.get("NUMBA_CACHE_DIR", "")
    files = sum(1 for _ in Path(folder).rglob("*.nbc")) if folder and Path(folder).is_dir() else 0
    reason = None if files else "none is kept here: kernels are compiled anew whenever the program starts"
    return {"folder": folder or None, "compiled": files, "reason": reason}


def _print(document: dict[str, Any]) -> None:
    reasons = document["version_reasons"]
    print_facts("Versions", {name: version or reasons[name] for name, version in document["versions"].items()})
    print_facts("\nPaths", document["paths"])
    shown = {"display": "yes" if document["graphics"]["display"] else "none", **document["graphics"]["environment"]}
    print_facts("\nGraphics", shown)
    cache = document["kernel_cache"]
    print_facts(
        "\nEngine",
        {
            "cores": str(document["threads"]["cores"]),
            "addresses are looked up in": "; ".join(document["networks"]),
            "OpenMP library": document["threads"]["openmp"] or "none (not needed)",
            "kernel cache": f"{cache['folder'] or 'none'} ({cache['reason'] or str(cache['compiled']) + ' compiled'})",
        },
    )
    rows = [
        (s["name"], "ok" if s["ok"] else "WRONG", s["detail"], f"{s['seconds']:.2f} s") for s in document["self_test"]
    ]
    print_table("\nSelf-test", ("step", "", "detail", "time"), rows, ("time",))
