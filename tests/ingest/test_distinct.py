"""Quick ways through a block: they give what looking at every cell gives, and leave to the careful way what they can't be sure of."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.mapping.decisions import Decisions
from docops_desktop.ingest.mapping.mapping import NULLS, Source
from docops_desktop.ingest.privacy.keys import KeyMaker
from docops_desktop.ingest.values.distinct import coded, decoded, each_text
from docops_desktop.ingest.values.numbers import parse_numbers
from docops_desktop.ingest.values.times import parse_times, times_at_once
from docops_desktop.ingest.values.values import Column

TEXTS = st.lists(st.none() | st.sampled_from(["a", "b", "", "ab", " a "]) | st.text(max_size=4))
NUMBERS = st.lists(
    st.sampled_from(["", "0", "-0", "7", "007", "-5", "+5", " 5", "5 ", "0x1F", "1.5", "1e3", "-", "9" * 20, "n/a"])
    | st.integers(-(2**40), 2**40).map(str)
)
TIMES = st.lists(
    st.sampled_from(["2026-08-01T10:00:00Z", "2026-08-01 10:00:00", "2026-08-01", " 2026-08-01T10:00:00Z", "", "x"])
    | st.datetimes().map(lambda at: at.isoformat() + "Z")
)


@given(TEXTS)
def test_a_change_of_distinct_texts_is_one_of_every_text(texts: list[str | None]) -> None:
    def change(text: str) -> str | None:
        return text.strip().upper() or None

    found = each_text(pa.array(texts, pa.string()), change)
    assert found.dictionary.null_count == 0
    assert found.to_pylist() == [None if text is None else change(text) for text in texts]
    assert decoded(coded(pa.array(texts, pa.string()))).to_pylist() == texts


@given(NUMBERS)
def test_whole_numbers_at_once_are_the_numbers_one_by_one(cells: list[str]) -> None:
    column = Column(Source("c", "load_ms", nulls=NULLS), pa.array(cells, pa.string()))
    if column.whole is None:
        return
    numbers, bad = parse_numbers(column.coded, "c", Decisions())
    assert not bad.any()
    assert column.whole.to_pylist() == [None if value is None else int(value) for value in numbers.to_pylist()]


@pytest.mark.parametrize("cell", ["0x1F", "0X1f", " 5", "+5", "1.5", "1e3", "-", "n/a"])
def test_what_is_not_plain_digits_is_left_to_the_careful_way(cell: str) -> None:
    assert Column(Source("c", "load_ms", nulls=NULLS), pa.array(["5", cell])).whole is None


def test_a_number_that_means_missing_is_left_to_the_careful_way() -> None:
    column = Column(Source("c", "load_ms", nulls=NULLS | {"-1"}), pa.array(["5", "-1"]))
    assert column.whole is None
    assert column.text.to_pylist() == ["5", None]


@given(TIMES, st.sampled_from(["UTC", "Europe/Berlin"]))
def test_times_at_once_are_the_times_one_by_one(cells: list[str], zone: str) -> None:
    column = Column(Source("t", "time", nulls=NULLS), pa.array(cells, pa.string()))
    decisions = Decisions({"time:t": "iso"})
    at_once = times_at_once(column, decisions, zone)
    if at_once is None:
        return
    times, bad = parse_times(column.coded, "t", decisions, zone=zone)
    assert not bad.any()
    assert at_once.to_pylist() == times.to_pylist()


@given(TEXTS, st.binary(min_size=17, max_size=32))
def test_keys_of_older_workspaces_are_keyed_hashes_of_each_text(texts: list[str | None], secret: bytes) -> None:
    found = KeyMaker(secret).keys(pa.array(texts, pa.string()))
    for text, key in zip(texts, found.tolist(), strict=True):
        if text is None:
            assert key == 0
            continue
        digest = hashlib.blake2b(text.encode(), digest_size=8, key=secret).digest()
        assert key == (int.from_bytes(digest, "little", signed=True) or 1) == KeyMaker(secret).key(text)
