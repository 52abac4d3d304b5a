"""A change of speed is answered within its interval, adds up, and is refused outside what was observed."""

from __future__ import annotations

import pytest

from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change
from tests.support.page_worlds import page_cells, true_gain

FASTER = Change(("Product",), "percent", -10)


def test_intervals_cover_the_true_gain() -> None:
    covered = 0
    for seed in range(20):
        cells = page_cells(slope=-0.5, confounding=-0.6, seed=seed)
        result = WhatIfModel.fit(cells).answer((FASTER,))
        low, high = result.conversions.low, result.conversions.high
        assert low is not None
        assert high is not None
        covered += low <= true_gain(cells, -0.5, 0.9) <= high
    assert covered >= 16


def test_raw_is_fooled_by_confounding_and_the_answer_says_so() -> None:
    result = WhatIfModel.fit(page_cells(slope=0.0, confounding=-1.0)).answer((FASTER,))
    assert result.raw_conversions is not None
    assert result.conversions.value is not None
    assert result.raw_conversions > 2 * abs(result.conversions.value)
    assert any("raw figure" in warning for warning in result.warnings)


@pytest.mark.parametrize("by", ["page_group", "device_type"])
def test_parts_add_up_to_the_whole(by: str) -> None:
    cells = page_cells(slope=-0.5, groups=("Home", "Product"))
    result = WhatIfModel.fit(cells).answer((Change((ALL_PAGES,), "percent", -10),), by=by)
    assert result.conversions.value == pytest.approx(sum(part.conversions.value or 0 for part in result.parts))
    assert result.revenue.value == pytest.approx(sum(part.revenue.value or 0 for part in result.parts))
    assert result.raw_conversions == pytest.approx(sum(part.raw_conversions or 0 for part in result.parts))
    if by != "page_group":  # a session sees several page groups, but has one device type
        assert sum(part.sessions for part in result.parts) == result.sessions


def test_outside_the_observed_range_the_answer_is_not_supported() -> None:
    result = WhatIfModel.fit(page_cells(slope=-0.5)).answer((Change(("Product",), "to_ms", 60.0),))
    assert not result.supported
    assert result.conversions.value is None
    assert "not supported by the data" in result.conversions.reason


def test_the_raw_figure_has_an_interval_of_its_own() -> None:
    result = WhatIfModel.fit(page_cells(slope=-0.5, confounding=-1.0)).answer((FASTER,))
    raw = result.raw_conversions_estimate
    assert raw.value == result.raw_conversions == result.ladder[0].conversions.value
    assert raw.low is not None
    assert raw.high is not None
    assert raw.low < raw.value < raw.high
    assert result.raw_revenue_estimate.low is not None


def test_pages_that_are_fast_already_are_left_alone_and_it_is_said() -> None:
    model = WhatIfModel.fit(page_cells(slope=-0.5, groups=("Home", "Product")))
    typical = model.typical_ms("Home")
    assert typical is not None
    result = model.answer((Change(("Home",), "to_ms", 2 * typical), Change(("Product",), "to_ms", typical / 1.5)))
    home, product = result.parts
    assert (home.conversions.value, home.conversions.low, home.conversions.high) == (0, 0, 0)
    assert product.conversions.value > 0
    assert any(text.startswith("Left as it is on Home: ") for text in result.warnings)


def test_stratified_figures_are_never_stated_as_facts() -> None:
    result = WhatIfModel.fit(page_cells(slope=-0.5)).answer((FASTER,))
    assert result.conversions.low > 0
    assert result.standing == "doubtful"
    assert result.statement.startswith("Perhaps +")
    assert "within strata only" in result.statement


def test_no_change_changes_nothing() -> None:
    result = WhatIfModel.fit(page_cells(slope=-0.5)).answer((Change(("Product",), "percent", 0.0),))
    assert result.conversions.value == pytest.approx(0)
    assert result.revenue.value == pytest.approx(0)


def test_small_data_is_refused_with_its_reason() -> None:
    result = WhatIfModel.fit(page_cells(slope=-0.5, sessions=150)).answer((FASTER,))
    assert result.conversions.value is None
    assert "exposed sessions" in result.conversions.reason


def test_wrong_requests_are_named() -> None:
    model = WhatIfModel.fit(page_cells(slope=-0.5))
    with pytest.raises(RequestError, match="no page group 'Nowhere'"):
        model.answer((Change(("Nowhere",), "percent", -10),))
    with pytest.raises(RequestError, match="can't be split by"):
        model.answer((FASTER,), by="browser")
    with pytest.raises(Cancelled):
        WhatIfModel.fit(page_cells(slope=-0.5), cancelled=lambda: True)
