"""What the reader sees in a file before anything is stored: its layout, adapter, mapping, rows untouched, and what an import would make of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from docops_desktop.ingest.blocks import Block, Reconsider
from docops_desktop.ingest.context import Context, Tally
from docops_desktop.ingest.derive import derived
from docops_desktop.ingest.files.companions import records_of
from docops_desktop.ingest.files.source import ExportSource
from docops_desktop.ingest.load.loaders import make_loader
from docops_desktop.ingest.load.loading import CountingSink
from docops_desktop.ingest.mapping.decisions import Decisions
from docops_desktop.ingest.plan import Plan, Request, make_plan, require_loadable
from docops_desktop.ingest.privacy.keys import KeyMaker
from docops_desktop.ingest.privacy.personal_data import LEVELS, kinds, personal_columns, treatment
from docops_desktop.ingest.progress import Meter
from docops_desktop.ingest.readers.report_text import FOOTER, PREFIX
from docops_desktop.ingest.recognise.encoding import HOW
from docops_desktop.ingest.recognise.sniff import blocks
from docops_desktop.ingest.values.networks import Networks
from docops_desktop.model.errors import ExportError

_READINGS = 12


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """One column: its target and unit ("" = not loaded), and what was decided about its cells.

    Attributes:
        personal: kind of personal data that it holds, "" for none.
        treatment: what is done with these, in words, by privacy level.
    """

    name: str
    target: str
    unit: str
    decided: str
    personal: str = ""
    treatment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an import would make of the previewed rows; reasons with their counts: all, those of filtered and those of quarantined rows.

    ``refused``: the import would not even begin, none of the rows is of use as the file stands.
    """

    read: int
    loaded: int
    filtered: int
    quarantined: int
    reasons: dict[str, int]
    filtered_by: dict[str, int] = field(default_factory=dict)
    quarantined_by: dict[str, int] = field(default_factory=dict)
    refused: bool = False


@dataclass(frozen=True)
class Preview:
    """A file as the reader sees it.

    Attributes:
        delimiter, quote: "" when the format has none.
        footer_lines: lines after the table that belong to no row.
        mapping: column -> target, of the columns that are loaded.
        personal_data: columns that hold personal data.
        rows: cells as they stand in the file; None = not there.
        broken: (line, reason) of records that could not be read.
        warnings: what hinders an import, or should be known before it.
        evidence: how sure we are of the adapter's layout (see ``AdapterSpec``); note: what is unsure about it, "" for nothing.
        encoding_evidence: how sure the encoding is, in words.
        networks: tables that answer country and carrier of addresses, with their dates; "" when the file has no addresses.
    """

    encoding: str
    delimiter: str
    quote: str
    preamble_lines: int
    footer_lines: int
    header: tuple[str, ...]
    adapter: str
    system: str
    confidence: float
    grain: str
    mapping: dict[str, str]
    personal_data: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    columns: tuple[PreviewColumn, ...]
    broken: tuple[tuple[int, str], ...]
    estimate: Estimate
    format: str
    warnings: tuple[str, ...]
    evidence: str = ""
    note: str = ""
    networks: str = ""
    encoding_evidence: str = ""


def preview_file(
    path: Path | str,
    rows: int | None = 50,
    adapter: str | None = None,
    mapping: Path | None = None,
    ip_table: Path | None = None,
    encoding: str = "",
) -> Preview:
    """Return a preview of a file (of the first member, when it is an archive).

    Args:
        path: the file.
        rows: how many rows; None = all.
        adapter: read it as this system's export.
        mapping: a mapping or adapter file.
        ip_table: a table of networks of one's own.
        encoding: of the text; "" = find out.

    Raises:
        ExportError: nothing in it can be read.
        RequestError: no such file or adapter, or a wrong mapping.
    """
    source = ExportSource(Path(path))
    members = records_of(source.members())
    request = Request(adapter, mapping, encoding)
    learnt: dict[str, str] = {}
    for _ in range(_READINGS):
        try:
            plan = make_plan(source, members[0], request, learnt)
            taken = _take(source, plan, rows)
            return _preview(plan, taken, learnt, len(members), Networks(ip_table))
        except Reconsider as news:
            learnt[news.topic] = news.value
    raise ExportError("the file contradicts itself too often to be read", str(path), "State formats in a mapping file")


def _take(source: ExportSource, plan: Plan, rows: int | None) -> list[Block]:
    taken: list[Block] = []
    count = 0
    with closing(blocks(source, plan.member, plan.layout, Meter())) as stream:  # type: ignore[type-var]
        for block in stream:
            if rows is not None and count + block.table.num_rows > rows:
                block = _cut(block, rows - count)  # noqa: PLW2901
            taken.append(block)
            count += block.table.num_rows
            if rows is not None and count >= rows:
                break
    return taken


def _cut(block: Block, rows: int) -> Block:
    """The first rows of a block, with the broken records among them."""
    limit = int(block.lines[rows - 1]) if rows else 0
    broken = tuple(entry for entry in block.broken if entry.line <= limit)
    return Block(block.table.slice(0, rows), block.lines[:rows], broken)


def _preview(plan: Plan, taken: list[Block], learnt: dict[str, str], members: int, networks: Networks) -> Preview:
    names = _columns(plan, taken)
    decisions = Decisions({topic: value for topic, value in learnt.items() if topic != "encoding"})
    estimate, warnings = _estimate(plan, taken, decisions, networks)
    warnings += decisions.doubts()
    if plan.layout.encoding.doubt:
        warnings.append(plan.layout.encoding.doubt)
    if members > 1:
        warnings.append(f"the archive holds {members} files; this is {plan.member.name}")
    first = plan.first
    personal = personal_columns(first.table, plan.mapping) if first is not None else {}
    decided = decisions.to_json()
    sources = {item.column: item for group in plan.mapping.sources.values() for item in group}
    columns = tuple(
        PreviewColumn(
            name,
            sources[name].target if name in sources else "",
            (sources[name].unit or decided.get(f"unit:{name}", "")) if name in sources else "",
            decided.get(f"time:{name}") or decided.get(f"figure:{name}") or decided.get(f"decimal:{name}", ""),
            personal.get(name, ""),
            _treatments(personal.get(name, ""), sources[name].target if name in sources else ""),
        )
        for name in names
    )
    dialect = plan.layout.dialect
    mark = "utf-8-sig" if plan.layout.encoding.is_utf8 and plan.layout.encoding.mark_bytes else ""
    return Preview(
        mark or plan.layout.encoding.name,
        dialect.delimiter if dialect is not None else "",
        dialect.quote if dialect is not None else "",
        dialect.preamble_lines if dialect is not None else 0,
        sum(block.filtered.get(FOOTER, 0) for block in taken),
        plan.header if dialect is not None else names,
        plan.spec.name,
        plan.spec.system,
        plan.confidence,
        plan.grain,
        plan.mapping.columns,
        kinds(names, personal),
        _rows(taken, names),
        columns,
        tuple((entry.line, entry.reason) for block in taken for entry in block.broken),
        estimate,
        plan.layout.format,
        tuple(warnings),
        plan.spec.evidence,
        plan.spec.note,
        networks.describe() if plan.mapping.has("ip") else "",
        "" if plan.layout.format == "parquet" else HOW[plan.layout.encoding.how],
    )


def _treatments(kind: str, aim: str) -> dict[str, str]:
    return {level: treatment(level, kind, aim) for level in LEVELS} if kind else {}


def _columns(plan: Plan, taken: list[Block]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for block in taken:
        names.update(dict.fromkeys(name for name in block.table.column_names if not name.startswith(PREFIX)))
    return tuple(names) or plan.header


def _rows(taken: list[Block], names: tuple[str, ...]) -> tuple[tuple[str | None, ...], ...]:
    rows: list[tuple[str | None, ...]] = []
    for block in taken:
        have = set(block.table.column_names)
        missing = [None] * block.table.num_rows
        columns = [block.table.column(name).to_pylist() if name in have else missing for name in names]
        rows.extend(zip(*columns, strict=True))
    return tuple(rows)


def _estimate(plan: Plan, taken: list[Block], decisions: Decisions, networks: Networks) -> tuple[Estimate, list[str]]:
    read = sum(block.records for block in taken)
    broken: dict[str, int] = {}
    for block in taken:
        for entry in block.broken:
            broken[entry.reason] = broken.get(entry.reason, 0) + 1
    try:
        require_loadable(plan, "")
    except ExportError as error:
        left_out: dict[str, int] = {}
        for block in taken:
            for reason, count in block.filtered.items():
                left_out[reason] = left_out.get(reason, 0) + count
        rejected = dict(broken)
        rest = read - sum(broken.values()) - sum(left_out.values())
        if rest:
            rejected["the file can't be loaded"] = rest
        filtered, quarantined = sum(left_out.values()), sum(rejected.values())
        estimate = Estimate(read, 0, filtered, quarantined, {**left_out, **rejected}, left_out, rejected, refused=True)
        return estimate, [str(error)]
    tally = Tally()
    context = Context(
        plan.spec,
        plan.layout,
        decisions,
        plan.spec.time_zone or "UTC",
        "strict",
        KeyMaker(b"preview"),
        Meter(),
        CountingSink(),
        tally,
        networks=networks,
        asks_consent=plan.mapping.has("consent"),
    )
    loader = make_loader(plan.spec, plan.grain, lambda: 1)
    try:
        loader.load(context, derived(plan.spec, iter(taken)))
        loader.finish(context)
    finally:
        loader.close()
    warnings = []
    if read and not tally.loaded:
        warnings.append("none of these rows would be loaded")
    if plan.spec.evidence == "unknown":
        warnings.append(f"nothing public shows how {plan.spec.system} names its columns: check what each becomes")
    if plan.confidence < 0.5:
        warnings.append("the system is not recognised: check what each column becomes")
    filtered = sum(tally.filtered.values())
    return Estimate(
        tally.read,
        tally.loaded,
        filtered,
        tally.quarantined,
        {**tally.filtered, **tally.reasons},
        dict(tally.filtered),
        dict(tally.reasons),
    ), warnings
