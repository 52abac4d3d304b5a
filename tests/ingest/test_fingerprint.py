"""The digest of an export is that of its bytes, whoever has read them."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.files import source
from docops_desktop.ingest.files.digest import FileDigest
from docops_desktop.ingest.files.fingerprint import Fingerprint
from docops_desktop.ingest.files.source import ExportSource
from docops_desktop.ingest.importer import import_file
from docops_desktop.ingest.progress import Meter
from docops_desktop.store.workspace import Workspace

VIEWS = "timestamp,url,load_time_ms\n" + "".join(
    f"2026-08-01T10:00:{i % 60:02}Z,/p/{i % 7},{i}\n" for i in range(40_000)
)
"""No sessions: keys of views that stand alone are made with the digest, while the file is read."""


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("views.csv", text)
    return packed.getvalue()


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30))))
def test_only_what_comes_next_is_taken(data: bytes, passes: list[tuple[int, int]]) -> None:
    digest = FileDigest()
    for start, length in passes:
        piece = data[start : start + length]
        before = digest.position
        digest.passed(start, memoryview(piece))
        assert digest.position in (before, start + len(piece))
        assert digest.hexdigest() == hashlib.sha256(data[: digest.position]).hexdigest()
    digest.passed(0, memoryview(data))
    assert digest.hexdigest() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("read", [0, 1, 300_000, 10**9])
def test_the_digest_goes_on_where_a_reader_stopped(
    read: int, put: Callable[[str, Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "HASH_CHUNK", 4_096)
    path = put("a.csv", VIEWS)
    export = ExportSource(path)
    fingerprint = Fingerprint(export)
    fingerprint.follow()
    with export.open(export.members()[0], Meter()) as stream:
        stream.read(read)
    expected = hashlib.sha256(VIEWS.encode()).hexdigest()
    assert [fingerprint.digest() for _ in range(2)] == [expected] * 2
    fingerprint.close()


@pytest.mark.parametrize(("name", "pack"), [("a.csv", str.encode), ("a.csv.gz", None), ("a.zip", zipped)])
def test_the_ledger_has_the_digest_of_the_file(
    name: str, pack: Callable[[str], bytes] | None, ws: Workspace, put: Callable[[str, Any], Path]
) -> None:
    data = pack(VIEWS) if pack is not None else gzip.compress(VIEWS.encode())
    path = put(name, data)
    assert import_file(ws, path).sha256 == hashlib.sha256(data).hexdigest()
    assert import_file(ws, path).status == "duplicate"
