"""A short run of ``fuzz_readers.py``: some damaged versions of every reader's export."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.ingest.importer import import_file
from docops_desktop.store.workspace import Workspace
from tests.endurance.fuzz_readers import ADAPTER_SEEDS, SEEDS, Fuzzer, attack
from tests.support.adapter_exports import adapter_exports


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_damaged_exports_are_refused_or_reconcile(fuzzer: Fuzzer, name: str) -> None:
    attack(fuzzer, name, 6, 1)


@pytest.mark.parametrize("name", sorted(ADAPTER_SEEDS))
def test_damaged_exports_of_every_adapter(fuzzer: Fuzzer, name: str) -> None:
    attack(fuzzer, name, 2, 1)


def test_the_workspace_they_all_went_into_is_sound(fuzzer: Fuzzer) -> None:
    assert fuzzer.outcomes["loaded"] > 20
    fuzzer.close()


def test_the_seeds_are_sound_exports(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "seeds.docops") as ws:
        for name, data in SEEDS.items():
            path = tmp_path / name
            path.write_bytes(data)
            record = import_file(ws, path)
            assert record.rows_loaded + record.rows_filtered > 0, name
            ws.forget(record.import_id)  # two of them hold the same events
            assert record.adapter != "generic" or name.endswith((".csv", ".gz", ".zip")), name


def test_the_adapters_own_columns_make_an_export_of_theirs(tmp_path: Path) -> None:
    known = set()
    with Workspace.create(tmp_path / "adapters.docops") as ws:
        for name, adapter, data in adapter_exports():
            path = tmp_path / name
            path.write_bytes(data)
            record = import_file(ws, path)
            ws.forget(record.import_id)
            if adapter != "mpulse_query":  # whose figures only its own answers hold
                assert (record.adapter, record.rows_loaded > 0) == (adapter, True), name
                known.add(adapter)
    assert len(known) > 45
