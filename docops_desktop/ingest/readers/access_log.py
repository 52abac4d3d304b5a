"""Access logs: Apache and nginx (common, combined, with virtual host) and W3C/IIS, with the beacons in their requests unfolded.

Columns of the log itself are named ``log.*``; a beacon's parameters keep their own names. In a log that holds beacons the other lines are
filtered and counted. Hostile content in requests is ordinary: it is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from docops_desktop.ingest.blocks import Block, Broken
from docops_desktop.ingest.readers.json_records import Collector, Keep
from docops_desktop.ingest.readers.query_strings import parameters

NO_BEACON = "log line without a beacon"
_LINE = re.compile(
    r"^(?:(?P<vhost>[^\s\[\"]+) )?(?P<client>\S+) (?P<ident>\S+) (?P<user>.{1,200}?) (?:\(\d+\) )?"
    r"\[(?P<time>[^\]]{10,40})\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}|-) (?P<bytes>\d+|-)'
    r'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?(?P<more>.*)$'
)
_REQUEST = re.compile(r"^(?P<method>[A-Z]{3,16}) (?P<target>\S+)(?: (?P<protocol>HTTP/[\d.]+))?$")
_BEACON = re.compile(r"(?:^|&)(?:rt\.start|rt\.si|rt\.tstart|t_done|nt_nav_st)=")
_W3C_NAMES = {
    "cs-method": "log.method",
    "cs-uri-stem": "log.path",
    "cs-uri-query": "log.query",
    "c-ip": "log.client",
    "cs-username": "log.user",
    "cs(user-agent)": "log.agent",
    "cs(referer)": "log.referrer",
    "cs-host": "log.vhost",
    "sc-status": "log.status",
    "sc-bytes": "log.bytes",
    "time-taken": "log.time_taken",
}


def is_log_line(line: str) -> bool:
    """Tell whether a line is of the Apache/nginx family."""
    return _LINE.match(line.rstrip("\r\n")) is not None


def has_beacon(line: str) -> bool:
    """Tell whether a log line carries a boomerang beacon."""
    return re.search(r"[?& ](?:rt\.start|rt\.si|rt\.tstart|t_done|nt_nav_st)=", line) is not None


def read_access_log(pieces: Iterator[bytes], *, beacons: bool, keep: Keep | None = None) -> Iterator[Block]:
    """Yield the requests of an Apache or nginx log.

    Args:
        pieces: UTF-8 bytes in whole lines.
        beacons: only requests that carry a beacon are records; the others are filtered.
        keep: tells by its name whether a column is wanted (None = all).
    """
    collector = Collector(keep)
    line = 0
    for piece in pieces:
        for part in _lines(piece):
            line += 1
            text = part.decode("utf-8", "backslashreplace").rstrip("\r")
            if not text.strip():
                continue
            record = _request(text)
            if record is None:
                collector.broken.append(Broken(line, "not a line of an access log", text))
            else:
                _take(collector, line, record, beacons)
        if collector.rows or collector.broken or collector.filtered:
            yield collector.block()


def read_w3c_log(pieces: Iterator[bytes], *, beacons: bool, keep: Keep | None = None) -> Iterator[Block]:
    """Yield the requests of a W3C extended log (IIS); ``#Fields:`` lines may come again with other columns."""
    collector = Collector(keep)
    fields: tuple[str, ...] = ()
    line = 0
    for piece in pieces:
        for part in _lines(piece):
            line += 1
            text = part.decode("utf-8", "backslashreplace").strip()
            if not text:
                continue
            if text.startswith("#"):
                if text.lower().startswith("#fields:"):
                    fields = tuple(name.lower() for name in text[8:].split())
                continue
            cells = text.split()
            if len(cells) != len(fields):
                reason = f"{len(cells)} fields instead of the {len(fields)} that #Fields names"
                collector.broken.append(Broken(line, reason, text))
                continue
            _take(collector, line, _w3c_record(fields, cells), beacons)
        if collector.rows or collector.broken or collector.filtered:
            yield collector.block()


def _lines(piece: bytes) -> list[bytes]:
    raw = piece.split(b"\n")
    if not raw[-1]:
        raw.pop()
    return raw


def _take(collector: Collector, line: int, record: dict[str, str], beacons: bool) -> None:
    query = record.get("log.query", "")
    if beacons:
        if not _BEACON.search(query):
            collector.filtered[NO_BEACON] = collector.filtered.get(NO_BEACON, 0) + 1
            return
        try:
            record |= {name: value for name, value in parameters(query).items() if not name.startswith("log.")}
        except ValueError:
            collector.broken.append(Broken(line, "a beacon with too many parameters", query))
            return
    collector.add_flat(line, record)


def _request(text: str) -> dict[str, str] | None:
    found = _LINE.match(text)
    if found is None:
        return None
    record = {f"log.{name}": value for name, value in found.groupdict().items() if value and value != "-"}
    record.pop("log.more", None)
    request = _REQUEST.match(record.pop("log.request", ""))
    if request:
        path, _, query = request["target"].partition("?")
        record |= {"log.method": request["method"], "log.path": path}
        if query:
            record["log.query"] = query
    return record


def _w3c_record(fields: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    for name, cell in zip(fields, cells, strict=True):
        if cell == "-":
            continue
        known = _W3C_NAMES.get(name, f"log.{name}")
        record[known] = unquote_plus(cell) if known == "log.agent" else cell
    if "log.date" in record and "log.time" in record:
        record["log.time"] = f"{record['log.date']}T{record['log.time']}Z"
    return record
