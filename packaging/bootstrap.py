#!/usr/bin/env python3
"""Set the project up and run it: `python3 packaging/bootstrap.py demo | test | env | bench`.

This is the one command a person types after cloning. It needs Python alone, without any package. This file also has to
load on a Python that is too old for the rest, so that it can say so: it keeps to syntax of Python 3.6 and must not
import anything but `sys` before it has looked at the version.
"""

import sys

OLDEST_PYTHON = (3, 11)


def too_old(version: "tuple[int, ...]") -> "str | None":
    """The message for a Python older than the project supports, or None; `version` is (major, minor)."""
    if version >= OLDEST_PYTHON:
        return None
    return (
        "DocOps Desktop needs Python {}.{} or newer, but this is Python {}.{}. "
        "Install a newer one and run the same command with it, for example: python3.11 packaging/bootstrap.py demo"
    ).format(*(OLDEST_PYTHON + version))


def main(arguments: "list[str]") -> int:
    """Run a verb and return the exit status."""
    message = too_old(sys.version_info[:2])
    if message:
        sys.stderr.write(message + "\n")
        return 1
    from bootstrap_verbs import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
