"""A finding's sentence says of which pages it speaks."""

from __future__ import annotations

from docops_desktop.analysis.cause.words import why
from docops_desktop.analysis.results.cause import PageEvidence
from docops_desktop.analysis.results.common import Estimate


def sentence(*pages: PageEvidence) -> str:
    lost = Estimate(128.0, 109.0, 146.0)
    return why(
        "conversions", {"carrier": "Rheinfunk DE"}, (35.0, 163.0), lost, Estimate(None), "EUR", (7382.0, 2524.0),
        Estimate(0.69), True, "2026-08-03 14:00", pages, (),
    )  # fmt: skip


def test_a_page_group_is_named_with_its_own_change_not_with_that_of_all() -> None:
    product = PageEvidence("Product", 6932, 15000.0, 2500.0, 5.06)
    text = sentence(product, PageEvidence("Home", 2550, 2600.0, 2590.0, 0.01))
    assert "Product pages 506 % slower (over all pages p75 7.38 s against 2.52 s) since 2026-08-03 14:00" in text


def test_where_every_page_group_is_slower_the_change_is_that_of_all() -> None:
    text = sentence(
        PageEvidence("Product", 6932, 15000.0, 2500.0, 0.70), PageEvidence("Home", 2550, 2600.0, 1600.0, 0.66)
    )
    assert ": pages 69 % slower (p75 7.38 s against 2.52 s)" in text
