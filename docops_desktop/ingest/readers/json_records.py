"""JSON records: one object per line, an array of objects, or objects one after the other.

Nested objects become dotted column names (``session.ID``, ``params.tp.ga.clientid``); arrays stay JSON text. Numbers keep their own text, so that
long ids and trailing zeros survive. A record that is not JSON becomes a broken record, and reading goes on at the next line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from docops_desktop.ingest.blocks import MEMORY_POOL_BLOCK, Block, Broken, rows_table
from docops_desktop.ingest.readers.shapes import Bad, Left, Shapes

MAX_RECORD_BYTES = 64 << 20
MAX_DEPTH = 12
_SPACE = " \t\r\n"
Keep = Callable[[str], bool]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which a key that comes again has a name of its own."""
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {}
        for name, value in pairs:
            found[_unused(name, found) if name in found else name] = value
    return found


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)

HOLLOW = "a document without records"


class Collector:
    """Gathers records into a block; drops the columns that nobody wants."""

    def __init__(self, keep: Keep | None) -> None:
        self._keep = keep
        self._wanted: dict[str, bool] = {}
        self._shapes = Shapes()
        self._hollow = 0
        self._has_records = False
        self._start()

    def _start(self) -> None:
        self.rows: list[dict[str, str | None]] = []
        self.lines: list[int] = []
        self.broken: list[Broken] = []
        self.filtered: dict[str, int] = {}

    def add(self, line: int, record: Any, text: str) -> None:
        """Take one decoded value: an object, or a document that holds many records; anything but an object is broken."""
        if not isinstance(record, dict):
            self.broken.append(Broken(line, "not a JSON object", text))
            return
        items = self._shapes.unfold(record)
        if items is None:
            self._add_row(line, record)
            return
        known = self._count()
        for item in items:
            if isinstance(item, Left):
                self.filtered[item.reason] = self.filtered.get(item.reason, 0) + 1
            elif isinstance(item, Bad):
                self.broken.append(Broken(line, item.reason, item.text))
            else:
                self._add_row(line, item)
        self._hollow += self._count() == known

    def _count(self) -> int:
        return len(self.rows) + len(self.broken) + sum(self.filtered.values())

    def is_filled(self) -> bool:
        """Tell whether there is something for a block. Documents without records are, beside others; an export that is nothing else holds no data."""
        self._has_records = self._has_records or bool(self.rows or self.broken or self.filtered)
        return bool(self.rows or self.broken or self.filtered) or (self._has_records and self._hollow > 0)

    def _add_row(self, line: int, record: dict[str, Any]) -> None:
        flat: dict[str, str | None] = {}
        self._flatten(record, "", flat, 0)
        self.rows.append(flat)
        self.lines.append(line)

    def add_flat(self, line: int, record: dict[str, str]) -> None:
        """Take one record that is flat already."""
        self.rows.append({name: value for name, value in record.items() if self._is_wanted(name)})
        self.lines.append(line)

    def block(self) -> Block:
        """Return what was gathered, and begin anew."""
        if self._hollow:
            self.filtered[HOLLOW] = self._hollow
            self._hollow = 0
        block = Block(
            rows_table(self.rows), np.array(self.lines, dtype=np.int64), tuple(self.broken), dict(self.filtered)
        )
        self._start()
        return block

    def _is_wanted(self, name: str) -> bool:
        if self._keep is None:
            return True
        wanted = self._wanted.get(name)
        if wanted is None:
            wanted = self._keep(name)
            if len(self._wanted) < 100_000:
                self._wanted[name] = wanted
        return wanted

    def _flatten(self, record: dict[str, Any], prefix: str, flat: dict[str, str | None], depth: int) -> None:
        for key, value in record.items():
            name = prefix + (key if key.isascii() else _sound(key))
            if isinstance(value, dict) and value and depth < MAX_DEPTH:
                self._flatten(value, f"{name}.", flat, depth + 1)
            elif self._is_wanted(name):
                flat[_unused(name, flat) if name in flat else name] = _text(value)


def _unused(name: str, flat: Mapping[str, Any]) -> str:
    """Another name for a field that has the name of another one, also with dots (``{"a.b": 1, "a": {"b": 2}}``)."""
    count = 2
    while f"{name} #{count}" in flat:
        count += 1
    return f"{name} #{count}"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None or value.isascii() else _sound(value)
    if value is True or value is False:
        return "true" if value else "false"
    return _sound(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _sound(text: str) -> str:
    """Escaped lone surrogates are no text in UTF-8: show them as the escapes they were."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def read_json_lines(pieces: Iterator[bytes], keep: Keep | None = None) -> Iterator[Block]:
    """Yield records of text with one JSON object per line.

    Args:
        pieces: UTF-8 bytes in whole lines.
        keep: tells by its dotted name whether a column is wanted (None = all).
    """
    collector = Collector(keep)
    line = 0
    for piece in pieces:
        raw = piece.split(b"\n")
        if not raw[-1]:
            raw.pop()
        for part in raw:
            line += 1
            bare = part.strip(b" \t\r\n,\x1e")
            if bare in (b"", b"[", b"]"):
                continue
            try:
                text = bare.decode("utf-8")
                record = _DECODER.decode(text)
            except UnicodeDecodeError:
                shown = bare.decode("utf-8", "backslashreplace")
                collector.broken.append(Broken(line, "bytes that are no text in this encoding", shown))
                continue
            except (ValueError, RecursionError) as error:
                collector.broken.append(Broken(line, f"not JSON: {_reason(error)}", text))
                continue
            collector.add(line, record, text)
        if collector.is_filled():
            yield collector.block()


def read_json_stream(chunks: Iterator[bytes], keep: Keep | None = None) -> Iterator[Block]:
    """Yield records of an array of objects, or of objects one after the other, wherever the lines break.

    Args:
        chunks: UTF-8 bytes in any pieces.
        keep: tells by its dotted name whether a column is wanted (None = all).
    """
    collector = Collector(keep)
    stream = _Stream(chunks)
    taken = 0
    while stream.next_value():
        place, line = stream.place, stream.line
        try:
            record, end = _DECODER.raw_decode(stream.text, place)
        except (ValueError, RecursionError) as error:
            if stream.more():
                continue
            end = stream.resync(place)
            collector.broken.append(Broken(line, f"not JSON: {_reason(error)}", stream.text[place:end].strip()))
        else:
            if end == len(stream.text) and not isinstance(record, dict | list) and stream.more():
                continue
            collector.add(line, record, stream.text[place:end] if not isinstance(record, dict) else "")
        taken += end - place
        stream.advance(end)
        if taken >= MEMORY_POOL_BLOCK and collector.is_filled():
            taken = 0
            yield collector.block()
    if collector.is_filled():
        yield collector.block()


class _Stream:
    """A window on the text, with the line number of its place."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        import codecs

        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._ended = False
        self._grow = 0
        self.text = ""
        self.place = 0
        self.line = 1

    def next_value(self) -> bool:
        """Move to the next value; False at the end."""
        while True:
            while self.place < len(self.text):
                character = self.text[self.place]
                if character in _SPACE or character in ",[]\x1e":
                    self.line += character == "\n"
                    self.place += 1
                else:
                    return True
            self.text, self.place = "", 0
            if not self._fill(1):
                return False

    def more(self) -> bool:
        """Get more text behind an unfinished value; False when there is no more, or the value is too long."""
        if len(self.text) - self.place > MAX_RECORD_BYTES:
            return False
        self.text, self.place = self.text[self.place :], 0
        return self._fill(max(1, len(self.text)))

    def advance(self, end: int) -> None:
        """Go on behind a value."""
        self.line += self.text.count("\n", self.place, end)
        self.place = end

    def resync(self, place: int) -> int:
        """Where reading goes on after a broken value: the next line that begins an object, else the end."""
        at = place
        while (at := self.text.find("\n", at)) >= 0:
            rest = at + 1
            while rest < len(self.text) and self.text[rest] in " \t\r,":
                rest += 1
            if rest < len(self.text) and self.text[rest] == "{":
                return at + 1
            at += 1
        return len(self.text)

    def _fill(self, wanted: int) -> bool:
        parts: list[str] = []
        size = 0
        while not self._ended and size < wanted:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            part = self._decoder.decode(chunk or b"", final=chunk is None)
            parts.append(part)
            size += len(part)
        self.text += "".join(parts)
        return size > 0


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
