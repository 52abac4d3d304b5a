"""Workspaces that can't answer much: ranking and what-if say why, in text and in JSON, and answer what they can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import HEADER, Ran, Run

SESSIONS = 1_500
PAGES = ("p/shoe", "search", "offers")


@dataclass(frozen=True)
class Shop:
    """What differs between the workspaces."""

    converts: Callable[[int, float], bool]
    loads: bool = True
    pages: tuple[str, ...] = PAGES
    days: int = 5

    def csv(self) -> str:
        """Return an export: three views per session, the last of which may convert."""
        rng = np.random.default_rng(1)
        lines = [HEADER]
        for n in range(SESSIONS):
            views = 800 * np.exp(0.6 * rng.standard_normal(3))
            happens = self.converts(n, float(rng.random() * np.exp(0.3 * np.log(views.mean() / 800))))
            for v, load in enumerate(views):
                day, hour = 1 + n % self.days, (7 * n) % 24
                when = f"2026-08-{day:02d}T{hour:02d}:{n % 60:02d}:{10 * v:02d}Z"
                page = self.pages[(n + v) % len(self.pages)]
                measured = f"{load:.0f}" if self.loads else ""
                lines.append(
                    f"s{n},{when},https://shop.example/{page},{measured},DE,Chrome,{int(happens and v == 2)}\n"
                )
        return "".join(lines)


def sometimes(_: int, luck: float) -> bool:
    return luck < 0.2


NOTHING = {
    "without conversions": (Shop(lambda n, luck: False), "no conversion is known"),
    "one conversion": (Shop(lambda n, luck: n == 700), "conversions"),
    "all convert": (Shop(lambda n, luck: True), "convert"),
    "no load times": (Shop(sometimes, loads=False), "measured"),
}
SOMETHING = {
    "one page group": Shop(sometimes, pages=("p/shoe",)),
    "one day": Shop(sometimes, days=1),
}


@dataclass(frozen=True)
class Asked:
    pages: Ran
    pages_text: Ran
    whatif: Ran
    whatif_text: Ran


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Callable[[Shop], Asked]:
    def ask(shop: Shop) -> Asked:
        export, workspace = tmp_path / "views.csv", tmp_path / "shop.docops"
        export.write_text(shop.csv(), encoding="utf-8")
        assert run("import", workspace, export, "--quiet").status == 0
        whatif = ("whatif", workspace, "--all-pages", "--percent", "-10", "--quiet")
        return Asked(
            run("pages", workspace, "--quiet", "--json"),
            run("pages", workspace, "--quiet"),
            run(*whatif, "--json"),
            run(*whatif),
        )

    return ask


@pytest.mark.parametrize("name", NOTHING)
def test_what_cannot_be_answered_is_n_a_with_the_reason(ask: Callable[[Shop], Asked], name: str) -> None:
    shop, word = NOTHING[name]
    asked = ask(shop)
    for page in asked.pages.document["pages"]:
        assert page["status"] == page["standing"] == "n/a"
        assert page["conversions_at_stake"] is None
        assert word in page["reason"]
        assert "Not answerable" in page["why"]
        assert page["page_views"] > 0
    answer = asked.whatif.document
    assert answer["adjusted"]["delta_conversions"] is None
    assert word in answer["adjusted"]["reason"]
    assert answer["raw"]["delta_conversions"] is None
    assert answer["standing"] == "n/a"
    assert answer["statement"].startswith("No answer: ")
    assert answer["observed"]["sessions"] == SESSIONS
    for text in (asked.pages_text, asked.whatif_text):
        assert text.status == 0
        assert "n/a" in text.out
    assert answer["statement"] in asked.whatif_text.out


def test_where_no_conversion_is_known_nothing_says_zero(ask: Callable[[Shop], Asked]) -> None:
    asked = ask(NOTHING["without conversions"][0])
    unknown = ("conversions", "conversion_rate", "revenue", "impact_score")
    for page in asked.pages.document["pages"]:
        assert [page[name] for name in unknown] == [None] * len(unknown)
        assert all(name in page["reason"].partition(": no conversion is known")[0] for name in unknown)
    observed = asked.whatif.document["observed"]
    assert observed["conversions"] is None
    assert observed["revenue"] is None
    assert observed["reason"].startswith("conversions, revenue: no conversion is known")
    assert asked.whatif.document["statement"].count("no conversion is known") == 1
    assert asked.pages.document["warnings"] == [
        "No conversion is known: no flag is set in the exports, and no order belongs to these sessions."
    ]
    for text in (asked.pages_text, asked.whatif_text):
        assert "0.00 %" not in text.out


@pytest.mark.parametrize("name", SOMETHING)
def test_what_can_be_answered_is(ask: Callable[[Shop], Asked], name: str) -> None:
    shop = SOMETHING[name]
    asked = ask(shop)
    pages = asked.pages.document["pages"]
    assert len(pages) == len(shop.pages)
    assert all(page["conversions_at_stake_lo"] < page["conversions_at_stake_hi"] for page in pages)
    answer = asked.whatif.document
    for rung in ("raw", "adjusted"):
        found = answer[rung]
        assert found["lo"] < found["delta_conversions"] < found["hi"]
    assert answer["standing"] != "n/a"
    assert answer["statement"] in asked.whatif_text.out
    assert [rung["name"] for rung in answer["ladder"]][-1] == "adjusted"
    assert all(check["text"] for check in answer["checks"])
    assert answer["sensitivity"]["e_value"] >= 1
    assert asked.pages.document["sensitivity"]["e_value"] == answer["sensitivity"]["e_value"]
    assert "status" in asked.pages_text.out


def test_a_cause_of_what_is_not_known_is_refused_with_the_reason(run: Run, tmp_path: Path) -> None:
    export, workspace = tmp_path / "views.csv", tmp_path / "shop.docops"
    export.write_text(NOTHING["without conversions"][0].csv(), encoding="utf-8")
    assert run("import", workspace, export, "--quiet").status == 0
    found = run("explain", workspace, "--json", "--quiet").document
    assert "nothing can be said: no conversion is known" in found["answer"]
    assert found["findings"] == []
    assert (
        "no conversion is known"
        not in run("explain", workspace, "--measure", "load_p75", "--json", "--quiet").document["answer"]
    )


def test_where_nobody_was_that_is_the_reason(run: Run, tmp_path: Path) -> None:
    export, workspace = tmp_path / "orders.csv", tmp_path / "orders.docops"
    export.write_text("order_id,date,revenue,currency\no1,2026-08-03T08:00:00Z,12.50,EUR\n", encoding="utf-8")
    assert run("import", workspace, export, "--quiet").status == 0
    assert run("pages", workspace, "--json", "--quiet").document["warnings"] == ["No page view matches the selection."]
    answer = run("whatif", workspace, "--all-pages", "--ms", "-100", "--json", "--quiet").document
    assert answer["statement"] == "No answer: no page view matches the selection."
    total = run("segments", workspace, "--by", "country", "--json", "--quiet").document["total"]
    assert total["revenue"] is None
    assert "revenue_per_session: no revenue belongs to these sessions" in total["reason"]
