"""What commands print: one JSON document, or readable tables; progress and notes go to stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from docops_desktop.model.timespan import iso
from docops_desktop.model.wording import percent

PIPE_WIDTH = 4000
PLAIN_SECONDS = 5.0


def print_json(document: Mapping[str, Any]) -> None:
    """Print one document; a number that isn't one (NaN, infinity) becomes null."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False))


def print_json_line(document: Mapping[str, Any]) -> None:
    """Print one document of many in a line of its own, at once."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, allow_nan=False))
    sys.stdout.flush()


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: NumPy numbers as numbers, NaN as None, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def with_reason(numbers: Mapping[str, Any], reasons: Mapping[str, str], default: str) -> dict[str, Any]:
    """Return the numbers and, when any of them is null, a sibling ``reason`` that says for which of them and why."""
    document: dict[str, Any] = plain(numbers)
    missing = [name for name, value in document.items() if value is None]
    if missing:
        by_text: dict[str, list[str]] = {}
        for name in missing:
            by_text.setdefault(reasons.get(name) or default, []).append(name)
        document["reason"] = "; ".join(f"{', '.join(fields)}: {text}" for text, fields in by_text.items())
    return document


def time_text(time_ms: int | None, zone: str = "UTC") -> str | None:
    """ISO 8601 text of an instant, None for none."""
    return None if time_ms is None else iso(time_ms, zone)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = (), note: str = ""
) -> None:
    """Print a readable table; ``right`` names the columns of numbers. Into a pipe every cell is printed whole, however wide that gets."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    numbers, terminal = set(right), sys.stdout.isatty()
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        is_number = column in numbers
        table.add_column(column, justify="right" if is_number else "left", no_wrap=is_number or not terminal)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False, width=None if terminal else PIPE_WIDTH)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())
    if note:
        click.echo(note)


def print_facts(title: str, facts: Mapping[str, str]) -> None:
    """Print names and values, one below the other."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(Text(name), Text(value))
    console = Console(file=sys.stdout, highlight=False, width=None if terminal else PIPE_WIDTH)
    with console.capture() as capture:
        console.print(Text(title, style="bold"))
        console.print(grid)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


class Reporter:
    """Progress on stderr: a line that changes in a terminal, a line every few seconds elsewhere, nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._length = 0

    def update(self, text: str, fraction: float | None = None) -> None:
        """Say how far the work is; cheap enough to be called often."""
        now = time.monotonic()
        if self._quiet or now - self._shown_at < (0.1 if self._terminal else PLAIN_SECONDS):
            return
        self._shown_at = now
        share = "" if fraction is None else f"{percent(fraction, 0):>5} "
        line = f"{share}{text}"
        if self._terminal:
            click.echo("\r" + line.ljust(self._length)[:160], err=True, nl=False)
            self._length = min(len(line), 160)
        else:
            click.echo(line, err=True)

    def step(self, what: str, fraction: float) -> None:
        """The same with the order of arguments that store and demo use."""
        self.update(what, fraction)

    def note(self, text: str) -> None:
        """Say something that stays."""
        if not self._quiet:
            self.clear()
            click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """Say something that matters even when quiet."""
        self.clear()
        click.echo(f"docops-desktop: {text}", err=True)

    def clear(self) -> None:
        """Take the changing line away."""
        if self._terminal and self._length:
            click.echo("\r" + " " * self._length + "\r", err=True, nl=False)
            self._length = 0
