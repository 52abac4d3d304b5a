"""Definitions survive storing, default where absent, and refuse what can't work."""

from __future__ import annotations

import pytest

from docops_desktop.model.definitions import (
    DEFAULT_PAGE_RULES,
    UNMATCHED_PAGE_GROUP,
    ConversionRule,
    Definitions,
    PageRule,
    page_group_of,
)
from docops_desktop.model.errors import ExportError, KnownError, RequestError, WorkspaceError
from docops_desktop.model.scenario import Change, Scenario


def test_definitions_come_back_equal() -> None:
    own = Definitions(
        ConversionRule("page_group", "Done"), (PageRule("^/x", "X"),), "Europe/Berlin", 9, {"": 2000.0, "Home": 900.0}
    )
    assert Definitions.from_json(own.to_json()) == own
    assert Definitions.from_json({}) == Definitions()


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/", "Home"),
        ("", "Home"),
        ("/product/abc-123", "Product"),
        ("/c/shoes", "Category"),
        ("/checkout/step-2", "Checkout"),
        ("/checkout/success", "Order confirmation"),
        ("/order-confirmation", "Order confirmation"),
        ("/imprint", UNMATCHED_PAGE_GROUP),
    ],
)
def test_the_first_rule_that_matches_wins(path: str, group: str) -> None:
    assert page_group_of(path, DEFAULT_PAGE_RULES) == group


def test_rules_that_cannot_work_are_refused() -> None:
    with pytest.raises(RequestError, match="not a regular expression"):
        PageRule("(", "X")
    with pytest.raises(RequestError, match="names no page group"):
        ConversionRule("page_group")
    with pytest.raises(RequestError, match="can't be read"):
        Definitions.from_json({"page_rules": 7})


def test_scenarios_come_back_equal_and_refuse_nonsense() -> None:
    scenario = Scenario("faster", (Change(("Home",), "ms", -200.0), Change(("*",), "to_ms", 1500.0)))
    assert Scenario.from_json(scenario.to_json()) == scenario
    for kind, value in (("percent", -100.0), ("to_ms", 0.0)):
        with pytest.raises(RequestError):
            Change(("Home",), kind, value)  # type: ignore[arg-type]


def test_errors_say_what_where_and_what_to_do_and_carry_their_exit_status() -> None:
    assert str(KnownError("it is empty", "a.csv", "Export it again")) == "a.csv: it is empty. Export it again"
    assert [kind.exit_status for kind in (KnownError, ExportError, RequestError, WorkspaceError)] == [1, 1, 2, 3]
