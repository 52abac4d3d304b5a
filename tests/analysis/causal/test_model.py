"""The adjusted model's own rules: parts add up, no change is no gain, what can't be answered is said, cancelling stops it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.causal.sample import log_of_code
from docops_desktop.analysis.ranking.pages import rank_pages
from docops_desktop.analysis.refresh import PageCellsRequest, RefreshRequest, refresh
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change
from docops_desktop.model.selection import Selection, parse_condition
from docops_desktop.store.facts import NOT_MEASURED_MS, Facts
from tests.support.synthetic_facts import synthetic_facts

SAME = log_of_code()
Columns = dict[str, Any]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return synthetic_facts(8_000, seed=3)


@pytest.fixture(scope="module")
def model(facts: Facts) -> CausalModel:
    return CausalModel.fit(facts, Selection())


def changed(facts: Facts, edit: Callable[[Columns, Columns], None]) -> Facts:
    sessions = {name: facts.session(name).copy() for name in facts.sessions}
    views = {name: facts.page_view(name).copy() for name in facts.page_views}
    edit(sessions, views)
    return Facts.from_arrays(replace(facts.header, data_version="edited"), sessions, views)


@pytest.mark.parametrize("by", ["page_group", "device_type", "country", "hour", "weekday", "day", "channel"])
def test_parts_add_up_to_the_whole(model: CausalModel, by: str) -> None:
    faster = {name: SAME + np.log(0.8) for name in ("Home", "Product", "Search", "Cart")}
    answer = model.answer(faster, by)
    assert answer.conversions.value == pytest.approx(sum(part.conversions.value for part in answer.parts))
    assert answer.revenue.value == pytest.approx(sum(part.revenue.value for part in answer.parts))
    assert answer.conversions.value == pytest.approx(model.answer(faster).conversions.value)


def test_no_change_is_no_gain_and_slower_is_the_opposite_of_faster(model: CausalModel) -> None:
    assert model.answer({"Product": SAME}).conversions == model.answer({}).conversions
    assert model.answer({"Product": SAME}).conversions.value == 0
    faster = model.answer({"Product": SAME - 0.01}).conversions.value
    slower = model.answer({"Product": SAME + 0.01}).conversions.value
    assert faster == pytest.approx(-slower, rel=0.05, abs=1e-6)


def test_a_session_in_the_selection_once_counts_once(facts: Facts) -> None:
    clauses = Selection(
        (parse_condition("page_group=Product"), parse_condition("hour=10,11,12,13,14,15,16,17,18,19,20"))
    )
    found = CausalModel.fit(facts, clauses)
    cells = refresh(facts, RefreshRequest(clauses, (PageCellsRequest(),))).results["pages"]
    assert isinstance(cells, PageCells)
    sessions = sum(part.sessions for part in found.answer({"Product": SAME - 0.1}, "device_type").parts)
    assert sessions == cells.total_sessions


def no_conversions(sessions: Columns, views: Columns) -> None:
    sessions["conversions"][:] = 0
    sessions["revenue"][:] = 0


def one_conversion(sessions: Columns, views: Columns) -> None:
    no_conversions(sessions, views)
    sessions["conversions"][17] = 1


def all_convert(sessions: Columns, views: Columns) -> None:
    sessions["conversions"][:] = 1


def no_load_times(sessions: Columns, views: Columns) -> None:
    views["load"][:] = 0
    views["load_ms"][:] = NOT_MEASURED_MS


def same_load_time(sessions: Columns, views: Columns) -> None:
    views["load"][:] = 200


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (no_conversions, "no converting session"),
        (one_conversion, "only one converting session"),
        (all_convert, "nearly every session converts"),
        (no_load_times, "no converting session has a measured page view"),
        (same_load_time, "load times don't differ"),
    ],
)
def test_what_cannot_be_answered_is_said(facts: Facts, edit: Callable[[Columns, Columns], None], reason: str) -> None:
    poor = changed(facts, edit)
    found = CausalModel.fit(poor, Selection())
    assert reason in found.reason
    cells = refresh(poor, RefreshRequest(panels=(PageCellsRequest(),))).results["pages"]
    assert isinstance(cells, PageCells)
    result = WhatIfModel.fit(cells, causal=found).answer((Change((ALL_PAGES,), "percent", -10),))
    assert result.conversions.value is None
    assert result.conversions.reason
    assert all(row.status == "n/a" for row in rank_pages(cells, causal=found).rows)


def one_page_group(sessions: Columns, views: Columns) -> None:
    views["page_group"][:] = 1


def one_day(sessions: Columns, views: Columns) -> None:
    sessions["start_ms"][:] = sessions["start_ms"][0] + np.arange(len(sessions["start_ms"]))
    sessions["quarter"][:] = sessions["quarter"][0]


def no_revenue(sessions: Columns, views: Columns) -> None:
    sessions["revenue"][:] = 0


@pytest.mark.parametrize("edit", [one_page_group, one_day, no_revenue])
def test_plain_data_are_answered(facts: Facts, edit: Callable[[Columns, Columns], None]) -> None:
    found = CausalModel.fit(changed(facts, edit), Selection())
    assert not found.reason
    answer = found.answer({"Home": SAME - 0.1})
    assert answer.conversions.low < answer.conversions.value < answer.conversions.high
    assert (answer.revenue.value == 0) == (edit is no_revenue)


@pytest.mark.parametrize(
    ("facts", "selection", "reason"),
    [
        (synthetic_facts(300, weighted=True), Selection(), "aggregated"),
        (synthetic_facts(300), Selection((parse_condition("load_ms>=2000"),)), "all speeds"),
        (synthetic_facts(0), Selection(), "no converting session"),
    ],
)
def test_data_and_selections_that_cannot_carry_it(facts: Facts, selection: Selection, reason: str) -> None:
    assert reason in CausalModel.fit(facts, selection).reason


def test_without_the_adjusted_effect_the_answer_says_what_it_is(facts: Facts) -> None:
    cells = refresh(facts, RefreshRequest(panels=(PageCellsRequest(),))).results["pages"]
    assert isinstance(cells, PageCells)
    none = CausalModel("the data are aggregated: the adjusted estimate needs single sessions")
    result = WhatIfModel.fit(cells, causal=none).answer((Change(("Product",), "percent", -10),))
    assert [rung.name for rung in result.ladder] == ["raw", "stratified"]
    assert any("within strata only" in warning for warning in result.warnings)
    pages = rank_pages(cells, causal=none)
    assert {row.adjustment for row in pages.rows} == {"stratified"}
    assert pages.warnings


def test_by_a_dimension_beside_the_strata_needs_the_adjusted_effect(facts: Facts, model: CausalModel) -> None:
    cells = refresh(facts, RefreshRequest(panels=(PageCellsRequest(),))).results["pages"]
    assert isinstance(cells, PageCells)
    change = (Change((ALL_PAGES,), "ms", -300),)
    result = WhatIfModel.fit(cells, causal=model).answer(change, by="browser")
    assert sum(part.conversions.value or 0 for part in result.parts) == pytest.approx(result.conversions.value)
    with pytest.raises(RequestError, match="can't be split by"):
        WhatIfModel.fit(cells).answer(change, by="browser")


def test_cancelling_stops_the_fit(facts: Facts) -> None:
    with pytest.raises(Cancelled):
        CausalModel.fit(facts, Selection(), lambda: True)


def test_many_page_groups_are_fitted_and_rare_ones_are_not_surer_than_frequent_ones() -> None:
    base = synthetic_facts(30_000, seed=4, urls=60)
    rng = np.random.default_rng(1)
    names = tuple(f"Group {k}" for k in range(120))
    views = {name: base.page_view(name).copy() for name in base.page_views}
    views["page_group"] = np.minimum(rng.geometric(0.08, base.n_page_views), 119).astype(np.uint8)
    dictionaries = {**base.header.dictionaries, "page_group": ("(not set)", *names[1:])}
    header = replace(base.header, dictionaries=dictionaries, data_version="many groups")
    facts = Facts.from_arrays(header, {name: base.session(name) for name in base.sessions}, views)
    found = CausalModel.fit(facts, Selection())
    seen = np.bincount(views["page_group"], minlength=120)
    relative = []
    for group in (1, 50):
        estimate = found.answer({names[group]: SAME - 0.1}).conversions
        relative.append((estimate.high - estimate.low) / seen[group])
    assert relative[1] > 0.9 * relative[0]
