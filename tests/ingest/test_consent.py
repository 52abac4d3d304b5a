"""Rows without consent are left out before anything of them is stored, and the privacy log says so."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine.privacy import imports_privacy
from docops_desktop.ingest.importer import preview_file
from docops_desktop.ingest.privacy.consent import is_yes, says_consent
from docops_desktop.model.errors import ExportError
from docops_desktop.store.workspace import Workspace

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
HEADER = "timestamp,session_id,page_url,load_time_ms,analytics_consent\n"
ANSWERS = ("granted", "denied", "", "true", "false", "maybe")


def visits(answers: tuple[str, ...] = ANSWERS) -> str:
    return HEADER + "".join(
        f"2026-08-01T10:00:{n:02}Z,visitor{n},/secret{n},{'soon' if n == 4 else 900},{answer}\n"
        for n, answer in enumerate(answers)
    )


def tc_string(*purposes: int, version: int = 2) -> str:
    bits = (
        f"{version:06b}" + "0" * 146 + "".join("1" if number in purposes else "0" for number in range(1, 25)) + "0" * 40
    )
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_rows_without_consent_are_left_out_before_anything_is_stored(load: Load, rows: Rows, ws: Workspace) -> None:
    record = load("v.csv", visits())
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (
        6,
        2,
        0,
    )  # also the faulty row is not kept
    assert dict(record.filtered) == {"no consent": 4}
    assert {row["page_url"] for row in rows("SELECT page_url FROM v_page_views")} == {"/secret0", "/secret3"}
    ws.close()
    stored = b"".join(path.read_bytes() for path in ws.path.parent.glob("test.docops*") if path.is_file())
    for n in (1, 2, 4, 5):
        assert f"/secret{n}".encode() not in stored


def test_the_privacy_log_says_so(load: Load, ws: Workspace) -> None:
    load("v.csv", visits())
    (log,) = imports_privacy(ws.ledger())
    (column,) = (column for column in log.columns if column.name == "analytics_consent")
    assert (column.kind, column.action) == ("consent", "filtered")
    assert "filtered: analytics_consent" in log.summary


def test_at_the_level_off_consent_is_not_looked_at(load: Load, ws: Workspace) -> None:
    assert load("v.csv", visits(), privacy="off").rows_loaded == 5
    assert imports_privacy(ws.ledger())[0].columns[-1].done == "not looked at"


def test_preview_tells_what_consent_leaves(put: Load) -> None:
    found = preview_file(put("v.csv", visits()))
    assert found.mapping["analytics_consent"] == "consent"
    assert found.estimate.filtered_by == {"no consent": 4}


def test_an_export_in_which_nobody_agreed_is_refused_with_the_reason(load: Load) -> None:
    with pytest.raises(ExportError, match="no consent: 2"):
        load("v.csv", visits(("denied", "denied")))


def test_a_column_can_be_told_to_be_something_else(load: Load, tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text('[columns]\n"analytics_consent" = ""\n', encoding="utf-8")
    assert load("v.csv", visits(), mapping=mapping).rows_loaded == 5


def test_records_without_the_field_have_given_none(load: Load) -> None:
    records = [
        {"timestamp": f"2026-08-01T10:00:{n:02}Z", "url": f"/{n}", "load_ms": 900}
        | ({"consent": True} if n % 2 else {})
        for n in range(6)
    ]
    record = load("v.json", records)
    assert (record.rows_loaded, dict(record.filtered)) == (3, {"no consent": 3})


def test_beacons_carry_consent_in_a_dimension_of_their_own(load: Load) -> None:
    beacon = {
        "rt.start": "navigation",
        "rt.tstart": "1785585600000",
        "nt_nav_st": "1785585600000",
        "t_done": "900",
        "u": "https://shop.example/",
    }
    beacons = [beacon | {"rt.si": f"s{n}", "pid": f"p{n}", "cdim.consent": "yes" if n else "no"} for n in range(3)]
    assert dict(load("b.json", beacons).filtered) == {"no consent": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[
            (text, True)
            for text in (
                "true",
                "1",
                "Yes",
                "GRANTED",
                "accept all",
                "opt-in",
                "necessary,analytics",
                "C0001:1,C0002:1",
            )
        ],
        *[(text, True) for text in ('{"necessary": true, "analytics": true}', "analytics_storage=granted")],
        *[
            (text, False)
            for text in (
                "",
                None,
                "0",
                "no",
                "denied",
                "unknown",
                "necessary",
                "C0001:1,C0002:0",
                '{"analytics": false}',
            )
        ],
        *[
            (text, True)
            for text in (
                "Oui",
                "SÍ",
                "erteilt",
                "Tout accepter",
                "toegestaan",
                "zaakceptowano",
                "Accetta tutti",
                "aceitar tudo",
                "ALL_ACCEPTED",
                "G101",
                "G111",
                "{stamp:'x',necessary:true,preferences:false,statistics:true,marketing:false,ver:1}",
                ",C0001,C0002,",
                "isGpcEnabled=0&datestamp=Sat+Aug+01+2026&version=202601&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0",
                "consentid:abc,consent:yes,action:yes,necessary:yes,analytics:yes,advertisement:no",
                '{"estadísticas": "aceptado"}',
                "notwendig; Statistik",
            )
        ],
        *[
            (text, False)
            for text in (
                "nein",
                "non",
                "abgelehnt",
                "nie",
                "SOME_ACCEPTED",
                "G110",
                "G1--",
                "G100",
                "not granted",
                ",C0001,",
                "{stamp:'x',necessary:true,preferences:true,statistics:false,marketing:true,ver:1}",
                "groups=C0001%3A1%2CC0002%3A0%2CC0004%3A1",
                '{"analytics": true, "performance": false}',
                "analytics: maybe",
                "bioanalytics:true",
            )
        ],
        (tc_string(1, 8), True),
        (tc_string(1), False),
        (tc_string(8), False),
        (tc_string(1, 8, version=1), False),
        ("C" + "A" * 30, False),
    ],
)
def test_only_a_clear_yes_is_one(text: str | None, expected: bool) -> None:
    assert is_yes(text) is expected


def test_columns_are_known_by_their_names() -> None:
    assert all(
        map(
            says_consent,
            (
                *(
                    "Consent",
                    "gdpr_consent",
                    "tcf_string",
                    "cdim.consent",
                    "Analytics Consent",
                    "OptanonConsent",
                    "OnetrustActiveGroups",
                ),
                *(
                    "CookieConsent.statistics",
                    "Usercentrics_Status",
                    "IABTCF_TCString",
                    "euconsent-v2",
                    "x-ga-gcs",
                    "analytics_storage",
                ),
                *(
                    "Einverständnis",
                    "EINWILLIGUNG_STATISTIK",
                    "Consentement (mesure d'audience)",
                    "consentimiento analitico",
                    "Consenso statistico",
                ),
                *("cookietoestemming", "Consentimento_LGPD", "zgoda na śledzenie"),
            ),
        )
    )
    assert not any(
        map(
            says_consent,
            (
                "consent_banner_ms",
                "accepts marketing",
                "content",
                "concert",
                "statistics",
                "ad_storage",
                "marketing_consent",
                "einwilligung_werbung",
            ),
        )
    )
