"""The ranking says what slowness costs, is not fooled by who is slow, and says when it can't tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from docops_desktop.analysis.ranking.impact_score import impact_score
from docops_desktop.analysis.ranking.pages import rank_pages
from tests.support.page_worlds import page_cells


def test_a_true_effect_is_found_with_an_interval_that_excludes_zero() -> None:
    row = rank_pages(page_cells(slope=-0.6)).rows[0]
    assert row.conversions_at_stake.low is not None
    assert row.conversions_at_stake.low > 0
    assert row.status == "red"
    assert "exposed sessions" in row.why


def test_slow_strata_that_convert_less_anyway_are_no_effect_after_adjustment() -> None:
    claims = 0
    for seed in range(12):
        row = rank_pages(page_cells(slope=0.0, confounding=-0.8, seed=seed)).rows[0]
        estimate = row.conversions_at_stake
        assert row.raw_conversions_at_stake is not None
        assert estimate.value is not None
        assert row.raw_conversions_at_stake > 2 * abs(estimate.value)
        assert estimate.low is not None
        claims += estimate.low > 0
    assert claims <= 2


def test_figures_within_strata_only_are_not_called_sure() -> None:
    row = rank_pages(page_cells(slope=-0.6)).rows[0]
    assert row.standing == "doubtful"
    assert row.why.startswith("Slowness seems to cost")
    assert row.e_value_limit is None
    assert row.raw_conversions_estimate.value == row.raw_conversions_at_stake
    assert row.raw_conversions_estimate.low < row.raw_conversions_at_stake < row.raw_conversions_estimate.high


def test_pages_are_ordered_by_money_at_stake() -> None:
    weak, strong = page_cells(-0.2, groups=("Home",)), page_cells(-0.9, groups=("Product",), seed=2)
    both = {
        name: np.concatenate([getattr(weak, name), getattr(strong, name)])
        for name in [
            "n",
            "conversions",
            "revenue",
            "revenue_squared",
            "load_hist",
            "page_views",
            "sessions",
            "converting_sessions",
            "conversions_any",
            "revenue_any",
            "converter_share",
        ]
    }
    result = rank_pages(replace(weak, page_groups=("Home", "Product"), **both))
    assert [row.page_group for row in result.rows] == ["Product", "Home"]
    assert result.ranked_by == "revenue_at_stake"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"converter_share": np.array([0.97])}, "follows the decision"),
        ({"conversions": np.zeros((1, 8, 42), np.int64)}, "conversions after an exposure"),
        ({"n": np.zeros((1, 8, 42), np.int64)}, "no session has a measured load time"),
    ],
)
def test_what_cannot_be_answered_is_said(change: dict[str, np.ndarray], words: str) -> None:
    cells = page_cells(-0.5)
    change = {name: array[..., : cells.n.shape[2]] if array.ndim == 3 else array for name, array in change.items()}
    row = rank_pages(replace(cells, **change)).rows[0]
    assert row.conversions_at_stake.value is None
    assert row.status == "n/a"
    assert words in row.reasons["conversions_at_stake"]


def test_a_target_faster_than_anything_observed_is_refused() -> None:
    row = rank_pages(page_cells(-0.5), target_ms=50).rows[0]
    assert row.conversions_at_stake.value is None
    assert "faster than 99 %" in row.conversions_at_stake.reason


def test_impact_score_is_negative_and_significant_under_an_effect_and_neither_without() -> None:
    cells = page_cells(-0.8)
    found = impact_score(cells.n[0].sum(axis=0), cells.conversions[0].sum(axis=0), share=0.5)
    assert found.score is not None
    assert found.p is not None
    assert -0.5 <= found.score < -0.2
    assert found.p < 0.01
    false_alarms = 0
    for seed in range(40):
        flat = page_cells(0.0, sessions=20_000, seed=seed)
        p = impact_score(flat.n[0].sum(axis=0), flat.conversions[0].sum(axis=0), share=0.5).p
        false_alarms += p is not None and p < 0.05
    assert false_alarms <= 6


def test_impact_score_says_why_it_has_none() -> None:
    n = np.array([10, 10, 10, 10, 10])
    assert impact_score(n, np.zeros(5, np.int64), 1.0).reason == "no exposed session converts"
    assert impact_score(n, n, 1.0).reason == "every exposed session converts"
    assert "bins" in impact_score(n[:2], n[:2] // 2, 1.0).reason
