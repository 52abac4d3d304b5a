"""The conversion rules on whole workspaces: what converts, for how much, and which page views came before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from docops_desktop.model.definitions import ConversionRule
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.facts import BEFORE_CONVERSION, Facts
from docops_desktop.store.workspace import Workspace


def facts_with(ws: Workspace, kind: str, page_group: str = "") -> Facts:
    ws.save_definitions(replace(ws.definitions(), conversion=ConversionRule(kind, page_group)))  # type: ignore[arg-type]
    return open_facts(ws)


def figures(facts: Facts) -> list[tuple[int, int]]:
    return list(zip(facts.session("conversions").tolist(), facts.session("revenue").tolist(), strict=True))


def before(facts: Facts) -> list[bool]:
    return [bool(flag & BEFORE_CONVERSION) for flag in facts.page_view("flags").tolist()]


@pytest.fixture
def shop(ws: Workspace, import_rows, start_ms: int) -> Workspace:
    """Session A: flagged view 3 of 4; B: reaches the cart, ordered; C: nothing."""
    sessions = [{"start_ms": start_ms + n * 1000, "session_key": n + 1, "currency": "EUR"} for n in range(3)]
    views: list[dict[str, Any]] = [
        {
            "session": 0,
            "time_ms": start_ms + n,
            "page_url": "/p/1",
            "conversions": int(n == 2),
            "revenue_minor": 500 * (n == 2),
        }
        for n in range(4)
    ]
    views += [
        {"session": 1, "time_ms": start_ms + 1000 + n, "page_url": url}
        for n, url in enumerate(["/p/1", "/cart", "/p/2"])
    ]
    views += [{"session": 2, "time_ms": start_ms + 2000, "page_url": "/"}]
    order = {
        "order_key": "1",
        "session_key": 2,
        "time_ms": start_ms + 1002,
        "revenue_minor": 700,
        "currency": "EUR",
        "status": "paid",
    }
    import_rows(ws, sessions, views, [order, {**order, "order_key": "2", "status": " Cancelled"}])
    return ws


def test_auto_takes_flags_where_there_are_any(shop: Workspace) -> None:
    facts = facts_with(shop, "auto")
    assert facts.header.conversion_kind == "flag"
    assert figures(facts) == [(1, 500), (0, 0), (0, 0)]
    assert before(facts) == [True, True, False, False, True, True, True, True]
    assert facts.header.currency == "EUR"


def test_orders(shop: Workspace) -> None:
    facts = facts_with(shop, "order")
    assert figures(facts) == [(0, 0), (1, 700), (0, 0)]
    assert before(facts) == [True] * 4 + [True, True, False] + [True]
    assert facts.header.excluded == {"cancelled order": 1}


def test_reaching_a_page_group(shop: Workspace) -> None:
    facts = facts_with(shop, "page_group", "Cart")
    assert facts.header.conversion_kind == "page_group"
    assert figures(facts) == [(0, 500), (1, 0), (0, 0)]
    assert before(facts) == [True] * 4 + [True, False, False] + [True]


def test_a_page_group_that_nobody_knows_converts_nobody(shop: Workspace) -> None:
    assert [count for count, _ in figures(facts_with(shop, "page_group", "Nowhere"))] == [0, 0, 0]


def test_auto_without_flags_takes_orders_and_else_nothing(ws: Workspace, import_rows, start_ms: int) -> None:
    import_rows(ws, [{"start_ms": start_ms, "session_key": 1}])
    assert facts_with(ws, "auto").header.conversion_kind == "none"
    order = {"order_key": "1", "session_key": 1, "time_ms": start_ms, "revenue_minor": 700}
    import_rows(ws, orders=[order], sha256="b" * 64)
    facts = open_facts(ws)
    assert facts.header.conversion_kind == "order"
    assert figures(facts) == [(1, 700)]


def test_a_purchase_in_a_background_request_counts_but_a_robots_does_not(
    ws: Workspace, import_rows, start_ms: int
) -> None:
    views = []
    for session, view_class in ((0, 4), (1, 5), (2, 6)):
        views += [
            {"session": session, "time_ms": start_ms, "view_class": 0},
            {
                "session": session,
                "time_ms": start_ms + 9,
                "view_class": view_class,
                "conversions": 1,
                "revenue_minor": 100,
            },
        ]
    import_rows(ws, [{"start_ms": start_ms + n} for n in range(3)], views)
    facts = open_facts(ws)
    assert figures(facts) == [(1, 100), (0, 0), (0, 0)]
    assert facts.header.excluded == {"background request": 1, "bot": 1, "synthetic test": 1}


def test_revenue_without_a_count_is_one_conversion_and_figures_are_not_doubled(
    ws: Workspace, import_rows, start_ms: int
) -> None:
    sessions = [
        {"start_ms": start_ms, "session_key": 1, "conversions": 2, "revenue_minor": 300},
        {"start_ms": start_ms + 1, "session_key": 2},
    ]
    views = [
        {"session": 0, "time_ms": start_ms, "conversions": 2, "revenue_minor": 300},
        {"session": 1, "time_ms": start_ms, "revenue_minor": 40},
    ]
    import_rows(ws, sessions, views)
    assert figures(facts_with(ws, "auto")) == [(2, 300), (1, 40)]


def test_another_currency_is_left_out_and_counted(ws: Workspace, import_rows, start_ms: int) -> None:
    sessions = [
        {"start_ms": start_ms + n, "session_key": n + 1, "currency": code}
        for n, code in enumerate(["JPY", "JPY", "USD", None])
    ]
    views = [{"session": n, "time_ms": start_ms + n, "conversions": 1, "revenue_minor": 10} for n in range(4)]
    order = {"order_key": "1", "session_key": 1, "time_ms": start_ms, "revenue_minor": 5, "currency": "CHF"}
    import_rows(ws, sessions, views, [order])
    facts = open_facts(ws)
    assert (facts.header.currency, facts.header.minor_digits) == ("JPY", 0)
    assert figures(facts) == [(1, 10), (1, 10), (1, 0), (1, 10)]
    assert facts.header.excluded == {"revenue in another currency": 1, "order in another currency": 1}


def test_sessions_without_a_human_page_view_are_left_out(ws: Workspace, import_rows, start_ms: int) -> None:
    sessions = [{"start_ms": start_ms + n, "views": views} for n, views in enumerate([None, 7, None])]
    import_rows(
        ws, sessions, [{"session": 0, "time_ms": start_ms, "view_class": 3}, {"session": 2, "time_ms": start_ms}]
    )
    facts = open_facts(ws)
    assert facts.session("start_ms").tolist() == [start_ms + 1, start_ms + 2]
    assert facts.session("views").tolist() == [7, 1]  # an export of sessions states its own number
    assert facts.session("view_offset").tolist() == [0, 0, 1]
    assert facts.header.excluded == {"hidden tab": 1, "session without a counted page view": 1}


def test_weighted_cells(ws: Workspace, import_rows, start_ms: int) -> None:
    sessions = [
        {"start_ms": start_ms, "weight": 40, "conversions": 3, "revenue_minor": 900},
        {"start_ms": start_ms + 1},
    ]
    views = [{"session": 0, "time_ms": start_ms, "load_ms": 100 * n, "weight": 10 * n} for n in range(1, 4)]
    import_rows(ws, sessions, [*views, {"session": 1, "time_ms": start_ms}])
    facts = open_facts(ws)
    assert facts.session("weight").tolist() == [40, 1]
    assert facts.page_view("weight").tolist() == [10, 20, 30, 1]
    assert facts.session("views").tolist() == [60, 1]
    assert figures(facts) == [(3, 900), (0, 0)]


def test_no_weights_no_columns(shop: Workspace) -> None:
    facts = open_facts(shop)
    assert "weight" not in facts.sessions
    assert "weight" not in facts.page_views
