"""One country, one spelling, whatever system it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.ingest.values.countries import country_code


@pytest.mark.parametrize(
    "text", ["DE", "de", "DEU", "deu", "Germany", "germany", "Deutschland", "Allemagne", "Duitsland", " Alemania "]
)
def test_codes_and_names_of_many_languages(text: str) -> None:
    assert country_code(text) == "DE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UK", "GB"),
        ("USA", "US"),
        ("Hong Kong", "HK"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Atlantis", "Atlantis"),
        ("xq", "XQ"),
        ("Kongo", "Kongo"),
    ],
)
def test_other_names_and_texts_that_are_none(text: str, expected: str) -> None:
    assert country_code(text) == expected


def test_two_systems_meet_in_one_country(load: Callable[..., Any], rows: Callable[..., list[dict[str, Any]]]) -> None:
    header = "timestamp,session_id,url,load_ms,country\n"
    load("a.csv", header + "2026-08-01 10:00:00,s1,/a,900,Germany\n")
    load("b.csv", header + "2026-08-01 10:00:00,s2,/a,900,deu\n")
    assert [row["country"] for row in rows("SELECT DISTINCT country FROM v_sessions")] == ["DE"]
