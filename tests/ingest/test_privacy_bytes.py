"""After an import with the defaults nothing that names a person is anywhere in the workspace: not in the file, its log, the cache, the quarantine."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.ingest.importer import import_file
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace
from tests.support.personal_exports import EXPORTS, ROWS, SECRETS
from tests.support.system_exports import SYSTEM_EXPORTS


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder / "shop.docops"


@pytest.mark.parametrize("name", EXPORTS)
def test_nothing_that_names_a_person_is_in_any_byte(name: str, shop: Path, tmp_path: Path) -> None:
    export = tmp_path / name
    export.write_text(EXPORTS[name](), encoding="utf-8")
    assert any(secret in export.read_bytes() for secret in SECRETS)
    with Workspace.create(shop) as ws:
        record = import_file(ws, export)
        assert record.rows_loaded >= ROWS // 2, record
        open_facts(ws)
        found = leaks(shop.parent)  # while it is open: the write-ahead log too
        assert not found, "\n".join(found)
        if name not in ("paths.csv", "figures.csv", "page.har"):
            assert record.rows_quarantined, record


@pytest.mark.parametrize("name", SYSTEM_EXPORTS)
def test_nor_of_any_other_system(name: str, shop: Path, tmp_path: Path) -> None:
    export = tmp_path / name
    export.write_bytes(SYSTEM_EXPORTS[name]())
    with Workspace.create(shop) as ws:
        assert import_file(ws, export).rows_loaded
        open_facts(ws)
        found = leaks(shop.parent)
    assert not found, "\n".join(found)


def leaks(folder: Path) -> list[str]:
    """Where one of the secrets stands, with what is round it; texts are compared without case, in UTF-8 and as escaped in URLs."""
    found = []
    for file in sorted(folder.rglob("*")):
        data = file.read_bytes().lower() if file.is_file() else b""
        for secret in SECRETS:
            place = data.find(secret.lower())
            if place >= 0:
                found.append(f"{file.name}: {secret!r} in {data[max(place - 60, 0) : place + 40]!r}")
    return found
