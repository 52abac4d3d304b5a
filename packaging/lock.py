"""Write the lock files again: every package the project needs, with its exact version and hashes.

Run it with the project's environment after a change of the dependencies in pyproject.toml:

    .venv/bin/python -m pip install uv
    .venv/bin/python packaging/lock.py              # keeps the versions that still fit
    .venv/bin/python packaging/lock.py --upgrade    # takes the newest that fit

uv is needed only here, never by somebody who installs or tests the project. Each file is complete on its own and
agrees with the one it builds on; markers make it hold for Linux, macOS and Windows on every supported Python.
The files must not name a package index, a mirror or a folder of this machine: those belong to whoever installs.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements.lock": ("build",),
    "requirements-test.lock": ("build", "test"),
    "requirements-bench.lock": ("build", "test", "bench"),
}
HEADER = "# Written by packaging/lock.py from pyproject.toml; do not edit by hand.\n"
FOREIGN_LINE = re.compile(r"://|^\s*-(?!-hash)|\s@\s")


def foreign_lines(text: str) -> list[str]:
    """Lines of a lock that name a place or an option instead of a version and its hashes."""
    return [line for line in text.splitlines() if not line.startswith("#") and FOREIGN_LINE.search(line)]


def pins(text: str) -> list[str]:
    """The lines of a lock that say which version of what, without hashes; they constrain the next file."""
    return [line.removesuffix("\\").strip() for line in text.splitlines() if "==" in line and line[:1] not in " #"]


def compile_lock(name: str, groups: tuple[str, ...], base: str, options: list[str]) -> str:
    """Resolve `groups` with the runtime dependencies into the file `name`, keeping to the pins of `base`."""
    target = ROOT / name
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(pins(base)), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--python-version", OLDEST_PYTHON, "--no-header", "--no-annotate"),
            *("--constraint", str(constraints), "--output-file", str(target), *options),
            *(word for group in groups for word in ("--group", group)),
            "pyproject.toml",
        ]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit(f"{name} was not written: uv could not resolve it, see above (or: pip install uv).")
    return target.read_text(encoding="utf-8").removeprefix(HEADER)


def main(options: list[str]) -> int:
    """Write all locks; 1 when one of them would tie the project to a place."""
    base = ""
    for name, groups in LOCKS.items():
        base = compile_lock(name, groups, base, options)
        if bad := foreign_lines(base):
            print(f"{name} names a place or an option, which a lock must not:\n" + "\n".join(bad), file=sys.stderr)
            return 1
        (ROOT / name).write_text(HEADER + base, encoding="utf-8", newline="\n")
        print(f"{name}: {len(pins(base))} versions")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
