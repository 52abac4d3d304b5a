"""A change of one segment is the whole's change limited to it: parts add up, everybody has one place, and nobody is made slower by "to the others"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.ranking.exposure import Exposure
from docops_desktop.analysis.refresh import PageCellsRequest, RefreshRequest, refresh
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.analysis.whatif.segment_change import by_place, gap_to_rest, narrowed, segment_cells
from docops_desktop.model.errors import RequestError
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.scenario import ALL_PAGES, Change, Segment
from docops_desktop.model.selection import Selection, ValueClause
from docops_desktop.store.facts import Facts
from tests.support.synthetic_facts import synthetic_facts
from tests.worlds.shop import Shop, make_shop
from tests.worlds.spec import SEGMENTS

REQUEST = PageCellsRequest()
PHONES = Segment("device_type", ("Mobile",))
SLOW = Segment("carrier", ("carrier-1",))


@pytest.fixture(scope="module")
def facts() -> Facts:
    """One carrier is a third slower than the others."""
    plain = synthetic_facts(12_000, seed=5)
    sessions = {name: plain.session(name).copy() for name in plain.sessions}
    views: dict[str, Any] = {name: plain.page_view(name).copy() for name in plain.page_views}
    owner = np.repeat(np.arange(plain.n_sessions), np.diff(plain.session("view_offset").astype(np.int64)))
    slow = (sessions["carrier"][owner] == 1) & (views["load"] > 0)
    # load codes are log-spaced: so many of them further on is slower by about the same factor everywhere
    views["load"][slow] = np.minimum(views["load"][slow] + 40, N_CODES - 1)
    return Facts.from_arrays(replace(plain.header, data_version="slow carrier"), sessions, views)


@pytest.fixture(scope="module")
def cells(facts: Facts) -> PageCells:
    return cells_of(facts, Selection())


@pytest.fixture(scope="module")
def model(facts: Facts, cells: PageCells) -> WhatIfModel:
    causal = CausalModel.fit(facts, Selection())
    assert not causal.reason
    return WhatIfModel.fit(cells, causal=causal, segment_cells=segment_cells(facts, Selection(), REQUEST))


def cells_of(facts: Facts, selection: Selection) -> PageCells:
    found = refresh(facts, RefreshRequest(selection, (REQUEST,))).results["pages"]
    assert isinstance(found, PageCells)
    return found


def faster(segment: Segment | None, percent: float = -10) -> Change:
    return Change((ALL_PAGES,), "percent", percent, segment)


def figures(result: WhatIfResult) -> list[float]:
    numbers = [estimate.value for rung in result.ladder for estimate in (rung.conversions, rung.revenue)]
    assert len(numbers) == 6
    assert None not in numbers
    return [float(number or 0) for number in numbers]


def test_a_segment_and_all_others_make_the_whole(facts: Facts, model: WhatIfModel) -> None:
    others = Segment("device_type", tuple(v for v in facts.header.dictionaries["device_type"] if v != "Mobile"))
    whole = figures(model.answer((faster(None),)))
    both = [figures(model.answer((faster(segment),))) for segment in (PHONES, others)]
    assert whole == pytest.approx([a + b for a, b in zip(*both, strict=True)])
    assert whole == pytest.approx(figures(model.answer((faster(PHONES), faster(others)))))


@pytest.mark.parametrize("by", ["page_group", "device_type", "carrier", "hour"])
def test_parts_add_up_and_only_the_segment_gains(model: WhatIfModel, by: str) -> None:
    result = model.answer((faster(PHONES),), by)
    assert result.conversions.value == pytest.approx(sum(part.conversions.value or 0 for part in result.parts))
    if by == "device_type":
        gains = {part.key: part.conversions.value for part in result.parts}
        assert gains.pop("Mobile") == pytest.approx(result.conversions.value)
        assert all(gain == pytest.approx(0, abs=1e-9) for gain in gains.values())


def test_the_later_change_counts_and_the_rest_takes_the_common_one(model: WhatIfModel) -> None:
    overridden = model.answer((faster(None, -30), faster(None), faster(PHONES)))
    assert figures(overridden) == pytest.approx(figures(model.answer((faster(None),))))
    # a change for everybody that comes later takes the segment's place as well
    assert figures(model.answer((faster(PHONES, -30), faster(None)))) == pytest.approx(
        figures(model.answer((faster(None),)))
    )


def test_every_session_has_one_place(facts: Facts, cells: PageCells) -> None:
    segments = (PHONES, SLOW, Segment("device_type", ("Mobile", "Tablet")))
    found = segment_cells(facts, Selection(), REQUEST)(segments)
    places = by_place(cells, found)
    for g, group in enumerate(cells.page_groups):
        assert sum(place[group].n for place in places).tolist() == cells.n[g].tolist()
        assert all((place[group].n >= 0).all() for place in places)
    last, first = found[2], found[0]
    assert first is None, "every phone belongs to the last segment named"
    assert last is not None
    assert last.total_sessions == cells_of(facts, Selection().keep("device_type", ["Mobile", "Tablet"])).total_sessions


def test_the_segment_stays_within_the_selection(facts: Facts) -> None:
    selection = Selection().keep("carrier", ["carrier-2", "carrier-3"])
    assert narrowed(selection, SLOW, ()) is None
    kept = narrowed(selection, Segment("carrier", ("carrier-1", "carrier-3")), ())
    assert kept == Selection((ValueClause("carrier", ("carrier-3",)),))


def test_to_the_others_gains_where_slower_and_never_slows_down(model: WhatIfModel) -> None:
    slow = model.answer((Change((ALL_PAGES,), "to_rest", 100, SLOW),))
    half = model.answer((Change((ALL_PAGES,), "to_rest", 50, SLOW),))
    raw, halfway = slow.raw_conversions, half.raw_conversions
    assert raw is not None
    assert halfway is not None
    assert not any("left as it is" in warning for warning in slow.warnings)
    assert 0 < abs(halfway) < abs(raw)
    rest = Segment("carrier", tuple(f"carrier-{k}" for k in range(2, 13)))
    fast = model.answer((Change((ALL_PAGES,), "to_rest", 100, rest),))
    assert fast.conversions.value == 0
    assert any("left as it is on" in warning for warning in fast.warnings)


def test_to_the_others_brings_the_median_there(model: WhatIfModel, cells: PageCells) -> None:
    """The same change by hand: so many percent as the medians are apart."""
    group = cells.page_groups[0]
    assert model.segment_cells is not None
    rest, own = by_place(cells, model.segment_cells((SLOW,)))
    mine, theirs = own[group].quantile_ms(0.5), rest[group].quantile_ms(0.5)
    assert mine is not None
    assert theirs is not None
    by_hand = model.answer((Change((group,), "percent", 100 * (theirs / mine - 1), SLOW),))
    assert figures(model.answer((Change((group,), "to_rest", 100, SLOW),))) == pytest.approx(figures(by_hand))


def test_the_interval_holds_the_error_of_the_two_medians_too(model: WhatIfModel, cells: PageCells) -> None:
    group = cells.page_groups[0]
    assert model.segment_cells is not None
    rest, own = by_place(cells, model.segment_cells((SLOW,)))
    gap = gap_to_rest(own[group], rest[group])
    weaker, by_hand, stronger = (
        model.answer((Change((group,), "percent", 100 * (np.exp(gap.log + off) - 1), SLOW),)).ladder
        for off in (gap.sd, 0.0, -gap.sd)
    )
    to_rest = model.answer((Change((group,), "to_rest", 100, SLOW),)).ladder
    for few, known, many, estimated in zip(weaker, by_hand, stronger, to_rest, strict=True):
        half = [(e.conversions.high - e.conversions.low) / 2 for e in (known, estimated)]  # type: ignore[operator]
        error = (many.conversions.value - few.conversions.value) / 2  # type: ignore[operator]
        assert half[1] ** 2 - half[0] ** 2 == pytest.approx((1.96 * error) ** 2, rel=0.1)


def test_the_standard_error_of_a_gap_is_its_spread_over_repeated_samples() -> None:
    rng = np.random.default_rng(3)
    edges = np.unique(np.round(100 * 1.05 ** np.arange(140))).astype(np.int64)

    def exposure(median_ms: float, n: int) -> Exposure:
        load = np.clip(median_ms * np.exp(0.75 * rng.standard_normal(n)), 101, edges[-1] - 1)
        count = np.histogram(load, edges)[0][None, :]
        none = np.zeros_like(count)
        return Exposure("Product", count, none, none, none.astype(float), edges, np.sqrt(edges[:-1] * edges[1:]), "")

    gaps = [gap_to_rest(exposure(4_000, 300), exposure(3_000, 3_000)) for _ in range(400)]
    assert np.mean([gap.log for gap in gaps]) == pytest.approx(np.log(3 / 4), abs=0.01)
    spread = np.std([gap.log for gap in gaps])
    assert spread == pytest.approx(np.mean([gap.sd for gap in gaps]), rel=0.12)


def test_best_quartile_is_what_the_ranking_has_at_stake(facts: Facts, cells: PageCells, model: WhatIfModel) -> None:
    from docops_desktop.analysis.ranking.pages import rank_pages

    row = rank_pages(cells, causal=model.causal).rows[0]
    result = model.answer((Change((row.page_group,), "to_percentile", 25),))
    assert result.conversions.value == pytest.approx(row.conversions_at_stake.value, rel=0.02)
    assert result.raw_conversions == pytest.approx(row.raw_conversions_at_stake, rel=0.02)


def test_nobody_and_too_few_are_said(facts: Facts, model: WhatIfModel) -> None:
    nobody = model.answer((Change((ALL_PAGES,), "to_rest", 100, Segment("carrier", ("no such carrier",))),))
    assert nobody.conversions.value == 0
    assert any("only 0 sessions of the segment were measured here" in warning for warning in nobody.warnings)
    with pytest.raises(RequestError, match="segments can't be told apart"):
        replace(model, segment_cells=None).answer((faster(PHONES),))


def test_in_a_shop_of_known_truth_a_segments_interval_covers_what_only_its_sessions_gain() -> None:
    shop = make_shop(SEGMENTS, 60_000, 1)
    causal = CausalModel.fit(shop.facts, Selection())
    known = segment_cells(shop.facts, Selection(), REQUEST)
    model = WhatIfModel.fit(cells_of(shop.facts, Selection()), causal=causal, segment_cells=known)
    visitors, owner = shop.truth.visitors, buyers_views(shop)
    covered, errors, raw_errors = 0, [], []
    segments = [("carrier", 1), ("carrier", 2), ("carrier", 3), ("country", 1), ("country", 2)]
    for name, code in segments:
        inside = visitors.codes[name][owner] == code
        truth, _ = shop.truth.gain(lambda load_ms, inside=inside: np.where(inside, 0.8 * load_ms, load_ms))
        result = model.answer((faster(Segment(name, (visitors.dictionaries[name][code],)), -20),))
        low, high = result.conversions.low, result.conversions.high
        assert low is not None
        assert high is not None
        covered += low <= truth <= high
        errors.append(abs((result.conversions.value or 0) - truth) / truth)
        raw_errors.append(abs((result.raw_conversions or 0) - truth) / truth)
    assert (
        covered >= len(segments) - 1
    )  # what one shop's draw moves it moves for all of its segments; the seed is fixed
    assert np.median(errors) < 0.5
    assert np.median(errors) < np.median(raw_errors) / 2


def buyers_views(shop: Shop) -> npt.NDArray[np.int64]:
    """Session of each view that ``Truth.gain`` hands to its function."""
    journeys = shop.truth.journeys
    found: npt.NDArray[np.int64] = journeys.owner[journeys.buyer[journeys.owner]]
    return found
