"""Every check that fails, a wide interval, a missing adjustment and a raw figure far off each change the sentence that an answer is."""

from __future__ import annotations

import pytest

from docops_desktop.analysis.causal.checks import SelfCheck, SelfChecks
from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.certainty import (
    STRATIFIED,
    hedges_of,
    hidden_cause,
    nearest_end,
    standing_of,
    statement_of,
)
from docops_desktop.analysis.ranking.words import status_of
from docops_desktop.analysis.results.common import Estimate

CLEAR = Estimate(100.0, 60.0, 140.0)
WIDE = Estimate(30.0, -40.0, 100.0)


def model(*failed: str) -> CausalModel:
    tests = tuple(SelfCheck(name, name not in failed, 3.0, f"text of {name}", f"hedge of {name}") for name in "abc")
    return CausalModel("", checks=SelfChecks(tests, 0.4, 1.5, 1.2))


def test_a_clear_answer_names_its_figure_and_what_an_unrecorded_cause_would_take() -> None:
    said = statement_of(CLEAR, hedges_of(model()), raw=120.0, e_value_limit=1.3)
    assert said == (
        "+100 conversions (95 %: +60 to +140), unless something unrecorded raises both slowness and lost conversions 1.30 times."
    )
    assert standing_of(CLEAR, ()) == "shown"


def test_each_failed_check_is_in_the_answer() -> None:
    hedges = hedges_of(model("a", "c"))
    said = statement_of(CLEAR, hedges, e_value_limit=1.3)
    assert standing_of(CLEAR, hedges) == "doubtful"
    assert said.startswith("Perhaps +100 conversions")
    assert said.endswith("open to doubt: hedge of a; hedge of c.")


def test_what_is_not_shown_is_said_so_with_and_without_doubts() -> None:
    assert statement_of(WIDE, ()) == "The data don't show that this changes conversions (95 %: -40 to +100)."
    assert "open to doubt: hedge of b" in statement_of(WIDE, hedges_of(model("b")))
    assert standing_of(WIDE, ()) == "not shown"


def test_a_raw_figure_far_off_is_contradicted() -> None:
    assert "Not the +500 of the raw curve" in statement_of(CLEAR, (), raw=500.0)
    assert "raw curve" not in statement_of(CLEAR, (), raw=150.0)


def test_thin_support_is_in_the_answer() -> None:
    assert statement_of(CLEAR, (), thin=True).endswith("at the edge of what was observed and changes less than asked.")


def test_without_an_answer_the_reason_is_the_answer() -> None:
    none = Estimate(None, reason="no session converts")
    assert statement_of(none, (STRATIFIED,)) == "No answer: no session converts."
    assert standing_of(none, ()) == "n/a"
    assert statement_of(Estimate(0.0, 0.0, 0.0), ()) == "Nothing changes."


def test_without_the_adjusted_effect_that_is_the_doubt() -> None:
    assert hedges_of(None) == hedges_of(CausalModel("the data are aggregated")) == (STRATIFIED,)


@pytest.mark.parametrize(
    ("estimate", "end"), [(CLEAR, 0.6), (WIDE, 0.0), (Estimate(-100.0, -140.0, -60.0), 0.6), (Estimate(None), 0.0)]
)
def test_the_end_nearest_to_zero(estimate: Estimate, end: float) -> None:
    assert nearest_end(estimate) == pytest.approx(end)


def test_a_failed_check_takes_the_word_surely_from_a_row() -> None:
    sure, why = status_of(CLEAR, Estimate(110.0, 80.0, 140.0), 1_500.0, (9_000, 1_000), ())
    doubted, doubt = status_of(CLEAR, Estimate(900.0, 800.0, 1_000.0), 1_500.0, (9_000, 1_000), ("hedge of a",))
    assert sure == doubted == "red"
    assert "surely" in why
    assert "surely" not in doubt
    assert "open to doubt: hedge of a" in doubt
    assert "who is slow" in doubt
    assert "who is slow" not in why
    assert "raw +110, 95 %: +80 to +140" in why


def test_a_hidden_cause_says_which_figure_is_of_all_pages_and_which_of_the_answer() -> None:
    assert "all pages together if it made a slow session and a lost conversion 1.54 times" in hidden_cause(1.54, 1.37)
    assert hidden_cause(1.54, 1.48).endswith("from 1.48 times on that effect could be zero.")
    assert hidden_cause(1.54, 1.37, "this answer").endswith("from 1.37 times on this answer could be zero.")
