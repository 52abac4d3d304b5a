"""Country and carrier from addresses: offline, from the shipped tables or from one's own, before the address is dropped."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.ingest.values import networks
from docops_desktop.ingest.values.networks import Networks, parse_address
from docops_desktop.model.errors import RequestError
from docops_desktop.store.workspace import Workspace

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
OWN = "network,country,isp\n203.0.113.0/24,DE,Own Mobile\n2001:db8::/32,FR,Own Six\n203.0.113.128/25,AT,Own Inner\n"


def places(table: Path | None, *texts: str | None) -> list[tuple[str | None, str | None]]:
    found = Networks(table).read(pa.array(texts, pa.string()))
    return list(zip(found.country.to_pylist(), found.carrier.to_pylist(), strict=True))


def log(*addresses: str) -> str:
    return "".join(
        f'{address} - - [01/Aug/2026:10:00:{n:02} +0000] "GET /p HTTP/1.1" 200 10 "-" "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36"\n'
        for n, address in enumerate(addresses)
    )


@pytest.fixture(autouse=True)
def no_table_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "users_table", lambda: None)


def test_shipped_tables_know_large_networks_and_guess_nothing() -> None:
    german, google, six, private, documentation, none = places(
        None, "139.7.30.125", "8.8.8.8", "2001:4860:4860::8888", "10.0.0.1", "203.0.113.9", None
    )
    assert german[0] == "DE"
    assert "vodafone" in (german[1] or "").lower()
    assert google[0] == "US"
    assert "google" in (google[1] or "").lower()
    assert six == google
    assert private == documentation == none == (None, None)


def test_the_tables_say_of_when_they_are() -> None:
    told = Networks().describe()
    assert "iptocc" in told
    assert "public domain (PDDL 1.0), 2026-" in told


def test_an_access_log_gets_country_and_carrier_and_no_address_is_kept(load: Load, rows: Rows, ws: Workspace) -> None:
    record = load("access.log", log("139.7.30.125", "8.8.8.8", "203.0.113.9"))
    found = {(row["country"], row["carrier"]) for row in rows("SELECT country, carrier FROM v_sessions")}
    assert ("(not set)", "(not set)") in found  # n/a, not a guess
    assert any(country == "DE" and "Vodafone" in carrier for country, carrier in found)
    assert "iptocc" in str(record.mapping["networks"])
    assert "looked up offline, then not stored" in str(record.privacy["columns"])
    ws.close()
    assert b"139.7.30" not in b"".join(
        path.read_bytes() for path in ws.path.parent.glob("test.docops*") if path.is_file()
    )


def test_what_the_export_says_itself_comes_first(load: Load, rows: Rows) -> None:
    load(
        "v.csv",
        "timestamp,session_id,url,load_ms,ip,country,carrier\n2026-08-01 10:00:00,s,/a,900,139.7.30.125,Spain,\n",
    )
    (row,) = rows("SELECT country, carrier FROM v_sessions")
    assert row["country"] == "ES"
    assert "Vodafone" in row["carrier"]


def test_a_table_of_ones_own_is_asked_first(ws: Workspace, put: Load, rows: Rows) -> None:
    table = put("own.csv", OWN)
    import_file(ws, put("access.log", log("203.0.113.9", "203.0.113.200", "2001:db8::1", "8.8.8.8")), ip_table=table)
    found = {(row["country"], row["carrier"]) for row in rows("SELECT country, carrier FROM v_sessions")}
    assert {("DE", "Own Mobile"), ("AT", "Own Inner"), ("FR", "Own Six")} < found
    assert preview_file(put("b.log", log("203.0.113.9")), ip_table=table).networks.startswith(
        "own table: own.csv (3 networks"
    )


@pytest.mark.parametrize(
    "text",
    [
        OWN.replace(",", ";"),
        "start,end,country_code,as_name\n203.0.113.0,203.0.113.127,de,Own Mobile\n203.0.113.128,203.0.113.255,at,Own Inner\n",
        "203.0.113.0\t203.0.113.127\t64500\tDE\tOwn Mobile\n203.0.113.128\t203.0.113.255\t64501\tAT\tOwn Inner\n1.0.0.0\t1.0.0.255\t0\tNone\tNot routed\n",
    ],
    ids=["cidr", "ranges", "iptoasn"],
)
@pytest.mark.parametrize("packed", [str.encode, lambda text: gzip.compress(text.encode())], ids=["plain", "gzip"])
def test_tables_as_they_are_handed_round(text: str, packed: Callable[[str], bytes], put: Load) -> None:
    table = put("own.table", packed(text))
    assert places(table, "203.0.113.1", "203.0.113.255") == [("DE", "Own Mobile"), ("AT", "Own Inner")]


def test_tables_that_are_none(put: Load, tmp_path: Path, ws: Workspace) -> None:
    export = put("access.log", log("203.0.113.9"))
    for name, content, message in (
        ("no.csv", "colour,size\nred,1\n", "no column of networks"),
        ("empty.csv", "network,country\n", "no network can be read"),
        ("binary.bin", b"\xff\xfe\x00\x9f" * 40, "can't be read"),
        ("broken.mmdb", b"x" * 100 + b"\xab\xcd\xefMaxMind.com" + b"y" * 10, "damaged"),
    ):
        with pytest.raises(RequestError, match=message):
            import_file(ws, export, ip_table=put(name, content))
    with pytest.raises(RequestError, match="no such file"):
        import_file(ws, export, ip_table=tmp_path / "none.mmdb")
    assert ws.ledger() == ()


def test_a_table_in_the_users_folder_is_used_without_being_named(monkeypatch: pytest.MonkeyPatch, put: Load) -> None:
    table = put("ip-table.csv", OWN)
    monkeypatch.setattr(networks, "users_table", lambda: table)
    assert places(None, "203.0.113.1") == [("DE", "Own Mobile")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9:8080", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("203.0.113.0/24", "203.0.113.0"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.x", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_as_they_are_written(text: str | None, expected: str | None) -> None:
    found = parse_address(text)
    assert (str(found) if found is not None else None) == expected
