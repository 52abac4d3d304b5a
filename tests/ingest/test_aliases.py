"""Identities that are one person: an alias joins them whichever export they stand in, and for as long as its own export stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from docops_desktop.model.definitions import ConversionRule
from docops_desktop.store.aliases import Aliases
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace
from tests.support.system_exports import zipped

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def test_a_person_is_the_least_of_its_keys_however_the_pairs_come() -> None:
    pairs = np.array([(5, 9), (9, 7), (2, 7), (30, 31), (4, 0), (7, 5)])
    for order in (range(6), range(5, -1, -1)):
        aliases = Aliases()
        assert len(aliases.add(*pairs[list(order)].T)) == 4  # (7, 5) or one of the others says nothing new
        assert aliases.resolved(np.array([9, 5, 7, 2, 4, 31, 8])).tolist() == [2, 2, 2, 2, 4, 30, 8]


def event(who: str, second: int, **more: object) -> str:
    return (
        json.dumps({"_p": who, "_n": "visited site", "_t": 1785585600 + second, "url": "https://shop.example/"} | more)
        + "\n"
    )


def alias(who: str, other: str) -> str:
    return json.dumps({"_p": who, "_p2": other, "_t": 1785585600}) + "\n"


def orders_with_a_session(ws: Workspace) -> int:
    facts = open_facts(ws)
    return int((facts.session("conversions") > 0).sum()) if "conversions" in facts.sessions else 0


def test_an_alias_of_an_earlier_file_joins_the_visits_of_a_later_one(load: Load, rows: Rows) -> None:
    load("1.json", event("cookie", 0) + alias("cookie", "ann@shop.example"))
    load("2.json", event("cookie", 7200) + event("ann@shop.example", 7260) + event("cookie", 7320) + event("bob", 7300))
    assert rows("SELECT count(*) AS n FROM sessions WHERE import_id = 2") == [{"n": 2}]
    assert load("3.json", event("cookie", 7320) + event("ann@shop.example", 7330)).filtered == {"repeated beacon": 1}
    assert rows("SELECT count(*) AS n FROM aliases") == [{"n": 1}]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_an_alias_joins_order_and_visit_whichever_file_comes_first(
    load: Load, ws: Workspace, order: tuple[int, ...]
) -> None:
    files = (
        ("visits.json", event("cookie", 0) + event("bob", 5)),
        ("aliases.json", alias("cookie", "ann@shop.example") + event("carl", 0)),
        (
            "orders.csv",
            "order_id,order_date,customer,revenue,currency\nA1,2026-08-01T12:10:00Z,ann@shop.example,10.00,EUR\n",
        ),
    )
    imports = {files[number][0]: load(*files[number]).import_id for number in order}
    ws.save_definitions(replace(ws.definitions(), conversion=ConversionRule("order")))
    assert orders_with_a_session(ws) == 1
    ws.forget(imports["aliases.json"])
    assert orders_with_a_session(ws) == 0


def test_a_view_is_known_whichever_identity_its_visit_was_loaded_under(load: Load) -> None:
    head = "timestamp,user id,url\n"
    load("1.csv", head + "2026-08-01T10:00:05Z,ann,/a\n2026-08-01T10:01:05Z,ann,/b\n")
    load("aliases.json", alias("cookie", "ann") + event("carl", 0))
    record = load("2.csv", head + "2026-08-01T10:01:05Z,cookie,/b\n2026-08-01T10:02:05Z,cookie,/c\n")
    assert (record.rows_loaded, record.filtered) == (1, {"page view already loaded": 1})


def test_an_alias_in_another_member_of_an_archive_counts(load: Load, rows: Rows) -> None:
    files = {"a.json": (event("cookie", 0) + alias("cookie", "ann")).encode(), "b.json": event("ann", 60).encode()}
    load("both.zip", zipped(files))
    assert rows("SELECT count(*) AS n FROM sessions") == [{"n": 1}]


def test_aliases_of_people_who_did_not_consent_are_not_kept(load: Load, rows: Rows) -> None:
    no = json.dumps({"_p": "cookie", "_p2": "ann", "_t": 1785585600, "consent": "no"}) + "\n"
    yes = event("bob", 5, consent="yes")
    load("1.json", no + yes)
    assert rows("SELECT count(*) AS n FROM aliases") == [{"n": 0}]
    load("2.json", no + event("bob", 9, consent="yes"), privacy="off")
    assert rows("SELECT count(*) AS n FROM aliases") == [{"n": 1}]
