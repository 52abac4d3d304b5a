"""One rule for figures in sentences and on the command line; tests/ui/test_format.py holds the window's wording to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import docops_desktop
from docops_desktop.model import wording

PERCENT_FORMAT = re.compile(r"\{[^{}]*:[^{}]*%\}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (wording.count(1_234_567), "1,234,567"), (wording.count(7.26), "7.3"), (wording.count(-0.01), "0.0"), (wording.count(None), "n/a"),
        (wording.number(0.5), "1"), (wording.number(-2.5), "-3"), (wording.number(0.125, 2), "0.13"), (wording.number(1e20), "100,000,000,000,000,000,000"),
        (wording.percent(0.0302), "3.02 %"), (wording.percent(0.412), "41.2 %"), (wording.percent(0.06, 0), "6 %"),
        (wording.duration(850), "850 ms"), (wording.duration(7382), "7.38 s"), (wording.duration(-125_000), "-2 min 5 s"),
        (wording.money(759.4, "EUR"), "€759"), (wording.money(-12.5, "USD"), "-$12.50"), (wording.money(950, "CHF"), "CHF 950"),
        (wording.money(12_345.6), "12,346"), (wording.money(float("nan"), "EUR"), "n/a"),
        (wording.points(0.0006), "+0.06 pp"), (wording.points(-0.0123), "-1.23 pp"), (wording.points(None), "n/a"),
        (wording.signed(120.4), "+120"), (wording.signed(0.0), "0"), (wording.signed(-3), "-3"), (wording.signed(None), "n/a"),
    ],
)  # fmt: skip
def test_figures_in_words(text: str, expected: str) -> None:
    assert text == expected


def test_one_thing_is_not_some_things() -> None:
    assert [wording.counted(n, "import") for n in (0, 1, 1_234)] == ["0 imports", "1 import", "1,234 imports"]
    assert wording.counted(2, "entry", "entries") == "2 entries"


def test_what_was_set_is_said_exactly() -> None:
    assert wording.as_set(-1505, "ms", sign=True) == "-1,505 ms"
    assert wording.as_set(1_234_567, "ms") == "1,234,567 ms"
    assert wording.as_set(-20.0, "%", sign=True) == "-20 %"
    assert wording.as_set(12.5, "%") == "12.5 %"


def test_no_sentence_glues_the_percent_sign_to_its_figure() -> None:
    package = Path(docops_desktop.__file__).parent
    glued = [
        f"{path.relative_to(package)}: {found.group()}"
        for path in sorted(package.rglob("*.py"))
        for found in PERCENT_FORMAT.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not glued
