"""Damaged files of every format: a clear refusal or a reconciling ledger, never anything else, never a changed workspace on refusal."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.model.errors import KnownError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.workspace import Workspace

TABLE = 'timestamp,session_id,url,load_time_ms\n"2026-08-01 10:00:00","s1","/a ""q""\n b",100\n' + "".join(
    f"2026-08-01 10:00:{i:02},s{i},/é/{i},{i * 100}\n" for i in range(12)
)
BEACONS = [
    {
        "rt.si": f"s{i}",
        "pid": f"p{i}",
        "n": "1",
        "u": f"https://x.example/{i}",
        "rt.end": str(1_785_600_000_000 + i),
        "t_done": "1200",
    }
    for i in range(5)
]


def seeds() -> dict[str, bytes]:
    packed, parquet = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TABLE)
        archive.writestr("b.csv", TABLE)
    pq.write_table(
        pa.table({"timestamp": ["2026-08-01"] * 5, "url": ["/a"] * 5, "load_ms": [1, 2, 3, None, 5]}), parquet
    )
    log = '203.0.113.7 - - [01/Aug/2026:10:00:00 +0000] "GET /b?rt.si=s&u=%2Fa&rt.end=1785600000000&t_done=5 HTTP/1.1" 204 - "-" "curl"\n'
    return {
        "utf8": TABLE.encode(),
        "cp1252": TABLE.encode("cp1252"),
        "utf16": TABLE.replace(",", "\t").encode("utf-16"),
        "lines": "".join(json.dumps(beacon) + "\n" for beacon in BEACONS).encode(),
        "array": json.dumps(BEACONS, indent=1).encode(),
        "log": (log * 4).encode(),
        "w3c": b"#Fields: date time cs-method cs-uri-stem sc-status\n" + b"2026-08-01 10:00:00 GET /a 200\n" * 4,
        "gzip": gzip.compress(TABLE.encode()),
        "zip": packed.getvalue(),
        "parquet": parquet.getvalue(),
    }


PIECES = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\x00",
    b"{",
    b"}",
    b"[",
    b"\xff",
    b"1e999",
    b"nan",
    b"-",
    b"9" * 30,
    b'"\\ud800":1',
    b"\x1f",
]


def damaged(data: bytes, chance: random.Random) -> bytes:
    text = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8])):
        place = chance.randrange(len(text) + 1)
        kind = chance.randrange(4)
        if kind == 0 and place < len(text):
            text[place] = chance.randrange(256)
        elif kind == 1:
            text[place:place] = chance.choice(PIECES)
        elif kind == 2:
            del text[place : place + chance.randrange(40)]
        else:
            text[place:place] = text[place : place + chance.randrange(80)]
    return bytes(text)


@pytest.mark.parametrize("kind", sorted(seeds()))
def test_damaged_files(kind: str, ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    chance = random.Random(kind)
    seed = seeds()[kind]
    refusals: list[tuple[Path, KnownError]] = []
    for number in range(8):
        path = put(f"{kind}{number}", damaged(seed, chance))
        before = len(ws.ledger())
        try:
            preview_file(path, rows=None)
            record = import_file(ws, path)
        except KnownError as error:
            refusals.append((path, error))
            assert len(ws.ledger()) == before
        else:
            assert record.rows_read == record.rows_loaded + record.rows_filtered + record.rows_quarantined
    assert all(str(path) in str(error) for path, error in refusals)  # a refusal names its file
    assert all(result.ok for result in check_workspace(ws))
