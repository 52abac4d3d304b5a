"""What no cell of a column tells (day or month first, grouped or decimal) is taken from the rest of the file, or told as a doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.ingest.importer import preview_file

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
HEAD = "date;campaign;impressions;clicks;cost\n"


def figures(rows: Rows) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows("SELECT impressions, clicks, cost_minor FROM campaign_days")]


@pytest.mark.parametrize(
    ("lines", "expected", "doubtful"),
    [
        (["12.345;1.234;55,39", "9.380;12;1.234"], [(12345, 1234, 5539), (9380, 12, 123400)], False),
        (["12,345;1,234;55.39", "9,380;12;1,234"], [(12345, 1234, 5539), (9380, 12, 123400)], False),
        (["12.345;1.234;5.500", "9.380;12;1.234"], [(12345, 1234, 550000), (9380, 12, 123400)], False),
        (["10;3;5.500", "20;12;1.234"], [(10, 3, 550), (20, 12, 123)], True),  # thousands, or thousandths
        (["12.000;3.000;5.50", "9.000;1.000;1.20"], [(12, 3, 550), (9, 1, 120)], False),  # a database's three decimals
        (["12.345;7;5.50", "4567;1;1.20"], [(12, 7, 550), (4567, 1, 120)], False),  # nobody groups only some numbers
    ],
)
def test_counts_and_other_columns_tell_what_a_sign_means(
    load: Load, rows: Rows, lines: list[str], expected: list[tuple[int, ...]], *, doubtful: bool
) -> None:
    body = "".join(f"2026-08-0{day};A;{line}\n" for day, line in enumerate(lines, 1))
    record = load("a.csv", HEAD + body)
    assert figures(rows) == expected
    assert any("decimal sign" in doubt for doubt in record.mapping.get("doubts", ())) == doubtful


def test_a_column_that_comes_first_follows_one_that_comes_later(load: Load, rows: Rows) -> None:
    head = "timestamp;session id;url;load time (ms);revenue\n"
    lines = [f"2026-08-01T10:00:0{n}Z;s{n};/p;1.{n}00;{n},50\n" for n in range(1, 9)]
    record = load("a.csv", head + "".join(lines))
    assert [row["load_ms"] for row in rows("SELECT load_ms FROM page_views ORDER BY time_ms")] == list(
        range(1100, 1900, 100)
    )
    assert "doubts" not in record.mapping


def test_days_and_months_that_can_be_swapped_are_told(load: Load, put: Callable[[str, Any], Any]) -> None:
    head = "timestamp,session id,url\n"
    lines = [f"0{1 + n % 9}/0{1 + n % 8}/2026 10:00,s{n},/p\n" for n in range(60)]
    (doubt,) = load("a.csv", head + "".join(lines)).mapping["doubts"]
    assert "'timestamp' tells whether the day or the month comes first" in doubt
    assert doubt in preview_file(put("a.csv", head + "".join(lines))).warnings
    assert "doubts" not in load("b.csv", head + "".join(lines) + "25/08/2026 10:00,z,/p\n").mapping


@pytest.mark.parametrize("first", ["11/14/2023,10/4/2023", "14/11/2023,4/10/2023"])
def test_days_and_months_of_one_file_stand_in_one_order(load: Load, rows: Rows, first: str) -> None:
    closed, created = first.split(",")
    head = "opportunity id,created date,close date,stage,amount\n"
    lines = [f"6{n},{created},{closed},Open,10\n" for n in range(3)]
    record = load("a.csv", head + "".join(lines))
    assert {row["day"] for row in rows("SELECT date(created_ms / 1000, 'unixepoch') AS day FROM opportunities")} == {
        "2023-10-04"
    }
    assert "doubts" not in record.mapping
