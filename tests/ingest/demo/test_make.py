"""The demo in a workspace: an import like any other, repeatable, wholly in or wholly out."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.ingest.demo import DemoTruth, make_demo
from docops_desktop.ingest.demo.make import load_plan
from docops_desktop.ingest.demo.pages import GROUPS
from docops_desktop.ingest.demo.plan import BLOCK_SESSIONS, DemoPlan
from docops_desktop.ingest.demo.truth import TRUTH_KEY
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.workspace import Workspace

SESSIONS = 2 * BLOCK_SESSIONS + 700


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoTruth, list[tuple[str, float]]]:
    path = tmp_path_factory.mktemp("demo") / "shop.docops"
    told: list[tuple[str, float]] = []
    with Workspace.create(path) as ws:
        truth = make_demo(ws, SESSIONS, seed=4, progress=lambda text, part: told.append((text, part)))
    return path, truth, told


def _rows(ws: Workspace, query: str) -> list[tuple[object, ...]]:
    with ws.reading() as connection:
        return connection.execute(query).fetchall()


def test_the_ledger_reconciles_with_the_tables(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    with Workspace.open(made[0]) as ws:
        (record,) = ws.ledger()
        assert (record.adapter, record.grain, record.status) == ("demo", "page_view", "loaded")
        assert record.rows_read == record.rows_loaded + record.rows_filtered + record.rows_quarantined
        assert _rows(ws, "SELECT count(*) FROM page_views") == [(record.rows_loaded,)]
        assert _rows(ws, "SELECT count(*), count(DISTINCT session_key) FROM sessions") == [(SESSIONS, SESSIONS)]


def test_all_checks_of_the_workspace_pass(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    with Workspace.open(made[0]) as ws:
        assert [result for result in check_workspace(ws) if not result.ok] == []


def test_rows_read_well_in_plain_sql(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    with Workspace.open(made[0]) as ws:
        groups = {group for (group,) in _rows(ws, "SELECT DISTINCT page_group FROM v_page_views")}
        assert groups == set(GROUPS)
        assert _rows(ws, "SELECT DISTINCT currency FROM v_sessions") == [("EUR",)]
        (orders,) = _rows(ws, "SELECT sum(conversions), sum(revenue_minor) FROM page_views")
        assert [orders] == _rows(ws, "SELECT sum(conversions), sum(revenue_minor) FROM sessions")
        assert _rows(
            ws, "SELECT count(*) FROM v_sessions WHERE device_type = '(not set)' OR carrier = '(not set)'"
        ) == [(0,)]


def test_only_texts_in_use_stand_in_the_dictionaries(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    with Workspace.open(made[0]) as ws:
        unused = "SELECT count(*) FROM dim_device_model WHERE id NOT IN (SELECT device_model FROM sessions)"
        assert _rows(ws, unused) == [(0,)]


def test_the_truth_is_kept_and_its_names_are_in_the_data(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    path, truth, _ = made
    with Workspace.open(path) as ws:
        assert DemoTruth.from_json(ws.json_value(TRUTH_KEY)) == truth
        hit = (
            f"SELECT count(*) FROM v_sessions JOIN sessions USING (session_id) WHERE v_sessions.device_model = '{truth.device_model}' "
            f"AND v_sessions.carrier = '{truth.carrier}' AND start_ms >= {truth.start_ms} AND start_ms < {truth.end_ms}"
        )
        assert _rows(ws, hit) == [(truth.sessions_hit,)]
        assert truth.page_group in {rule.page_group for rule in ws.definitions().page_rules}
        assert ws.definitions().time_zone == "Europe/Berlin"


def test_progress_rises_to_the_end(made: tuple[Path, DemoTruth, list[tuple[str, float]]]) -> None:
    parts = [part for _, part in made[2]]
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0)
    assert len(parts) >= 4


def test_rows_do_not_depend_on_how_many_are_written_at_once(
    made: tuple[Path, DemoTruth, list[tuple[str, float]]], tmp_path: Path
) -> None:
    with Workspace.create(tmp_path / "again.docops") as again, Workspace.open(made[0]) as first:
        truth = load_plan(again, DemoPlan(SESSIONS, seed=4), batch_blocks=3)
        assert truth == made[1]
        for view, key in (("v_sessions", "session_id"), ("v_page_views", "page_view_id")):
            query = f"SELECT * FROM {view} WHERE {key} % 7 = 3 ORDER BY {key}"
            assert _rows(again, query) == _rows(first, query)


def test_the_same_demo_twice_is_refused_and_another_seed_is_not(
    made: tuple[Path, DemoTruth, list[tuple[str, float]]], tmp_path: Path
) -> None:
    with Workspace.create(tmp_path / "twice.docops") as ws:
        make_demo(ws, 2_000, seed=1)
        with pytest.raises(RequestError, match="already"):
            make_demo(ws, 2_000, seed=1)
        make_demo(ws, 2_000, seed=2)
        assert [record.import_id for record in ws.ledger()] == [1, 2]
        assert _rows(ws, "SELECT count(DISTINCT session_key) FROM sessions") == [(4_000,)]


def test_a_cancelled_demo_leaves_no_rows(tmp_path: Path) -> None:
    calls = iter([False, True])
    with Workspace.create(tmp_path / "cancelled.docops") as ws:
        with pytest.raises(Cancelled):
            make_demo(ws, SESSIONS, cancelled=lambda: next(calls))
        assert ws.ledger() == ()
        assert _rows(ws, "SELECT count(*) FROM sessions") == [(0,)]


def test_definitions_of_a_workspace_with_data_are_left_alone(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "own.docops") as ws:
        make_demo(ws, 1_000, seed=1)
        mine = type(ws.definitions())(time_zone="Asia/Tokyo")
        ws.save_definitions(mine)
        make_demo(ws, 1_000, seed=2)
        assert ws.definitions() == mine
