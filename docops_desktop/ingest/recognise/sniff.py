"""What physical format a stream of bytes is in, in the order that works for all known exports; extensions mean nothing.

Packed containers are opened by ``source``; here: Parquet by its magic, encoding, then JSON, logs, URL-encoded beacons, and last delimited text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from docops_desktop.ingest.blocks import MEMORY_POOL_BLOCK, Block, Reconsider
from docops_desktop.ingest.files.source import PARQUET_MAGIC, ExportSource, Member
from docops_desktop.ingest.progress import Meter
from docops_desktop.ingest.readers.access_log import has_beacon, is_log_line, read_access_log, read_w3c_log
from docops_desktop.ingest.readers.adobe_feed import Feed, find_feed, read_feed
from docops_desktop.ingest.readers.delimited import read_delimited
from docops_desktop.ingest.readers.json_records import Keep, read_json_lines, read_json_stream
from docops_desktop.ingest.readers.partitions import with_partitions
from docops_desktop.ingest.readers.query_strings import is_query_line, read_query_strings
from docops_desktop.ingest.readers.reports import Report, detect_report, read_report
from docops_desktop.ingest.readers.spreadsheet_xml import is_spreadsheet, read_spreadsheet
from docops_desktop.ingest.recognise.dialect import Dialect, detect_dialect
from docops_desktop.ingest.recognise.encoding import (
    Encoding,
    detect,
    eight_bit,
    is_eight_bit,
    line_pieces,
    sample_text,
    utf8_chunks,
)
from docops_desktop.model.errors import ExportError

Format = Literal["delimited", "json_lines", "json_stream", "query_strings", "access_log", "w3c_log", "parquet", "report", "feed", "spreadsheet"]  # fmt: skip
_UTF8 = Encoding("utf-8")
SAMPLE_BYTES = 256 << 10
CHUNK = 256 << 10


@dataclass(frozen=True)
class Layout:
    """How a member's bytes become records.

    Attributes:
        format: the reader.
        encoding: of text formats.
        dialect: of delimited text.
        beacons: whether log lines carry beacons.
        report, feed: what the lines or files around the records say.
    """

    format: Format
    encoding: Encoding = _UTF8
    dialect: Dialect | None = None
    beacons: bool = False
    report: Report | None = None
    feed: Feed | None = None

    @property
    def typed(self) -> bool:
        """Whether numbers come from a format that writes them in one way (decimal point, no grouping)."""
        return self.format in ("json_lines", "json_stream", "parquet", "query_strings", "access_log", "w3c_log", "feed")

    @property
    def decimal(self) -> str:
        """Decimal sign of the whole file, "" when each column has to be judged by itself."""
        return self.report.decimal if self.report is not None else ""


def sniff(source: ExportSource, member: Member, encoding_name: str = "", *, has_eight_bit: bool = False) -> Layout:
    """Return the layout of a member.

    Args:
        encoding_name: as the user names it; "" = find out.
        has_eight_bit: a first reading came upon text that is no UTF-8, behind what is looked at here.

    Raises:
        ExportError: empty, binary, or without any text.
    """
    where = f"{source.path}" + (f" ({member.name})" if member.name else "")
    sample, complete = source.head(member, SAMPLE_BYTES)
    if not sample:
        raise ExportError("the file is empty", where, "Export it again; it holds no data")
    if sample.startswith(PARQUET_MAGIC):
        return Layout("parquet")
    encoding = detect(sample, complete=complete, where=where, known=encoding_name)
    if has_eight_bit and not encoding_name:
        judged = _eight_bit_of(source, member)
        encoding = replace(judged, mark_bytes=encoding.mark_bytes, cr_lines=encoding.cr_lines)
    text = sample_text(sample, encoding)
    if not text.strip():
        raise ExportError("the file holds nothing but blanks", where, "Export it again; it holds no data")
    layout = _json(text, complete) or _log(text, complete) or _beacons(text, complete)
    if layout is not None:
        return replace(layout, encoding=encoding)
    if is_spreadsheet(text):
        return Layout("spreadsheet", encoding)
    with source.reading():
        feed = find_feed(source, member, text.split("\n", 1)[0].rstrip("\r"))
    if feed is not None:
        return Layout("feed", encoding, feed=feed)
    report = detect_report(text)
    if report is not None:
        return Layout("report", encoding, report[1], report=report[0])
    dialect = detect_dialect(text, complete=complete, prefer_tab=encoding.name.startswith("utf-16"))
    return Layout("delimited", encoding, dialect)


def _eight_bit_of(source: ExportSource, member: Member) -> Encoding:
    """Judge a legacy encoding by the first part of the file that is not ASCII."""
    with source.reading(), source.open(member) as stream:
        while chunk := stream.read(CHUNK):
            if not chunk.isascii():
                return eight_bit(chunk)
    return Encoding("cp1252", how="assumed")


def blocks(
    source: ExportSource, member: Member, layout: Layout, meter: Meter, keep: Keep | None = None
) -> Iterator[Block]:
    """Yield a member's records.

    Args:
        keep: tells by name whether a column is wanted, for formats that would unfold many (None = all).

    Raises:
        ExportError: damaged, cut off, vanished.
        Reconsider: the encoding was misjudged.
    """
    with source.reading():
        if layout.format == "parquet":
            with source.open_seekable(member, meter) as file:
                parquet = read_parquet_blocks(source, file, meter, keep)
                yield from with_partitions(parquet, source.path, member.name)
            return
        with source.open(member, meter) as stream:
            if layout.format == "spreadsheet":
                yield from read_spreadsheet(stream, str(source.path))
                return
            chunks = utf8_chunks(stream, layout.encoding, CHUNK)
            if layout.format == "delimited":
                assert layout.dialect is not None
                yield from read_delimited(chunks, layout.dialect, may_be_eight_bit=layout.encoding.guessed)
            elif layout.format == "report":
                assert layout.report is not None
                yield from read_report(_in_this_encoding(chunks, layout.encoding), layout.report)
            elif layout.format == "feed":
                assert layout.feed is not None
                yield from read_feed(_in_this_encoding(chunks, layout.encoding), layout.feed, keep)
            elif layout.format == "json_stream":
                yield from read_json_stream(chunks, keep)
            else:
                pieces = line_pieces(chunks, MEMORY_POOL_BLOCK)
                if layout.format == "json_lines":
                    yield from read_json_lines(pieces, keep)
                elif layout.format == "query_strings":
                    yield from read_query_strings(pieces, keep)
                elif layout.format == "access_log":
                    yield from read_access_log(pieces, beacons=layout.beacons, keep=keep)
                else:
                    yield from read_w3c_log(pieces, beacons=layout.beacons, keep=keep)


def _in_this_encoding(chunks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    """Pass text on; when the first part of it that is not ASCII is no UTF-8, the encoding was misjudged.

    Raises:
        Reconsider: it was.
    """
    guessed = encoding.guessed
    for chunk in chunks:
        if guessed and not chunk.isascii():
            guessed = False
            if is_eight_bit(chunk[: chunk.rfind(b"\n") + 1] or chunk):
                raise Reconsider("encoding", "eight-bit")
        yield chunk


def read_parquet_blocks(source: ExportSource, file: object, meter: Meter, keep: Keep | None) -> Iterator[Block]:
    """Yield a Parquet file's records."""
    from docops_desktop.ingest.readers.parquet import read_parquet

    check: Callable[[], None] = meter.check
    yield from read_parquet(file, str(source.path), check, keep)  # type: ignore[arg-type]


def _lines(text: str, complete: bool, limit: int = 200) -> list[str]:
    lines = text.split("\n")
    if not complete and len(lines) > 1:
        lines.pop()
    return [line for line in lines[: 4 * limit] if line.strip()][:limit]


def _json(text: str, complete: bool) -> Layout | None:
    bare = text.lstrip("\ufeff \t\r\n\x1e")
    if not bare.startswith(("{", "[")):
        return None
    lines = _lines(bare, complete)
    good = sum(_is_object(line) for line in lines)
    if good and good * 2 >= len(lines):
        return Layout("json_lines")
    decoder = json.JSONDecoder()
    start = bare.lstrip("[ \t\r\n,")
    if not start.startswith("{"):
        return None
    try:
        decoder.raw_decode(start)
    except json.JSONDecodeError as error:
        near_end = error.pos >= len(start) - 1 or "Unterminated" in error.msg
        if not near_end and not start.lstrip("{ \t\r\n").startswith(('"', "}")):
            return None
    except RecursionError:
        return None
    return Layout("json_stream")


def _is_object(line: str) -> bool:
    bare = line.strip().strip("\x1e").rstrip(",")
    if not (bare.startswith("{") and bare.endswith("}")):
        return False
    try:
        json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return True


def _log(text: str, complete: bool) -> Layout | None:
    lines = _lines(text, complete)
    if any(line.lower().startswith("#fields:") for line in lines[:10]):
        return Layout("w3c_log", beacons=any(has_beacon(line) for line in lines))
    matching = sum(is_log_line(line) for line in lines)
    if matching and matching >= 0.6 * len(lines):
        return Layout("access_log", beacons=any(has_beacon(line) for line in lines))
    return None


def _beacons(text: str, complete: bool) -> Layout | None:
    lines = _lines(text, complete)
    matching = sum(is_query_line(line) for line in lines)
    return Layout("query_strings") if matching and matching >= 0.8 * len(lines) else None


__all__ = ["Layout", "Reconsider", "blocks", "sniff"]
