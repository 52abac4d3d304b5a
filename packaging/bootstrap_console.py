"""How the set-up talks: one error type, child processes, and output that names no place on the network.

pip and apt print the addresses of whatever index or mirror the machine is configured for. These don't belong in a log
that people paste into tickets, so their output passes through `scrub`. Must not decide anything about the set-up.
"""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

KEPT_LINES = 15
ADDRESS = re.compile(r"\b(?:https?|ftp|file)://[^\s'\"<>),]+|(?:(?<=host=)|(?<=resolve ))(['\"])[^'\"]*\1")


class SetupError(Exception):
    """Something the person at the keyboard can put right; its text says what, where and what to do."""


def scrub(line: str) -> str:
    """`line` without addresses of package indexes or mirrors."""
    return ADDRESS.sub("<address>", line)


def say(text: str) -> None:
    """Print at once, also when the output is a pipe, so that it stays in order with that of child processes."""
    print(text, flush=True)


def pip_progress(line: str) -> str | None:
    """What of pip's output is worth showing while it works: a line per package, and that it unpacks them."""
    if match := re.match(r"Collecting ([A-Za-z0-9._-]+)==([^\s;]+)", line):
        return f"  {match[1]} {match[2]}"
    return "  unpacking..." if line.startswith("Installing collected packages") else None


def run_scrubbed(
    command: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    show: Callable[[str], str | None],
) -> tuple[int, list[str]]:
    """Run `command`; print what `show` makes of each line; return the exit status and the last lines, scrubbed."""
    last: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for raw in process.stdout:
            line = scrub(raw.rstrip())
            if line and not line.startswith(
                "Ignoring "
            ):  # pip's word for lines of the lock that are for other machines
                last.append(line)
            if shown := show(line):
                say(shown)
    return process.returncode, list(last)


def run_plain(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> int:
    """Run `command` on this terminal and return its exit status; a program that can't be started is a SetupError."""
    try:
        return subprocess.run(command, cwd=cwd, env=dict(environ), check=False).returncode
    except OSError as error:
        raise SetupError(f"{command[0]} could not be started: {error.strerror or error}.") from error
