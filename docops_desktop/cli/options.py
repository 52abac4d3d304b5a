"""Options that several commands share, and what they mean: output, filters, the workspace's path."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from docops_desktop.cli.services import CliState
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import Clause, RangeClause, Selection, ValueClause, parse_condition
from docops_desktop.model.timespan import TimeSpan, parse_time

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

WORKSPACE = click.argument("workspace", type=click.Path(readable=False, path_type=Path))
"""The path of a workspace; whether it is one is found out, and said, when it is opened."""

ENCODING = click.option(
    "--encoding",
    default="",
    metavar="NAME",
    help="Encoding of the text, such as cp1250 or shift_jis; found out by itself.",
)

IP_TABLE = click.option(
    "--ip-table",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table of networks of your own (MaxMind DB, or CSV: network or start and end, country, carrier), asked before the shipped ones.",
)
"""Where country and carrier of addresses are looked up first."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filter options as they were typed."""

    where: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None

    def selection(self, zone: str, data: TimeSpan | None = None) -> Selection:
        """Return what they select; times without an offset are read in ``zone``, an open end is the end of the ``data``.

        Raises:
            RequestError: a condition or a time can't be read, or conditions exclude each other.
        """
        clauses = combine(parse_condition(text) for text in self.where)
        if self.start is None and self.end is None:
            return Selection(clauses)
        start = None if self.start is None else parse_time(self.start, zone)
        end = None if self.end is None else parse_time(self.end, zone)
        if start is None:
            start = min(data.start_ms if data else 0, end or 0)
        if end is None:
            end = max(data.end_ms if data else 0, start)
        return Selection(clauses, TimeSpan(start, end))

    def check(self) -> None:
        """Find what is wrong with them before anything is opened.

        Raises:
            RequestError: as ``selection`` does.
        """
        self.selection("UTC")


def combine(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Join conditions on the same field so that all of them hold.

    Raises:
        RequestError: no row can fulfil them.
    """
    found: dict[tuple[str, bool], Clause] = {}
    for clause in clauses:
        slot = (clause.field, isinstance(clause, ValueClause) and clause.negated)
        before = found.get(slot)
        found[slot] = clause if before is None else _both(before, clause)
    return tuple(found.values())


def _both(first: Clause, second: Clause) -> Clause:
    if isinstance(first, ValueClause) and isinstance(second, ValueClause):
        if first.negated:
            return ValueClause(first.dimension, first.values + second.values, negated=True)
        common = tuple(value for value in first.values if value in second.values)
        if not common:
            raise RequestError(
                f"the conditions on {first.dimension} exclude each other",
                f"--where {second.dimension}={','.join(second.values)}",
                "Write --where DIM=A,B to keep both",
            )
        return ValueClause(first.dimension, common)
    if isinstance(first, RangeClause) and isinstance(second, RangeClause):
        return RangeClause(first.number, max(first.low, second.low), min(first.high, second.high))
    raise RequestError(f"the conditions on {first.field} can't be combined", fix="Leave one of them out")


def filter_options(function: Decorated) -> Decorated:
    """Add ``--where``, ``--from`` and ``--to``; the command gets ``filters: Filters``."""

    def gather(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        ctx.meta.setdefault("filters", {})[parameter.name] = value
        return value

    def keep(name: str, *flags: str, **settings: Any) -> Callable[[Decorated], Decorated]:
        return click.option(name, *flags, callback=gather, expose_value=False, **settings)

    import functools

    @functools.wraps(function)
    def command(*args: Any, **values: Any) -> Any:
        typed = click.get_current_context().meta.get("filters", {})
        filters = Filters(tuple(typed.get("where") or ()), typed.get("start"), typed.get("end"))
        filters.check()
        return function(*args, filters=filters, **values)

    decorated: Any = command
    for option in (
        keep("end", "--to", metavar="TIME", help="Sessions that start before this time."),
        keep("start", "--from", metavar="TIME", help="Sessions that start at this time (ISO 8601) or later."),
        keep(
            "where",
            "--where",
            multiple=True,
            metavar="CONDITION",
            help="DIM=VALUE[,VALUE...], DIM!=VALUE or 'load_ms>=4000'; repeatable, all must hold.",
        ),
    ):
        decorated = option(decorated)
    result: Decorated = decorated
    return result


def _debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(CliState).debug = True


def output_options(function: Decorated) -> Decorated:
    """Add ``--json``, ``--quiet`` and ``--debug``; the command gets ``as_json`` and ``quiet``."""
    for option in (
        click.option(
            "--debug",
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_debug,
            help="Show the traceback of an error.",
        ),
        click.option("--quiet", is_flag=True, help="No progress on stderr."),
        click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else there."
        ),
    ):
        function = option(function)
    return function


def names(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Split ``A,B`` into names (a click callback)."""
    if value is None:
        return None
    return tuple(part.strip() for part in value.split(",") if part.strip())


def finite(_ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN and infinity (a click callback)."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number to compute with", param_hint=parameter.opts[0])
    return value
