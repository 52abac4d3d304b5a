"""Figures of whole visits that an export repeats on each view count once; identities that are one person are one user."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from docops_desktop.store.aliases import read_aliases
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def test_what_a_visit_made_counts_once_however_many_views_repeat_it(load: Load, rows: Rows, ws: Workspace) -> None:
    header = "timestamp,session_id,page_url,load_time_ms,session_converted,session_revenue (EUR)\n"
    views = [("a", "yes", "49.90")] * 3 + [("b", "no", "")] * 2 + [("c", "no", "0"), ("c", "yes", "10.00")]
    lines = [
        f"2026-08-01T10:00:{n:02}Z,{key},/p,900,{converted},{revenue}"
        for n, (key, converted, revenue) in enumerate(views)
    ]
    assert load("v.csv", header + "\n".join(lines) + "\n").rows_loaded == 7
    found = rows("SELECT conversions, revenue_minor, currency FROM v_sessions ORDER BY start_time")
    assert [tuple(row.values()) for row in found] == [(1, 4990, "EUR"), (0, 0, ""), (1, 1000, "EUR")]
    assert rows("SELECT sum(conversions) AS n, sum(revenue_minor) AS money FROM page_views") == [{"n": 0, "money": 0}]
    facts = open_facts(ws)
    assert int(facts.session("revenue").sum()) == 5990


def test_a_table_of_visits_may_name_them_so_too(load: Load, rows: Rows) -> None:
    text = "session_id,start_time,page_views,session_duration_s,visit_converted,visit_revenue\ns1,2026-08-01T10:00:00Z,3,60,true,12.50\n"
    assert load("s.csv", text).grain == "session"
    assert [tuple(row.values()) for row in rows("SELECT conversions, revenue_minor FROM sessions")] == [(1, 1250)]


def test_kissmetrics_identities_that_are_aliases_are_one_user(load: Load, rows: Rows, ws: Workspace) -> None:
    events = [
        {"_p": "cookie-1", "_n": "visited site", "_t": 1785585600, "url": "https://shop.example/"},
        {"_p": "cookie-1", "_p2": "ann@shop.example", "_t": 1785585660},
        {"_p": "ann@shop.example", "_n": "visited site", "_t": 1785585700, "url": "https://shop.example/cart"},
        {"_p": "ann@shop.example", "_p2": "cookie-2", "_t": 1785585710},
        {"_p": "cookie-2", "_n": "visited site", "_t": 1785672000, "url": "https://shop.example/"},
        {"_p": "bob", "_n": "visited site", "_t": 1785585600, "url": "https://shop.example/"},
    ]
    record = load("1.json", "".join(json.dumps(event) + "\n" for event in events))
    assert dict(record.filtered) == {"alias of an identity": 2}
    users = np.array([row["user_key"] for row in rows("SELECT user_key FROM sessions")])
    assert len(users) == 3  # Ann's two visits, Bob's one
    with ws.reading() as connection:
        assert len(set(read_aliases(connection).resolved(users).tolist())) == 2
