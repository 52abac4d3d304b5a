"""The small parts: times, numbers, keys, user agents, channels, classes' inputs, privacy masks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.blocks import Reconsider
from docops_desktop.ingest.mapping.decisions import Decisions
from docops_desktop.ingest.privacy.keys import KeyIndex, KeyMaker, mixed
from docops_desktop.ingest.privacy.personal_data import mask
from docops_desktop.ingest.values.channels import channel_of
from docops_desktop.ingest.values.numbers import parse_numbers, plain_numbers, to_minor_units
from docops_desktop.ingest.values.times import parse_times
from docops_desktop.ingest.values.urls import campaign_parameters, split_urls
from docops_desktop.ingest.values.user_agents import parse_agent
from docops_desktop.model.timespan import iso

NOON = "2026-08-01T12:00:00Z"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("1785585600", "UTC", NOON),
        ("1785585600.5", "UTC", "2026-08-01T12:00:00.500Z"),
        ("1785585600000", "UTC", NOON),
        ("1785585600000999", "UTC", NOON),
        ("1785585600000999999", "UTC", NOON),
        ("2026-08-01 12:00:00", "UTC", NOON),
        ("2026-08-01 14:00", "Europe/Berlin", NOON),
        ("2026-08-01T17:30:00+0530", "Europe/Berlin", NOON),
        ("2026-08-01 17:30:00 +0530", "Europe/Berlin", NOON),
        ("2026-08-01 12:00:00 UTC", "Asia/Tokyo", NOON),
        ("[01/Aug/2026".strip("[") + ":12:00:00 +0000", "UTC", NOON),
        ("31.08.2026 12:00", "UTC", "2026-08-31T12:00:00Z"),
        ("8/31/2026 12:00 PM", "UTC", "2026-08-31T12:00:00Z"),
        ("20260801", "UTC", "2026-08-01T00:00:00Z"),
        ("2026080112", "UTC", NOON),
        ("Aug 1, 2026, 12:00 PM", "UTC", NOON),
        ("Sat, 01 Aug 2026 12:00:00 GMT", "UTC", NOON),
    ],
)
def test_times(text: str, zone: str, expected: str) -> None:
    times, bad = parse_times(pa.array([text, None]), "c", Decisions(), zone=zone)
    assert iso(times[0].as_py()) == expected
    assert times[1].as_py() is None
    assert bad.tolist() == [False, False]


@pytest.mark.parametrize("text", ["soon", "0", "99999999999999999999", "2026-13-45", "1899-01-01", "-5"])
def test_no_times(text: str) -> None:
    times, bad = parse_times(pa.array([text]), "c", Decisions())
    assert (times[0].as_py(), bad.tolist()) == (None, [True])


def test_a_guess_about_day_and_month_is_taken_back_once_and_a_certainty_never() -> None:
    decisions = Decisions()
    parse_times(pa.array(["01/02/2026"]), "c", decisions)
    with pytest.raises(Reconsider):
        parse_times(pa.array(["25/02/2026"]), "c", decisions)
    certain = Decisions()
    parse_times(pa.array(["02/25/2026"]), "c", certain)
    _, bad = parse_times(pa.array(["25/02/2026"]), "c", certain)
    assert bad.tolist() == [True]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5"], [1.0, 2.5]),
        (["1.234,5", "12"], [1234.5, 12.0]),
        (["1,234", "2,345,678"], [1234.0, 2345678.0]),
        (["1 234,56", "US$ 0,00", "€5"], [1234.56, 0.0, 5.0]),
        (["62.65%", "(5.00)", "-3"], [62.65, -5.0, -3.0]),
        (["1'234.50", "$12"], [1234.5, 12.0]),
        (["abc", "--5", "1.2.3", "inf", "12a3"], [None] * 5),
    ],
)
def test_numbers(cells: list[str], expected: list[float | None]) -> None:
    numbers, bad = parse_numbers(pa.array(cells), "c", Decisions())
    assert numbers.to_pylist() == expected
    assert bad.tolist() == [value is None for value in expected]


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([".", ","]),
)
def test_money_is_exact_in_both_spellings(amounts: list, sign: str) -> None:
    cells = [f"{amount:,.2f}" for amount in amounts]
    if sign == ",":
        cells = [cell.translate(str.maketrans(",.", ".,")) for cell in cells]
    plain = plain_numbers(pa.array(cells), "c", Decisions())
    found, bad = to_minor_units(plain, 2)
    assert found.to_pylist() == [int(amount * 100) for amount in amounts]
    assert not bad.any()


@given(
    st.lists(
        st.from_regex(r"[+-]?([0-9]{1,20}\.?[0-9]{0,5}|\.[0-9]{1,4})([eE][+-]?[0-9]{1,2})?", fullmatch=True) | st.none()
    ),
    st.sampled_from([0, 2, 3]),
)
def test_money_is_rounded_as_decimals_are(cells: list[str | None], digits: int) -> None:
    found, bad = to_minor_units(pa.array(cells, pa.string()), digits)
    for cell, amount, outside in zip(cells, found.to_pylist(), bad.tolist(), strict=True):
        exact = (
            None
            if cell is None
            else Decimal(cell).scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP, Context(prec=200))
        )
        if exact is not None and abs(exact) >= 2**62:
            assert amount is None
        else:
            assert (amount, outside) == (None if exact is None else int(exact), False)


def test_micros_and_minor_units() -> None:
    assert to_minor_units(pa.array(["1500000", "4999"]), 2, "micros")[0].to_pylist() == [150, 0]
    assert to_minor_units(pa.array(["1500"]), 2, "minor")[0].to_pylist() == [1500]


@pytest.mark.parametrize("size", [16, 32])
def test_keys_depend_on_the_secret_and_are_never_zero(size: int) -> None:
    one, two = KeyMaker(b"a" * size), KeyMaker(b"b" * size)
    values = pa.array(["x", None, "y", "x"])
    keys = one.keys(values)
    assert keys[0] == keys[3] != keys[2]
    assert keys[1] == 0
    assert set(keys[[0, 2]]).isdisjoint(set(two.keys(values)))
    assert one.key("y") == keys[2]


@given(st.lists(st.lists(st.integers(1, 60), min_size=1, unique=True), max_size=25))
def test_key_index_numbers_in_order_of_appearance(batches: list[list[int]]) -> None:
    index, known = KeyIndex(), {}
    for batch in batches:
        keys = np.array(batch, dtype=np.int64)
        numbers, fresh = index.number(keys)
        assert [int(key) for key in keys[fresh]] == [key for key in keys.tolist() if key not in known]
        for key, number in zip(keys.tolist(), numbers.tolist(), strict=True):
            assert known.setdefault(key, number) == number
    assert sorted(known.values()) == list(range(index.count))


def test_mixed_keys_differ() -> None:
    first = np.repeat(np.arange(200, dtype=np.int64), 200)
    second = np.tile(np.arange(200, dtype=np.int64), 200)
    assert len(np.unique(mixed(first, second))) == 40_000


@pytest.mark.parametrize(
    ("text", "kind", "system", "browser"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile Safari/604.1", "Mobile", "iOS", "Mobile Safari"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Version/16.0 Mobile Safari/604.1", "Tablet", "iOS", "Mobile Safari"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", "Desktop", "Mac OS X", "Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Desktop", "Linux", "Firefox"),
    ],
)  # fmt: skip
def test_user_agents(text: str, kind: str, system: str, browser: str) -> None:
    agent = parse_agent(text)
    assert (agent.device_type, agent.os, agent.browser, agent.bot, agent.synthetic) == (
        kind,
        system,
        browser,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("source", "medium", "host", "expected"),
    [
        ("google", "cpc", "", "Paid Search"),
        ("facebook", "paid_social", "", "Paid Social"),
        ("newsletter", "", "", "Email"),
        ("x", "display", "", "Display"),
        ("google", "organic", "", "Organic Search"),
        ("", "", "www.bing.com", "Organic Search"),
        ("", "", "t.co", "Organic Social"),
        ("", "", "news.example", "Referral"),
        ("", "", "", ""),
        ("partner", "affiliate", "", "Affiliates"),
    ],
)
def test_channels(source: str, medium: str, host: str, expected: str) -> None:
    assert channel_of(source, medium, host) == expected


def test_urls_keep_the_path_and_campaigns_only() -> None:
    urls = pa.array(
        [
            "HTTPS://me:pw@Shop.Example.com:8443/p%20x;v=1?utm_source=a%26b&q=secret#top",
            "/x?gclid=1",
            "https://e.org",
            None,
        ]
    )
    parts = split_urls(urls)
    assert parts.path.to_pylist() == ["/p x", "/x", "/", None]
    assert parts.host.to_pylist()[0] == "shop.example.com"
    found = campaign_parameters(parts.query)
    assert found["source"].to_pylist() == ["a&b", "google", None, None]
    assert found["medium"].to_pylist() == [None, "cpc", None, None]


@given(
    st.lists(
        st.none()
        | st.sampled_from(["https://e.org", "/o/" + "0a" * 16])
        | st.text("/aé;%@?#. 20-", max_size=40).map("/".__add__),
        max_size=12,
    )
)
def test_each_path_is_kept_as_if_it_were_the_only_one(urls: list[str | None]) -> None:
    together = split_urls(pa.array(urls, pa.string())).path.to_pylist()
    assert together == [split_urls(pa.array([url], pa.string())).path[0].as_py() for url in urls]


def test_paths_lose_what_is_not_the_pages() -> None:
    token = "0123456789abcdef" * 2
    paths = ["/a;jsessionid=1", "/a%3Fb", "/joe@x.de/a", f"/o/{token}/p", f"/{token}", "/x" * 600, ""]
    found = split_urls(pa.array(paths)).path.to_pylist()
    assert found == ["/a", "/a%3Fb", "/(e-mail)/a", "/o/(id)/p", "/(id)", ("/x" * 600)[:1_000], "/"]


def test_a_mask_keeps_the_shape_only() -> None:
    assert mask('Jörg,"joe@x.de",+49 170') == 'aaaa,"aaa@a.aa",+00 000'
