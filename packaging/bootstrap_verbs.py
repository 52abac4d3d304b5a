"""What `bootstrap.py` can do once Python is known to be new enough: `env`, `demo`, `test`, `bench`.

A verb first brings the environment up to date, then runs programs of that environment. Must not import anything from
the product: the environment's own Python does that.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap_console import SetupError, run_plain, say
from bootstrap_environment import Environment, ensure_environment
from bootstrap_system import DISPLAY_VARIABLES, has_display

ROOT = Path(__file__).resolve().parent.parent
DEMO_FOLDER = "out"
USAGE = """\
env    make or update the environment in .venv, nothing else
demo   and open the window on demo data; without a display, draw it into a picture and print the page ranking;
       options go to `docops-desktop demo`, for example: demo --sessions 2000000
test   and run the checks and tests; what follows goes to pytest, for example: test -- -k ledger
bench  and run the benchmarks; what follows goes to tests/benchmarks/run.py
"""


@dataclass(frozen=True)
class Check:
    """One step of `test`: its outcome and how long it took."""

    name: str
    status: int
    seconds: float


def offscreen(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for programs which draw windows that nobody is to see."""
    return {**environ, "QT_QPA_PLATFORM": "offscreen"}


def check_commands(python: Path, pytest_arguments: list[str]) -> dict[str, list[str]]:
    """The steps of `test` in their order; the cheap ones first, so that a slip shows early."""
    module = [str(python), "-m"]
    return {
        "lint (ruff)": [*module, "ruff", "check", "."],
        "format (ruff)": [*module, "ruff", "format", "--check", "."],
        "types (mypy)": [*module, "mypy"],
        "layers (import-linter)": [str(python.with_name("lint-imports" + python.suffix))],
        "tests (pytest)": [*module, "pytest", *pytest_arguments],
    }


def summary(checks: list[Check]) -> str:
    """The closing table of `test`."""
    width = max(len(check.name) for check in checks)
    lines = [
        f"  {check.name:<{width}}  {'passed' if check.status == 0 else f'FAILED, status {check.status}':<18}"
        f"{check.seconds:7.1f} s"
        for check in checks
    ]
    failed = sum(check.status != 0 for check in checks)
    verdict = f"{failed} of {len(checks)} steps failed." if failed else f"All {len(checks)} steps passed."
    return "\n".join(["", "Summary", *lines, verdict])


def verb_test(environment: Environment, environ: Mapping[str, str], arguments: list[str]) -> int:
    """Run every check, also after one failed, so that one run tells all; 1 when any failed."""
    checks = []
    for name, command in check_commands(environment.program("python"), arguments).items():
        say(f"\n== {name}")
        start = time.monotonic()
        status = run_plain(command, cwd=environment.root, environ=offscreen(environ))
        checks.append(Check(name, status, time.monotonic() - start))
    say(summary(checks))
    return int(any(check.status for check in checks))


def verb_bench(environment: Environment, environ: Mapping[str, str], arguments: list[str]) -> int:
    """Run the benchmarks."""
    script = environment.root / "tests" / "benchmarks" / "run.py"
    if not script.exists():
        raise SetupError(f"{script} is missing; the checkout is not complete. Restore it with git.")
    return run_plain(
        [str(environment.program("python")), str(script), *arguments], cwd=environment.root, environ=offscreen(environ)
    )


def verb_env(environment: Environment, _environ: Mapping[str, str], _arguments: list[str]) -> int:
    """Say where the environment is."""
    say(f"Start the program with {environment.program('docops-desktop')}")
    return 0


def remove_workspace(workspace: Path) -> None:
    """Take away a workspace that was not finished, with what SQLite and the cache left beside it."""
    for path in workspace.parent.glob(workspace.name + "*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def make_demo(environment: Environment, environ: Mapping[str, str], workspace: Path, arguments: list[str]) -> int:
    """Make the demo workspace unless it is there; a workspace that somebody may have worked in is never replaced."""
    if workspace.exists():
        if arguments:
            raise SetupError(
                f"{workspace} exists already, so the options {' '.join(arguments)} would be without effect. "
                "Delete or move it to make another demo, or run without options to open it."
            )
        say(f"Opening the demo workspace made before: {workspace}")
        return 0
    workspace.parent.mkdir(parents=True, exist_ok=True)
    say(f"Making the demo workspace {workspace}")
    program = str(environment.program("docops-desktop"))
    status = 1
    try:
        status = run_plain(
            [program, "demo", str(workspace), "--no-window", *arguments], cwd=environment.root, environ=environ
        )
    finally:
        if status:
            remove_workspace(workspace)
    return status


def demo_commands(program: Path, workspace: Path, picture: Path, *, display: bool) -> list[list[str]]:
    """What runs on the finished demo workspace: the window, or what stands for it where there is no display."""
    start = [str(program)]
    if display:
        return [[*start, str(workspace)]]
    return [[*start, "screenshot", str(workspace), "--out", str(picture)], [*start, "pages", str(workspace)]]


def no_window(environ: Mapping[str, str], signal_number: int) -> str:
    """What to say when the window's process was killed by a signal; mostly a display that is named but not there."""
    named = " and ".join(f"{name}={environ[name]}" for name in DISPLAY_VARIABLES if environ.get(name))
    return (
        f"The program ended with signal {signal_number} instead of showing its window ({named}). When no display "
        "answers there, unset these variables and run the command again: it then draws the window into a picture."
    )


def verb_demo(environment: Environment, environ: Mapping[str, str], arguments: list[str]) -> int:
    """Run the main job on the demo data, with or without a display."""
    folder = environment.root / DEMO_FOLDER
    workspace, picture = folder / "demo.docops", folder / "demo.png"
    if status := make_demo(environment, environ, workspace, arguments):
        return status
    display = has_display(platform.system(), environ)
    settings = dict(environ) if display else offscreen(environ)
    for command in demo_commands(environment.program("docops-desktop"), workspace, picture, display=display):
        if status := run_plain(command, cwd=environment.root, environ=settings):
            if display and status < 0:
                raise SetupError(no_window(environ, -status))
            return status
    if not display:
        say(
            "\nThere is no display here, so the window was drawn into a picture and the page ranking printed above.\n"
            f"  picture:   {picture}\n  workspace: {workspace}\n"
            f"With a display, open it with: {environment.program('docops-desktop')} {workspace}"
        )
    return 0


VERBS: dict[str, tuple[str, Callable[[Environment, Mapping[str, str], list[str]], int]]] = {
    "env": ("env", verb_env),
    "demo": ("env", verb_demo),
    "test": ("test", verb_test),
    "bench": ("bench", verb_bench),
}


def parse(arguments: list[str]) -> tuple[str, list[str]]:
    """The verb and what is passed on to the program it runs; a `--` between them is optional."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Set DocOps Desktop up in this checkout and run it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=USAGE,
    )
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on; see below")
    options = parser.parse_args(arguments)
    rest = options.rest[1:] if options.rest[:1] == ["--"] else options.rest
    if rest and options.verb == "env":
        parser.error("env takes no further arguments")
    return options.verb, rest


def run(arguments: list[str]) -> int:
    """Run the verb named in `arguments`; errors that a person can put right are one message on stderr and status 1."""
    verb, rest = parse(arguments)
    group, action = VERBS[verb]
    environ = dict(os.environ)
    try:
        return action(ensure_environment(ROOT, group, environ), environ, rest)
    except SetupError as error:
        print(f"bootstrap.py {verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nbootstrap.py {verb}: stopped.", file=sys.stderr)
        return 130
