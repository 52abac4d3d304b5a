"""Personal data: which columns hold it, what is done with them, and what a rejected row may show.

``strict`` (the default) keeps nothing that can name a person: join keys are hashed with the workspace's secret, other personal columns are not
stored, query strings are cut to campaign parameters, and rejected rows show personal cells as a mask. ``keyed`` shows rejected rows with
addresses taken out; ``off`` shows them as they were read. Facts hold no personal text at any level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.mapping import Mapping
from docops_desktop.ingest.mapping.targets import PERSON_DROPPED, target
from docops_desktop.model.errors import RequestError

LEVELS = ("strict", "keyed", "off")
RECORD_LIMIT = 2_000
_NAMES = re.compile(
    r"e-?mail|phone|mobile_?number|\bfax\b|(?:first|last|full|billing|shipping|customer|contact|user|sur)[\s_.-]*name|"
    r"^name$|owner|remote_?ip|ip_?addr|(?:^|[._\s-])ip$|client[\s_.-]?ip|client[\s_.-]?id|user[\s_.-]?id|visitor|customer[\s_.-]?id|"
    r"subscriber|recipient|cookie|clientid|street|address|zip|postal|birth|gender|\blat\b|\blon\b|latitude|longitude|"
    r"log\.client$|log\.user$|request_headers|session[\s_.-]?id|uuid|tp\.aa\.mid|passport|iban|ssn",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_IP4 = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IP6 = re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]{1,39}\b")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d\s()/-]{7,}\d(?![\w.])")
_QUERY = re.compile(r"\?[^\s\"',;<>|]+")
_CONTENT = (
    ("e-mail", r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$"),
    ("IP address", r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$|^(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]+$"),
    ("phone", r"^\+[0-9][0-9 ()/-]{7,}[0-9]$"),
)
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


def check_level(level: str) -> str:
    """Return a level that exists.

    Raises:
        RequestError: it does not.
    """
    if level not in LEVELS:
        raise RequestError(f"there is no privacy level {level!r}", fix=f"Use one of: {', '.join(LEVELS)}")
    return level


def personal_columns(table: pa.Table, mapping: Mapping) -> dict[str, str]:
    """Return the columns that hold personal data, with the kind, judged by mapping, name and the first cells."""
    found: dict[str, str] = {}
    targets = mapping.columns
    for name in table.column_names:
        aim = target(targets.get(name, ""))
        if aim is not None and aim.personal:
            found[name] = aim.name
            continue
        kind = _by_content(table.column(name).slice(0, 200))
        if kind:
            found[name] = kind
        elif (aim is None and _NAMES.search(name)) or (
            aim is not None and aim.kind == "url" and "?" in _joined(table, name)
        ):
            found[name] = "query string" if aim is not None else "by its name"
    return found


def _joined(table: pa.Table, name: str) -> str:
    return " ".join(text for text in table.column(name).slice(0, 200).to_pylist() if text)


def _by_content(values: Any) -> str:
    texts = pc.drop_null(values)
    texts = texts.filter(pc.not_equal(texts, ""))
    if not len(texts):
        return ""
    for kind, pattern in _CONTENT:
        if int(pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0) * 2 > len(texts):
            return kind
    return ""


def privacy_log(level: str, personal: dict[str, str], mapping: Mapping) -> dict[str, Any]:
    """Return what is done to which personal column, for the ledger."""
    targets = mapping.columns
    done = {name: treatment(level, kind, targets.get(name, "")) for name, kind in personal.items()}
    asked = {name: "consent" for name, aim in targets.items() if aim == "consent"}
    rule = "not looked at" if level == "off" else "rows without consent left out, the answer itself not stored"
    return {"level": level, "columns": done | dict.fromkeys(asked, rule), "kinds": dict(personal) | asked}


def treatment(level: str, kind: str, aim: str) -> str:
    """Return what is done to a personal column of this kind and target, in words."""
    if aim in ("session", "user"):
        return "keyed hash (64 bit), used as a join key"
    if kind == "query string":
        return "query string cut to campaign parameters"
    if aim == "ip":
        return "carrier and country looked up offline, then not stored"
    if not aim or aim in PERSON_DROPPED:
        return "not stored"
    return "e-mail addresses taken out" if level == "strict" else "stored"


class Recorder:
    """Writes the text of rejected rows as the privacy level allows it."""

    def __init__(self, level: str, mapping: Mapping) -> None:
        self._level = level
        self._targets = mapping.columns

    def line(self, text: str) -> str:
        """Return the text of a line that could not be read."""
        if self._level == "strict":
            return mask(text[:RECORD_LIMIT])
        return self._plain(text)[:RECORD_LIMIT]

    def row(self, table: pa.Table, row: int) -> str:
        """Return the mapped cells of a row; personal ones as a mask."""
        parts: list[str] = []
        size = 0
        for name in table.column_names:
            value = table.column(name)[row].as_py()
            aim = self._targets.get(name, "")
            if not value or (self._level != "off" and not aim):
                continue
            part = f"{name}={self._cell(value, aim)}"
            parts.append(part)
            size += len(part)
            if size > RECORD_LIMIT:
                break
        return "; ".join(parts)[:RECORD_LIMIT]

    def _cell(self, value: str, aim: str) -> str:
        known = target(aim)
        if self._level == "strict" and known is not None:
            if known.personal or known.kind == "key":
                return mask(value[:80])
            if known.kind in ("time", "duration", "number", "count", "money", "flag"):
                return value[:80] if not _EMAIL.search(value) else mask(value[:80])
        return self._plain(value[:500])

    def _plain(self, text: str) -> str:
        if self._level == "off":
            return text
        text = _QUERY.sub("?(cut)", text)
        text = _EMAIL.sub("(e-mail)", text)
        text = _IP4.sub("(ip)", text)
        text = _IP6.sub("(ip)", text)
        return _PHONE.sub("(number)", text)


def mask(text: str) -> str:
    """Return the shape of a text: letters as a, digits as 0, signs as they are."""
    return _LETTER.sub("a", _DIGIT.sub("0", text))


def kinds(columns: Sequence[str], personal: dict[str, str]) -> tuple[str, ...]:
    """Return the personal columns in the order of the file."""
    return tuple(name for name in columns if name in personal)
