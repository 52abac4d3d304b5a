"""Which language's letters a legacy text has: eastern ones are told and named, western ones never taken for others."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.ingest.mapping.adapters import load_mapping
from docops_desktop.ingest.mapping.own_adapters import mapping_of, mapping_toml, own_adapter, save_adapter
from docops_desktop.ingest.recognise.code_pages import letters_of
from docops_desktop.ingest.recognise.encoding import HOW, detect
from docops_desktop.model.errors import RequestError
from docops_desktop.store.workspace import Workspace

EASTERN = {
    (
        "Hungarian",
        "cp1250",
    ): "Őszi kedvezmény nőknek: cipő, esernyő, fűtőtest, gyűrű, kesztyű; felnőtt és gyermek bőrönd, erdő, mezőváros, "
    "Győr, Hűvösvölgy, könnyű szőnyeg, időjárás, jövő hétfőn szünnap, tető, lepedő, függöny, fürdőköpeny, sütőtök, gépjármű",
    (
        "Polish",
        "cp1250",
    ): "Świąteczna wyprzedaż: żakiet, sukienka księżniczki, dziecięce spodnie, rękawiczki, gęsty śnieg, Łódź, Gdańsk, "
    "Poznań, Kołobrzeg, książka, miś, wąż, ćwierć ceny, źródło, pięć złotych, jabłko, gałąź, żółty, środa, październik, wrzesień",
    (
        "Polish",
        "iso8859_2",
    ): "Świąteczna wyprzedaż: żakiet, sukienka księżniczki, dziecięce spodnie, rękawiczki, gęsty śnieg, Łódź, Gdańsk, "
    "Poznań, Kołobrzeg, książka, miś, wąż, ćwierć ceny, źródło, pięć złotych, jabłko, gałąź, żółty, środa, październik, wrzesień",
    (
        "Czech",
        "cp1250",
    ): "Vánoční výprodej: dětské šaty, příští čtvrtek, žlutá čepice, řetízek, Plzeň, Děčín, Přerov, růže, stůl, tříkolka, "
    "večeře, květen, září, říjen, běžecké boty, měsíční účet, důležitý věrnostní dárek, křeslo, džbán, kožešina, hřiště",
    (
        "Croatian or Slovene",
        "cp1250",
    ): "Šibenik, Čakovec, Đakovo, Požega, Križevci, muške košulje, dječje čarape, ženske hlače, cvijeće, kuće, "
    "snižene cijene, rođendan, siječanj, veljača, ožujak, lipanj, srpanj, večera, noć, mogućnost, žuti kišobran, među, čišćenje",
    (
        "Turkish",
        "cp1254",
    ): "Kış indirimi: ayakkabı, gömlek, çanta, elbise fırsatları, İstanbul, Diyarbakır, Şanlıurfa, Ağrı, Muğla, Eskişehir, "
    "alışveriş, sipariş, yağmurluk, çocuk, güneş gözlüğü, ışık, dağ, öğle, kırmızı, yeşil, sarı, kapı, kitaplık, satış, müşteri",
    (
        "Lithuanian",
        "cp1257",
    ): "Žieminis išpardavimas: batų, suknelių, kepurės, Šiauliai, Panevėžys, Alytus, Klaipėda, Kėdainiai, Mažeikiai, "
    "vaikų žaislai, žąsis, šuo, ąžuolas, ėjimas, įrankis, ūkis, mėnuo, rugsėjis, rugpjūtis, sąskaita, grąžinimas, čiužinys, švarkas",
    (
        "Latvian",
        "cp1257",
    ): "Ziemas izpārdošana: bērnu apģērbi, cimdi, šalles, kurpes sievietēm, Rīga, Liepāja, Rēzekne, Jūrmala, Ķegums, "
    "ģimene, ļoti lēti, ņemt, čības, žakete, māja, kāpnes, pērle, gaļa, ķirši, zvaigžņu nakts, jūnijs, jūlijs, septītā diena",
    (
        "Romanian",
        "cp1250",
    ): "Reducere de iarnă: pantofi, cămaşă, fustă, haină, Bucureşti, Iaşi, Braşov, Timişoara, Constanţa, Bistriţa, "
    "fără taxă, încălţăminte, mâine, săptămână, preţuri, ieftină, copiii noştri, înapoi, maşină, casă, stradă, oraş, viaţă",
}
WESTERN = (
    "Größe, Fußgängerzone, Köln, München, Würzburg, Österreich, schön, Gemüse, Frühjahr, Mädchen, Schlüssel, Übersicht, Café, Straße, Jäger",
    "Été, rentrée, Noël, Besançon, Nîmes, août, où, goût, cœur, sœur, français, fenêtre, forêt, âge, maïs, hôtel, élève, déjà, garçon, brûlé, Genève",
    "Año, niños, mañana, León, Málaga, Cádiz, jamón, camión, pingüino, ¿Qué?, ¡Señoras!, árbol, música, jueves próximo, España, avión",
    "Città, perché, più, così, però, caffè, martedì, venerdì, qualità, novità, Forlì, Cefalù, società, lunedì, lassù, università",
    "São Paulo, promoções, botões, calções, limões, corações, coração, maçã, três, você, pão, mães, avô, avó, Camões, Évora, põe, opções, milhões",
    "Malmö, Göteborg, Åre, Växjö, hösten, kläder, skärm, Jönköping, Ängelholm, färg, grön, blå, två, första, räkor, kött",
    "Søndag, Ærø, Århus, Tromsø, Ålesund, blå, grønn, sjø, kjøp, bærbar, får, påske, når, køb, være, Bodø, småkager, øl, tørklæde",
    "Þorlákshöfn, Ísafjörður, Seyðisfjörður, Húsavík, skór, fatnaður, útsala, börn, jól, þriðjudagur, ýsa, æðri, kaupið, góð, Höfn, vörur",
    "Põlva, Võru, Jõgeva, õppetund, rõõm, Pärnu, jõulud, sügis, müük, kõik, tänu, õhtu, lõuna, köök, süda, šokolaad, žanr",
    "Jyväskylä, Hämeenlinna, Seinäjoki, kesä, syksy, äiti, isä, yö, tyttö, kenkä, päivä, šekki, Åbo, lämmin, tänään",
)


def table(words: str, codec: str, rows: int, seed: int) -> bytes:
    draw = random.Random(seed)
    pieces = [piece.strip(" ,;:") for piece in words.split(" ")]
    lines = [f"2026-08-{n % 28 + 1:02d},{draw.choice(pieces)},{draw.choice(pieces)},{n},1,2.00\n" for n in range(rows)]
    return ("date,campaign,city,impressions,clicks,cost\n" + "".join(lines)).encode(codec)


@pytest.mark.parametrize(("kind", "words"), EASTERN.items())
def test_an_eastern_text_is_known_by_its_letters(kind: tuple[str, str], words: str) -> None:
    language, codec = kind
    data = table(words, codec, 200, 1)
    found = letters_of(data)
    assert found is not None
    assert data.decode(found.codec) == data.decode(codec)
    assert found.language == language
    judged = detect(data, complete=True)
    assert language in judged.doubt
    assert judged.name == (found.codec if found.sure else "cp1252")
    assert judged.how in ("letters", "assumed")


def test_most_of_them_surely() -> None:
    sure = [letters_of(table(words, codec, 200, 1)) for (_, codec), words in EASTERN.items()]
    assert sum(found is not None and found.sure for found in sure) >= 4


@given(st.sampled_from(WESTERN), st.integers(1, 200), st.integers(0, 10_000))
def test_a_western_text_never_is(words: str, rows: int, seed: int) -> None:
    data = table(words, "cp1252", rows, seed)
    assert letters_of(data) is None
    assert detect(data, complete=True).doubt == ""


@given(st.lists(st.sampled_from(WESTERN), min_size=2, max_size=4), st.integers(0, 10_000))
def test_western_texts_together_are_never_read_otherwise(words: list[str], seed: int) -> None:
    found = letters_of(table(" ".join(words), "cp1252", 60, seed))
    assert found is None or not found.sure


def test_a_few_strange_letters_are_told_and_nothing_is_switched(put: Callable[[str, Any], Path], ws: Workspace) -> None:
    path = put("a.csv", table("cipő, esernyő, gyűrű, kesztyű, fűtő, hűtő, kék, zöld", "cp1250", 12, 1))
    seen = preview_file(path)
    assert (seen.encoding, seen.encoding_evidence) == ("cp1252", HOW["assumed"])
    (doubt,) = (text for text in seen.warnings if "--encoding" in text)
    assert "its letters look like Hungarian, perhaps it is cp1250" in doubt
    assert import_file(ws, path).mapping["doubts"] == [doubt]


def test_a_switch_is_told_in_preview_and_ledger(put: Callable[[str, Any], Path], ws: Workspace) -> None:
    words = EASTERN["Lithuanian", "cp1257"]
    path = put("a.csv", table(words, "cp1257", 200, 1))
    seen = preview_file(path)
    assert (seen.encoding, seen.encoding_evidence) == ("cp1257", HOW["letters"])
    mapping = import_file(ws, path).mapping
    assert (mapping["encoding"], mapping["encoding_evidence"]) == ("cp1257", HOW["letters"])
    assert "as its letters are those of Lithuanian" in mapping["doubts"][0]


def test_a_mapping_names_the_encoding(put: Callable[[str, Any], Path], ws: Workspace, tmp_path: Path) -> None:
    path, mapping = put("a.csv", "date,campaign,cost\n2026-08-01,cipő,2\n".encode("cp1250")), tmp_path / "m.toml"
    mapping.write_text(mapping_toml(mapping_of("", {}, encoding="cp1250")), encoding="utf-8")
    assert load_mapping(mapping).encoding == "cp1250"
    assert preview_file(path, mapping=mapping).rows[0][1] == "cipő"
    assert import_file(ws, path, mapping=mapping).mapping["encoding"] == "cp1250"
    assert preview_file(path, mapping=mapping, encoding="cp1252").rows[0][1] == "cipõ"
    mapping.write_text('encoding = "klingon"\n', encoding="utf-8")
    with pytest.raises(RequestError, match="encoding 'klingon' is unknown"):
        preview_file(path, mapping=mapping)


def test_an_adapter_names_the_encoding_of_files_that_leave_it_open(
    put: Callable[[str, Any], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the wrong letters stand in the names of the columns that it is known by."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_named: tmp_path / "user-data")
    header = ("Időpont", "Kampány", "Költség")
    rules = {"Időpont": ("time", ""), "Kampány": ("campaign", ""), "Költség": ("cost", "")}
    mapping = mapping_of("generic", rules, "campaign_day", encoding="cp1250")
    save_adapter(own_adapter("bolt", "Bolt", mapping, header, header))
    text = ",".join(header) + "\n2026-08-01,cipő,2\n"
    for codec in ("cp1250", "utf-8", "utf-16"):
        seen = preview_file(put("a.csv", text.encode(codec)))
        assert (seen.system, seen.header, seen.rows[0][1]) == ("Bolt", header, "cipő"), codec
        assert seen.encoding == {"utf-16": "utf-16-le"}.get(codec, codec)
