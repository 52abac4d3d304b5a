"""Personal data in free texts is taken out; what only looks a little like it stays."""

from __future__ import annotations

import pyarrow as pa
import pytest

from docops_desktop.ingest.privacy.free_texts import clean, without_personal


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("mail ann.b+x@example.org now", "mail (e-mail) now"),
        ("/reset/ann%40example.org", "/reset/(e-mail)"),
        ("from 203.0.113.7, twice", "from (ip), twice"),
        ("2001:db8:85a3::8a2e:370:7334", "(ip)"),
        ("call +49 (30) 555-0199", "call (number)"),
        ("loading of /p/shoe?q=name&x=1 now", "loading of /p/shoe?(cut) now"),
    ],
)
def test_personal_data_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "summer sale", "120210987654321", "2026-08-01", "2026-08-01T10:00:00Z", "10:15:30", "Wanna buy?", "C++ & A+", "v1.2.3",
        "build 10.0.19045.1", "#1001", "EUR 1.234,56", "a:b:c", "utm_source=x", "1.2.3.4.5", "Zürich → Köln",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert clean(text) == text


def test_arrays_keep_their_rows_and_gaps() -> None:
    values = pa.chunked_array([["a", None, "x@y.org"], ["x@y.org", "a"]])
    assert without_personal(values).to_pylist() == ["a", None, "(e-mail)", "(e-mail)", "a"]
    assert without_personal(pa.array([None, "a"], pa.string())).to_pylist() == [None, "a"]
