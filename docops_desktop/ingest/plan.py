"""What an import is going to do with a file: layout, adapter, mapping and grain of each member, judged from its first records.

Nothing is stored here; preview and import share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import unfolded
from docops_desktop.ingest.derive import derived
from docops_desktop.ingest.files.source import ExportSource, Member
from docops_desktop.ingest.load.loaders import UNTIMED, WIDE, is_loadable
from docops_desktop.ingest.mapping.adapters import (
    AdapterSpec,
    adapter_named,
    all_adapters,
    load_adapter,
    load_mapping,
    plain,
    recognise,
    wanted_columns,
    with_mapping,
)
from docops_desktop.ingest.mapping.mapping import Mapping, judge_grain, resolve
from docops_desktop.ingest.progress import Meter
from docops_desktop.ingest.recognise.encoding import How, named
from docops_desktop.ingest.recognise.sniff import Layout, blocks, sniff
from docops_desktop.model.errors import ExportError

_SHOWN_COLUMNS = 12
_UNSURE: tuple[How, ...] = ("assumed", "letters", "statistics")
"""How an encoding was judged that an adapter may know better."""


@dataclass(frozen=True)
class Request:
    """What the user said about reading a file; None = find out."""

    adapter: str | None = None
    mapping: Path | None = None
    encoding: str = ""


@dataclass(frozen=True)
class Plan:
    """How one member of an export is read.

    Attributes:
        first: its first block with all columns, None when there is no record.
        confidence: how sure the recognition is, 0 to 1.
        grain: "" when the columns suggest none.
        header: column names as written.
    """

    member: Member
    layout: Layout
    spec: AdapterSpec
    confidence: float
    mapping: Mapping
    grain: str
    header: tuple[str, ...]
    first: Block | None

    @property
    def keep(self) -> Callable[[str], bool]:
        """Tells which columns of a record with many are wanted."""
        if self.grain in WIDE:
            return lambda _: True
        rules = {plain(name) for name in wanted_columns(self.spec)}
        return lambda name: plain(name) in rules or bool(resolve(self.spec, (name,)).sources)


def check_request(request: Request) -> None:
    """Make sure that encoding and adapter are there and the mapping can be read, whatever the file.

    Raises:
        RequestError: no such encoding or adapter, or a wrong mapping file.
    """
    named(request.encoding)
    if request.adapter:
        adapter_named(request.adapter)
    if request.mapping is None:
        return
    if _is_adapter(request.mapping):
        load_adapter(request.mapping)
        return
    mapped = load_mapping(request.mapping).adapter
    if mapped and not request.adapter:
        adapter_named(mapped)


def make_plan(source: ExportSource, member: Member, request: Request, learnt: dict[str, str] | None = None) -> Plan:
    """Return the plan of a member.

    Args:
        learnt: what later rows contradicted in an earlier reading.

    Raises:
        ExportError: nothing that can be read.
        RequestError: no such adapter, or a wrong mapping file.
    """
    has_eight_bit = (learnt or {}).get("encoding") == "eight-bit"
    sighted = _sight(source, member, request, request.encoding or _mapped_encoding(request), has_eight_bit)
    if sighted.layout.encoding.how in _UNSURE:
        for name in dict.fromkeys(spec.encoding for spec in (sighted.spec, *all_adapters()) if spec.encoding):
            again = _sight(source, member, request, name, has_eight_bit)
            if again.spec.encoding == name:
                sighted = again
                break
    layout, first, columns, spec, confidence = sighted
    header = layout.dialect.header if layout.dialect is not None else ()
    if first is not None and spec.derive:
        first = next(derived(spec, iter([first])), first)
    seen = tuple(unfolded(first.table, spec.unfold).column_names) if first is not None else columns
    mapping = resolve(spec, seen)
    if spec.synonyms and mapping.sources:
        filled = sum(column in mapping.columns for column in seen) / max(len(seen), 1)
        confidence = round(max(confidence, 0.2 + 0.4 * filled), 3)
    grain = judge_grain(mapping) if spec.grain == "any" else spec.grain
    header = header or columns
    return Plan(member, layout, spec, confidence, mapping, grain, header, first)


def require_loadable(plan: Plan, where: str) -> None:
    """Make sure that an import of this member makes sense.

    Raises:
        ExportError: no records, no time column, or columns that suggest nothing.
    """
    if begins_like_json(plan) and (plan.first is None or not plan.first.table.num_rows):
        again = "It is empty, cut off, or no list of objects: export it again"
        raise ExportError("the file begins like JSON, but holds no whole record", where, again)
    if plan.first is None:
        raise ExportError("the file has a header but no records", where, "Export it again for a span that holds data")
    columns = ", ".join(list(plan.first.table.column_names)[:_SHOWN_COLUMNS])
    fix = "Name the columns' targets in a mapping file (--mapping FILE.toml) or choose the system (--adapter NAME)"
    if not plan.first.table.num_rows and not plan.mapping.sources:
        raise ExportError("no record of this file can be read as a table", where, fix)
    if not plan.grain and plan.layout.dialect is not None and not plan.layout.dialect.delimiter:
        raise ExportError(
            f"this is text, not a table: no comma, semicolon, tab or bar makes columns ({columns[:60]})",
            where,
            "If it is no export, leave it out; if it is one of a single column, name its target in a mapping file (--mapping FILE.toml)",
        )
    if not plan.grain:
        raise ExportError(f"the columns do not tell what a row is ({columns})", where, fix)
    if not is_loadable(plan.grain):
        raise ExportError(f"records of the grain {plan.grain!r} can't be loaded yet", where, fix)
    if plan.grain not in UNTIMED and not plan.mapping.has("time"):
        raise ExportError(f"no column with a time was recognised ({columns})", where, fix)


def begins_like_json(plan: Plan) -> bool:
    """Tell whether the file looks like JSON, readable or not."""
    if plan.layout.format in ("json_lines", "json_stream"):
        return True
    return plan.layout.format == "delimited" and "".join(plan.header[:1]).lstrip("\ufeff \t").startswith(("{", "["))


class _Sighted(NamedTuple):
    """A file read in one encoding: its layout, first block and columns, and the adapter that fits them."""

    layout: Layout
    first: Block | None
    columns: tuple[str, ...]
    spec: AdapterSpec
    confidence: float


def _sight(source: ExportSource, member: Member, request: Request, encoding: str, has_eight_bit: bool) -> _Sighted:
    layout = sniff(source, member, named(encoding), has_eight_bit=has_eight_bit)
    first = _first(blocks(source, member, layout, Meter()))
    header = layout.dialect.header if layout.dialect is not None else ()
    columns = tuple(first.table.column_names) if first is not None else header
    return _Sighted(layout, first, columns, *_adapter(columns, layout, request))


def _mapped_encoding(request: Request) -> str:
    """What a mapping says of this file; an adapter's encoding is for many files, and counts only for those that leave it open."""
    if request.mapping is None or _is_adapter(request.mapping):
        return ""
    return load_mapping(request.mapping).encoding


def _first(stream: Iterator[Block]) -> Block | None:
    with closing(stream) as opened:  # type: ignore[type-var]
        empty: Block | None = None
        for block in opened:
            if block.table.num_rows:
                return block
            empty = empty or block
        return empty


def _adapter(columns: tuple[str, ...], layout: Layout, request: Request) -> tuple[AdapterSpec, float]:
    mapping = None
    if request.mapping is not None:
        if _is_adapter(request.mapping):
            return load_adapter(request.mapping), 1.0
        mapping = load_mapping(request.mapping)
    name = request.adapter or (mapping.adapter if mapping is not None else "")
    if name:
        spec, confidence = adapter_named(name), 1.0
    else:
        spec, confidence = recognise(columns, layout.format, all_adapters())
    return (with_mapping(spec, mapping), confidence) if mapping is not None else (spec, confidence)


def _is_adapter(path: Path) -> bool:
    """Whether a mapping file is a whole adapter: it has a name of its own."""
    import tomllib

    try:
        return "name" in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
