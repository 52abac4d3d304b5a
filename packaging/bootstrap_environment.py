"""The project's own Python environment in `.venv`: made once, filled with exactly the locked versions, then left alone.

A stamp in the environment says which lock it was filled from, for which interpreter and folder; as long as that holds
nothing is run at all, so every verb can ask for the environment first. Must not install anything outside `.venv`.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap_console import SetupError, pip_progress, run_plain, run_scrubbed, say
from bootstrap_system import ensure_system

# In this order each lock contains the one before it.
LOCKS = {"env": "requirements.lock", "test": "requirements-test.lock", "bench": "requirements-bench.lock"}
PROJECT_FILES = ("pyproject.toml", "docops_desktop/__init__.py")
STAMP_NAME = "docops-stamp.json"


@dataclass(frozen=True)
class Environment:
    """Where things are in the environment of the checkout at `root`."""

    root: Path
    windows: bool = os.name == "nt"

    @property
    def folder(self) -> Path:
        """The environment itself."""
        return self.root / ".venv"

    def program(self, name: str) -> Path:
        """A program of the environment, such as `python` or `docops-desktop`."""
        return self.folder / "Scripts" / f"{name}.exe" if self.windows else self.folder / "bin" / name

    @property
    def stamp(self) -> Path:
        """The file that says what the environment was filled from."""
        return self.folder / STAMP_NAME


def digest(files: list[Path]) -> str:
    """SHA-256 over the files' contents with line ends as in the repository, so that a Windows checkout agrees."""
    total = hashlib.sha256()
    for path in files:
        try:
            content = path.read_bytes().replace(b"\r\n", b"\n")
        except FileNotFoundError as error:
            raise SetupError(f"{path} is missing; the checkout is not complete. Restore it with git.") from error
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def base_of(root: Path) -> dict[str, str]:
    """What an environment can't change later: the interpreter's version and the folder it stands in."""
    return {"python": ".".join(map(str, sys.version_info[:2])), "root": str(root)}


def wanted_stamp(root: Path, group: str) -> dict[str, str]:
    """The entries which an environment filled for `group` has; a later lock contains the earlier ones."""
    contained = list(LOCKS)[: list(LOCKS).index(group) + 1]
    locks = {LOCKS[name]: digest([root / LOCKS[name]]) for name in contained}
    return {**base_of(root), **locks, "project": digest([root / name for name in PROJECT_FILES])}


def new_stamp(old: Mapping[str, str], wanted: Mapping[str, str], lock: str) -> dict[str, str]:
    """The stamp after the environment was filled from `lock`.

    When that changed versions, what other locks had installed may no longer hold, so only `wanted` stays.
    """
    return {**old, **wanted} if old.get(lock) == wanted[lock] else dict(wanted)


def read_stamp(path: Path) -> dict[str, str]:
    """The stamp's entries; empty when it is missing or damaged, which means: fill the environment again."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def write_stamp(path: Path, entries: Mapping[str, str]) -> None:
    """Replace the stamp in one step, so that an interrupted run leaves the old one."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(dict(sorted(entries.items())), indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def works(environment: Environment) -> bool:
    """Whether the environment has a Python of this version, with pip."""
    check = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    try:
        outcome = subprocess.run([environment.program("python"), "-c", check], check=False, capture_output=True)
    except OSError:
        return False
    return outcome.returncode == 0


def make_environment(environment: Environment, environ: Mapping[str, str]) -> None:
    """Make `.venv` anew; whatever half-made or foreign environment stood there goes."""
    say(f"Making the Python environment {environment.folder}")
    command = [sys.executable, "-m", "venv", "--clear", str(environment.folder)]
    if status := run_plain(command, cwd=environment.root, environ=environ):
        raise SetupError(f"Python could not make the environment {environment.folder} (status {status}); see above.")


def pip(environment: Environment, environ: Mapping[str, str], *arguments: str) -> None:
    """Run the environment's pip; it keeps to the machine's pip configuration."""
    command = [str(environment.program("python")), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    status, last = run_scrubbed(command, cwd=environment.root, environ=environ, show=pip_progress)
    if status:
        raise SetupError(
            "The packages could not be installed; pip said:\n  "
            + "\n  ".join(last)
            + "\nCheck the network and pip's configuration, then run the command again: it goes on where it stopped."
        )


def install_lock(environment: Environment, environ: Mapping[str, str], lock: Path) -> None:
    """Install exactly what the lock names, as built packages whose hashes it knows."""
    say(f"Installing the locked packages of {lock.name} (about 1 GB on disk; the first time takes minutes)")
    pip(environment, environ, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock))


def install_project(environment: Environment, environ: Mapping[str, str]) -> None:
    """Install the checkout itself in editable form: the command `docops-desktop` then runs the source tree."""
    say("Installing docops-desktop from this checkout")
    pip(
        *(environment, environ),
        *("--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall"),
        *("--editable", str(environment.root)),
    )


def ensure_environment(root: Path, group: str, environ: Mapping[str, str]) -> Environment:
    """Bring `.venv` of the checkout to the lock of `group` (a key of LOCKS) and return it.

    Does nothing but look at the stamp and the system libraries when all is there already. Raises SetupError.
    """
    environment = Environment(root)
    wanted = wanted_stamp(root, group)
    stamp = read_stamp(environment.stamp)
    usable = (not stamp or base_of(root).items() <= stamp.items()) and works(environment)
    ensure_system(root, environ, new_environment=not usable)
    if usable and wanted.items() <= stamp.items() and environment.program("docops-desktop").exists():
        return environment
    if not usable:
        make_environment(environment, environ)
        stamp = {}
    lock = LOCKS[group]
    if stamp.get(lock) != wanted[lock]:
        install_lock(environment, environ, root / lock)
    if stamp.get("project") != wanted["project"] or not environment.program("docops-desktop").exists():
        install_project(environment, environ)
    write_stamp(environment.stamp, new_stamp(stamp, wanted, lock))
    say(f"The environment is ready: {environment.folder}")
    return environment
