"""The columns say what plain SQL over the tables says, for any small workspace."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docops_desktop.model.definitions import ConversionRule, Definitions
from docops_desktop.model.load_bins import code_of
from docops_desktop.store.columns.builder import build
from docops_desktop.store.columns.progress import Progress
from docops_desktop.store.facts import NOT_MEASURED_MS, Facts
from docops_desktop.store.workspace import Workspace

T0 = 1_785_000_000_000
COUNTRIES = ["DE", "FR", "IT", None]
URLS = ["/p/1", "/p/2", "/cart", "/", "/thank-you", None]
GROUPS = ["Home", "Product", None, None]

session_rows = st.fixed_dictionaries(
    {
        "session_key": st.integers(0, 6),
        "start_ms": st.integers(T0, T0 + 10**6),
        "country": st.sampled_from(COUNTRIES),
        "custom.plan": st.sampled_from(["gold", None]),
        "conversions": st.sampled_from([0, 0, 1]),
        "revenue_minor": st.sampled_from([0, 0, 150]),
    }
)
view_rows = st.fixed_dictionaries(
    {
        "session": st.integers(0, 7),
        "time_ms": st.integers(T0, T0 + 10**6),
        "view_class": st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]),
        "page_url": st.sampled_from(URLS),
        "page_group": st.sampled_from(GROUPS),
        "load_ms": st.one_of(st.none(), st.integers(0, 400_000)),
        "cls": st.one_of(st.none(), st.floats(0, 3)),
        "errors": st.integers(0, 3),
        "conversions": st.sampled_from([0, 0, 0, 1]),
        "revenue_minor": st.sampled_from([0, 0, 999]),
    }
)
imports = st.lists(
    st.tuples(st.lists(session_rows, min_size=1, max_size=8), st.lists(view_rows, max_size=20)), max_size=3
)
rules = st.sampled_from(
    [ConversionRule(), ConversionRule("flag"), ConversionRule("page_group", "Cart"), ConversionRule("order")]
)

# Sessions by SQL: parts with one key are one session, whose dimension is the first set one by start (then by id).
SESSIONS_SQL = """
WITH part AS (SELECT s.*, iif(session_key = 0, 'i' || session_id, 'k' || session_key) AS person FROM sessions s),
view AS (SELECT v.*, p.person FROM page_views v JOIN part p USING (session_id)),
total AS (
    SELECT person, sum(view_class IN (0, 1)) AS counted, count(*) AS n, sum(iif(view_class IN (5, 6), 0, conversions)) AS conversions,
    sum(iif(view_class IN (5, 6), 0, revenue_minor)) AS revenue FROM view GROUP BY person)
SELECT p.person, min(p.start_ms), ifnull(t.counted, 0), max(sum(p.conversions), ifnull(t.conversions, 0)),
    max(sum(p.revenue_minor), ifnull(t.revenue, 0)),
    ifnull((SELECT c.value FROM part q JOIN dim_country c ON c.id = q.country WHERE q.person = p.person
        ORDER BY q.start_ms, q.session_id LIMIT 1), '(not set)'),
    ifnull((SELECT g.page_group FROM v_page_views g JOIN view w USING (page_view_id) WHERE w.person = p.person AND w.view_class IN (0, 1)
        ORDER BY w.time_ms, w.session_id, w.page_view_id LIMIT 1), '(not set)'),
    ifnull((SELECT 1 FROM view w JOIN v_page_views g USING (page_view_id) WHERE w.person = p.person AND w.view_class IN (0, 1)
        AND g.page_group = 'Cart'), 0)
FROM part p LEFT JOIN total t USING (person) GROUP BY p.person HAVING t.n IS NULL OR t.counted > 0
"""
VIEWS_SQL = "SELECT page_group, page_url, load_ms, cls, errors FROM v_page_views WHERE view_class IN ('page view', 'single-page navigation')"


def load(ws: Workspace, number: int, sessions: list[dict[str, Any]], views: list[dict[str, Any]]) -> None:
    with ws.begin_import(f"{number}.csv", str(number), 1, "generic", "page_view") as writer:
        first = writer.new_session_ids(len(sessions))
        table = {
            name: pa.array([row[name] for row in sessions], pa.int64())
            for name in ("session_key", "start_ms", "conversions", "revenue_minor")
        }
        for name in ("country", "custom.plan"):
            table[name] = writer.encode(name, pa.array([row[name] for row in sessions], pa.string()))
        writer.append("sessions", pa.table({"session_id": pa.array(range(first, first + len(sessions))), **table}))
        columns = {name: pa.array([row[name] for row in views]) for name in view_rows_names(views)}
        for name in ("page_url", "page_group"):
            codes = writer.encode(name, pa.array([row[name] for row in views], pa.string())).to_pylist()
            columns[name] = pa.array([code or (None if name == "page_group" else 0) for code in codes], pa.int32())
        places = [first + row["session"] % len(sessions) for row in views]
        writer.append("page_views", pa.table({"session_id": pa.array(places, pa.int64()), **columns}))
        writer.commit()


def view_rows_names(views: list[dict[str, Any]]) -> list[str]:
    return [name for name in (views[0] if views else ()) if name not in ("session", "page_url", "page_group")]


def expected_conversions(kind: str, row: tuple[Any, ...]) -> tuple[int, int]:
    count, revenue, reached = row[3], row[4], row[7]
    if kind == "flag":
        return (1 if count == 0 and revenue else count), revenue
    return (reached, revenue) if kind == "page_group" else (0, revenue if kind == "order" else 0)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(imports, rules)
def test_columns_and_sql_agree(
    data: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]], rule: ConversionRule
) -> None:
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "a.docops", Definitions(rule)) as ws:
        for number, (sessions, views) in enumerate(data):
            load(ws, number, sessions, views)
        with ws.snapshot() as connection:
            made = build(connection, Progress())
            facts = Facts.from_arrays(made.header, dict(made.sessions), dict(made.page_views))
            sessions_by_sql = connection.execute(SESSIONS_SQL).fetchall()
            views_by_sql = connection.execute(VIEWS_SQL).fetchall()
            (rows,) = connection.execute("SELECT count(*) FROM page_views").fetchone()
    assert_sessions(facts, sessions_by_sql)
    assert_views(facts, views_by_sql, rows)


def texts(facts: Facts, name: str) -> list[str]:
    codes = facts.session(name) if name in facts.sessions else facts.page_view(name)
    return [facts.header.dictionaries[name][code] for code in codes.tolist()]


def assert_sessions(facts: Facts, by_sql: list[tuple[Any, ...]]) -> None:
    kind = facts.header.conversion_kind
    found = zip(
        *(facts.session(name).tolist() for name in ("start_ms", "views", "conversions", "revenue")),
        texts(facts, "country"),
        texts(facts, "landing_page"),
        strict=True,
    )
    expected = [(row[1], row[2], *expected_conversions(kind, row), row[5], row[6]) for row in by_sql]
    assert Counter(found) == Counter(expected)
    start = facts.session("start_ms").tolist()
    assert start == sorted(start)
    if len(start):
        assert (facts.header.first_ms, facts.header.last_ms) == (start[0], start[-1])


def assert_views(facts: Facts, by_sql: list[tuple[Any, ...]], rows: int) -> None:
    found = zip(
        texts(facts, "page_group"),
        texts(facts, "page_url"),
        *(facts.page_view(name).tolist() for name in ("load_ms", "load", "cls", "errors")),
        strict=True,
    )
    expected = (
        (
            group,
            url,
            NOT_MEASURED_MS if load is None else load,
            code_of(load),
            code_of(None if cls is None else round_half_up(cls * 10_000)),
            errors,
        )
        for group, url, load, cls, errors in by_sql
    )
    assert Counter(found) == Counter(expected)
    left_out = {reason: count for reason, count in facts.header.excluded.items() if not reason.startswith("session")}
    assert facts.n_page_views + sum(left_out.values()) == rows


def round_half_up(value: float) -> int:
    return int(value + 0.5)
