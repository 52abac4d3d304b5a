"""Corrections made in a window, in a mapping file and saved as an adapter of one's own load the same rows; the last is recognised next time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.engine.imports import ImportOptions, import_each
from docops_desktop.engine.mapping_draft import MappingDraft, choices, save_as_adapter
from docops_desktop.ingest.importer import list_adapters, preview_file
from docops_desktop.ingest.mapping.adapters import load_mapping
from docops_desktop.ingest.mapping.own_adapters import mapping_of, mapping_toml
from docops_desktop.model.errors import RequestError
from docops_desktop.store.schema import FACT_TABLES
from docops_desktop.store.workspace import Workspace

EXPORT = "Zeitpunkt;Besuch;Seite;Ladezeit;Land;Notiz\n" + "".join(
    f"2026-08-0{1 + n % 5} 10:0{n % 10}:00;b{n % 7};/p/schuh-{n % 3};{n % 4 + 0.25};DE;x{n}\n" for n in range(40)
)
DRAFT = MappingDraft(
    "generic",
    "page_view",
    "Europe/Berlin",
    {
        "Zeitpunkt": ("time", ""),
        "Besuch": ("session", ""),
        "Seite": ("page_url", ""),
        "Ladezeit": ("load_ms", "s"),
        "Land": ("country", ""),
        "Notiz": ("custom.notiz", ""),
    },
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "haus.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_named: tmp_path / "user-data")
    return tmp_path / "user-data" / "adapters"


def loaded(path: Path, export: Path, options: ImportOptions) -> dict[str, Any]:
    """Import into a workspace of its own and return all its fact rows (keys differ by workspace: only whether they are set)."""
    with Workspace.create(path) as ws:
        (outcome,) = import_each(ws, [export], options)
        assert outcome.error is None, outcome.error
        assert outcome.record is not None
        with ws.reading() as connection:
            shown = 'time, page_url, load_ms, country, "custom.notiz"'
            rows: dict[str, Any] = {"page_views": connection.execute(f"SELECT {shown} FROM v_page_views").fetchall()}
            rows["counts"] = [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in FACT_TABLES]
        return rows | {"ledger": (outcome.record.rows_loaded, outcome.record.grain, outcome.record.first_time_ms)}


def test_window_file_and_own_adapter_load_the_same(export: Path, tmp_path: Path, own_folder: Path) -> None:
    by_window = loaded(tmp_path / "a.docops", export, ImportOptions(drafts={export: DRAFT}))
    file = tmp_path / "mine.toml"
    file.write_text(DRAFT.toml(), encoding="utf-8")
    assert loaded(tmp_path / "b.docops", export, ImportOptions(mapping=file)) == by_window
    preview = preview_file(export, mapping=file)
    saved = save_as_adapter("Haus-System", DRAFT, preview.adapter, preview.header, tuple(preview.mapping))
    assert saved == own_folder / "haus_system.toml"
    assert loaded(tmp_path / "c.docops", export, ImportOptions(mapping=saved)) == by_window
    assert loaded(tmp_path / "d.docops", export, ImportOptions()) == by_window
    found = preview_file(export)
    assert (found.adapter, found.system, found.grain) == ("haus_system", "Haus-System", "page_view")
    assert found.confidence > 0.95
    assert by_window["ledger"][0] == 40
    assert by_window["ledger"][2] == 1_785_571_200_000  # 10:00 in Berlin is 08:00 UTC
    assert {row[2] for row in by_window["page_views"]} == {250, 1250, 2250, 3250}
    assert {row[3] for row in by_window["page_views"]} == {"DE"}


def test_what_is_ignored_is_not_loaded(export: Path, tmp_path: Path) -> None:
    rows = loaded(tmp_path / "a.docops", export, ImportOptions(drafts={export: DRAFT.with_column("Land", "")}))
    assert all("DE" not in row for row in rows["page_views"])
    assert DRAFT.with_column("Land", "").without_column("Land").columns == {
        name: rule for name, rule in DRAFT.columns.items() if name != "Land"
    }


def test_an_own_adapter_can_be_saved_again_but_takes_no_shipped_name(own_folder: Path) -> None:
    for _ in range(2):
        save_as_adapter("Haus", DRAFT, "generic", ("Zeitpunkt", "Seite"), ("Zeitpunkt",))
    assert [spec.name for spec in list_adapters() if spec.evidence == "own"] == ["haus"]
    assert choices().adapters[0].name == "haus"
    with pytest.raises(RequestError, match="already"):
        save_as_adapter("boomerang", DRAFT, "generic", ("a",), ("a",))
    assert [path.name for path in own_folder.iterdir()] == ["haus.toml"]


def test_a_wrong_choice_is_refused_before_anything_is_saved(own_folder: Path) -> None:
    with pytest.raises(RequestError, match="no adapter"):
        save_as_adapter("Haus", MappingDraft(), "nothing", (), ())
    with pytest.raises(RequestError, match="target 'nonsense' is unknown"):
        save_as_adapter("Haus", DRAFT.with_column("Land", "nonsense"), "generic", ("Land",), ("Land",))
    assert not list(own_folder.glob("*"))


def test_details_of_a_shipped_rule_stay_when_only_its_unit_is_corrected() -> None:
    spec = next(spec for spec in list_adapters() if any(not isinstance(rule, str) for rule in spec.columns.values()))
    name, rule = next((name, rule) for name, rule in spec.columns.items() if not isinstance(rule, str))
    corrected = mapping_of(spec.name, {name: (rule.to, "s")}).columns[name]
    assert (corrected.unit, corrected.nulls, corrected.format) == ("s", rule.nulls, rule.format)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
        st.just(("country", "")),
        max_size=4,
    )
)
def test_any_column_name_survives_the_file(tmp_path_factory: pytest.TempPathFactory, columns: dict[str, Any]) -> None:
    mapping = mapping_of("generic", columns, "page_view")
    path = tmp_path_factory.mktemp("toml") / "m.toml"
    path.write_bytes(mapping_toml(mapping).encode())
    assert load_mapping(path) == mapping
