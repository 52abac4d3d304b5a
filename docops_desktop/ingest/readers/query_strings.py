"""URL-encoded beacons: one query string (or URL, or request line) per line, each parameter a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from docops_desktop.ingest.blocks import Block, Broken
from docops_desktop.ingest.readers.json_records import Collector, Keep

_PAIRS = re.compile(r"(?:[^\s=&?]+\?)?[?&]?[\w.%\[\]:~-]+=[^&\s]*(?:&[\w.%\[\]:~-]+(?:=[^&\s]*)?)+")
_REQUEST = re.compile(r'^"?(?:GET|POST|HEAD)\s+(\S+?)(?:\s+HTTP/[\d.]+)?"?$')
MAX_PARAMETERS = 2_000


def is_query_line(line: str) -> bool:
    """Tell whether a line is a query string, a URL with one, or a request line with one."""
    bare = line.strip()
    request = _REQUEST.match(bare)
    return _PAIRS.fullmatch(request.group(1) if request else bare) is not None


def parameters(query: str) -> dict[str, str]:
    """Return the decoded parameters of a query string; the first of repeated ones counts.

    Raises:
        ValueError: more parameters than any beacon has.
    """
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS):
        found.setdefault(name, value)
    return found


def read_query_strings(pieces: Iterator[bytes], keep: Keep | None = None) -> Iterator[Block]:
    """Yield one record per line of text in whole lines."""
    collector = Collector(keep)
    line = 0
    for piece in pieces:
        raw = piece.split(b"\n")
        if not raw[-1]:
            raw.pop()
        for part in raw:
            line += 1
            text = part.decode("utf-8", "backslashreplace").strip()
            if not text:
                continue
            request = _REQUEST.match(text)
            bare = request.group(1) if request else text
            if not _PAIRS.fullmatch(bare):
                collector.broken.append(Broken(line, "not a URL-encoded beacon", text))
                continue
            _, mark, query = bare.partition("?")
            try:
                record = parameters(query if mark else bare)
            except ValueError:
                collector.broken.append(Broken(line, f"more than {MAX_PARAMETERS} parameters", text))
                continue
            collector.add_flat(line, record)
        if collector.rows or collector.broken:
            yield collector.block()
