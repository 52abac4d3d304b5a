"""Text of a legacy code page: what it is read as, how sure that is, and that a doubt is always told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.ingest.recognise.encoding import HOW, detect
from docops_desktop.model.errors import RequestError
from docops_desktop.store.workspace import Workspace

HEAD = "date,campaign,city,impressions,clicks,cost\n"
CITIES = {
    "de": ("Größenübersicht", "Köln", "München", "Frühjahrsaktion", "Mädchen"),
    "fr": ("Rentrée", "Besançon", "Noël", "«Été»", "Nîmes"),
    "es": ("Año", "¿Qué?", "¡Señoras!", "Niños", "León"),
    "is": ("Þorlákshöfn", "Ísafjörður", "Seyðisfjörður", "Akureyri", "Húsavík"),
    "ru": ("Распродажа", "Москва", "Казань", "Скидки", "Новосибирск"),
    "el": ("Εκπτώσεις", "Αθήνα", "Θεσσαλονίκη", "Καλοκαίρι", "Πάτρα"),
    "pl": ("Wyprzedaż", "Łódź", "Święta", "Gdańsk", "gęś"),
}


def table(language: str) -> str:
    words = CITIES[language]
    return HEAD + "".join(f"2026-08-0{day},{words[day - 1]},{words[-day]},10,1,2.00\n" for day in range(1, 6))


@pytest.mark.parametrize(
    ("language", "codec", "name", "how"),
    [
        *((language, "cp1252", "cp1252", "assumed") for language in ("de", "fr", "es", "is")),
        ("ru", "cp1251", "cp1251", "statistics"),
        ("ru", "koi8-r", "koi8_r", "statistics"),
        ("de", "utf-8", "utf-8", "valid"),
        ("de", "utf-8-sig", "utf-8", "mark"),
        ("de", "utf-16", "utf-16-le", "mark"),
        ("de", "utf-16-le", "utf-16-le", "zeros"),
    ],
)
def test_what_a_text_is_read_as_and_how_sure(language: str, codec: str, name: str, how: str) -> None:
    data = table(language).encode(codec)
    found = detect(data, complete=True)
    assert (found.name, found.how) == (name, how)
    assert data[found.mark_bytes :].decode(found.name) == table(language)
    assert bool(found.doubt) == (how == "statistics")


@pytest.mark.parametrize(("language", "codec"), [("ru", "cp1251"), ("el", "cp1253"), ("pl", "iso8859-2")])
def test_a_text_that_is_no_western_one_is_told(language: str, codec: str) -> None:
    assert "--encoding" in detect(table(language).encode(codec), complete=True).doubt


def test_words_of_no_western_language_make_it_doubtful(put: Callable[[str, Any], Path], ws: Workspace) -> None:
    path = put("a.csv", table("pl").encode("cp1250"))
    seen = preview_file(path)
    assert (seen.encoding, seen.encoding_evidence) == ("cp1252", HOW["assumed"])
    (doubt,) = (text for text in seen.warnings if "--encoding" in text)
    assert "perhaps it is cp1250" in doubt
    assert import_file(ws, path).mapping["doubts"] == [doubt]


def test_a_named_encoding_counts(put: Callable[[str, Any], Path], ws: Workspace, rows: Callable[..., Any]) -> None:
    path = put("a.csv", table("pl").encode("cp1250"))
    seen = preview_file(path, encoding="windows-1250")
    assert (seen.encoding, seen.encoding_evidence, seen.rows[1][1]) == ("cp1250", HOW["named"], "Łódź")
    record = import_file(ws, path, encoding="windows-1250")
    assert "doubts" not in record.mapping
    assert rows("SELECT campaign FROM v_campaign_days LIMIT 2") == [{"campaign": "Wyprzedaż"}, {"campaign": "Łódź"}]


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13"])
def test_no_such_encoding(put: Callable[[str, Any], Path], ws: Workspace, name: str) -> None:
    with pytest.raises(RequestError, match="there is no encoding"):
        import_file(ws, put("a.csv", table("de")), encoding=name)


def test_bytes_that_do_not_fit_a_named_encoding_break_their_line(
    load: Callable[..., Any], put: Callable[[str, Any], Path]
) -> None:
    mixed = table("de").encode("cp1252") + b"2026-08-06,Sale,Bern,10,1,2.00\n"
    record = load("a.csv", mixed, encoding="utf-8")
    assert (record.rows_loaded, record.rows_quarantined) == (1, 5)


def test_a_legacy_text_far_behind_the_beginning_is_judged_by_itself(load: Callable[..., Any]) -> None:
    plain = "".join(f"2026-08-01,Sale {n},Bern,10,1,2.00\n" for n in range(12_000))
    record = load("a.csv", (HEAD + plain).encode() + table("ru").split("\n", 1)[1].encode("cp1251"))
    assert (record.mapping["encoding"], record.rows_loaded) == ("cp1251", 12_005)
    assert "statistical guess" in record.mapping["doubts"][0]
