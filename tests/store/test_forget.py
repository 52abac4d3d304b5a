"""Forgetting takes an import out completely: rows, texts, cache, and the bytes in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.model.errors import RequestError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace


def texts(ws: Workspace, dimension: str) -> list[str]:
    with ws.reading() as connection:
        return [value for (value,) in connection.execute(f'SELECT value FROM "dim_{dimension}" ORDER BY value')]


def two_imports(ws: Workspace, import_rows, start_ms: int) -> None:
    common = {"start_ms": start_ms, "country": "DE"}
    view = {"session": 0, "time_ms": start_ms}
    import_rows(
        ws,
        [{**common, "session_key": 5, "campaign": "hidden-campaign-text", "custom.tier": "hidden-tier-text"}],
        [{**view, "page_url": "/p/hidden-page-text"}, {**view, "page_url": "/cart"}],
        [{"order_key": "hidden-order-text", "time_ms": start_ms, "session_key": 5}],
        "a" * 64,
        [(3, "no time", "hidden-record-text")],
    )
    views = [{**view, "page_url": "/cart"}, {**view, "time_ms": start_ms + 9, "page_group": "Own", "page_url": "/x"}]
    import_rows(ws, [{**common, "session_key": 5, "campaign": "spring"}], views, (), "b" * 64)


def test_nothing_of_the_import_remains(ws: Workspace, path: Path, import_rows, start_ms: int) -> None:
    two_imports(ws, import_rows, start_ms)
    open_facts(ws)
    cache = path.with_name("shop.docops-cache")
    assert b"hidden-" in path.read_bytes()
    version = ws.data_version
    assert ws.forget(1).sha256 == "a" * 64
    assert ws.data_version != version
    assert [record.import_id for record in ws.ledger()] == [2]
    assert ws.find_import("a" * 64) is None
    assert ws.quarantine() == ()
    assert texts(ws, "campaign") == ["spring"]
    assert texts(ws, "country") == ["DE"]
    assert texts(ws, "custom.tier") == []
    assert texts(ws, "page_url") == ["/cart", "/x"]
    assert texts(ws, "page_group") == ["Cart", "Other pages", "Own"]
    assert all(result.ok for result in check_workspace(ws))
    for file in (*path.parent.iterdir(), *cache.iterdir()):
        if file.is_file():
            assert b"hidden-" not in file.read_bytes(), file


def test_two_parts_of_one_session_then_one_forgotten(ws: Workspace, import_rows, start_ms: int) -> None:
    two_imports(ws, import_rows, start_ms)
    facts = open_facts(ws)
    assert (facts.n_sessions, facts.n_page_views) == (1, 4)
    campaigns = facts.header.dictionaries["campaign"]
    assert campaigns[facts.session("campaign")[0]] == "hidden-campaign-text"
    ws.forget(1)
    facts = open_facts(ws)
    assert (facts.n_sessions, facts.n_page_views) == (1, 2)
    assert facts.header.dictionaries["campaign"] == ("(not set)", "spring")  # ids have a hole now, codes have none
    assert facts.session("campaign").tolist() == [1]
    assert facts.session("conversions").tolist() == [0]
    groups = facts.header.dictionaries["page_group"]
    assert [groups[code] for code in facts.page_view("page_group")] == ["Cart", "Own"]


def test_a_forgotten_file_can_be_imported_again_under_a_new_number(ws: Workspace, import_rows, start_ms: int) -> None:
    two_imports(ws, import_rows, start_ms)
    ws.forget(2)
    assert import_rows(ws, [{"start_ms": start_ms}], sha256="b" * 64).import_id == 3


def test_forgetting_what_is_not_there(ws: Workspace) -> None:
    version = ws.data_version
    with pytest.raises(RequestError, match="no import 7"):
        ws.forget(7)
    assert ws.data_version == version
