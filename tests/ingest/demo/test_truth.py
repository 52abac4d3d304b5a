"""The planted incident: there, where and when it should be, and as costly as the truth says."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.blocks import Block
from docops_desktop.ingest.demo.plan import DemoPlan, rhythm
from docops_desktop.ingest.demo.purchases import Loss
from docops_desktop.ingest.demo.truth import DemoTruth
from docops_desktop.model.traffic import ViewClass
from tests.ingest.demo.conftest import Made


def _loss(demo: Made) -> Loss:
    return sum((block.loss for block in demo.blocks), Loss())


def _has_cart(block: Block) -> np.ndarray:
    found = np.zeros(len(block.key), dtype=bool)
    found[block.views.session[block.views.group == pages.CART]] = True
    return found


def _median_product_load(demo: Made, sessions: str, late: bool) -> float:
    parts = []
    for block in demo.blocks:
        chosen = getattr(block.visitors, sessions) & ((block.visitors.start_ms >= demo.plan.incident_start_ms) == late)
        views = chosen[block.views.session] & (block.views.group == pages.PRODUCT)
        parts.append(block.views.timings.load_ms[views & (block.views.view_class <= ViewClass.SPA)])
    return float(np.nanmedian(np.concatenate(parts)))


def test_without_the_incident_visitors_and_walks_are_the_same(hit: Made, spared: Made) -> None:
    for with_it, without in zip(hit.blocks, spared.blocks, strict=True):
        assert np.array_equal(with_it.visitors.start_ms, without.visitors.start_ms)
        assert np.array_equal(with_it.visitors.codes["device_model"], without.visitors.codes["device_model"])
        untouched = ~with_it.visitors.incident
        assert np.array_equal(_has_cart(with_it)[untouched], _has_cart(without)[untouched])
        assert (_has_cart(with_it) <= _has_cart(without)).all()


def test_the_expected_loss_is_what_a_second_world_without_the_incident_shows(hit: Made, spared: Made) -> None:
    loss = _loss(hit)
    inside = hit.sessions(lambda b: b.visitors.incident)
    kept, had = (d.sessions(lambda b: b.bought)[inside].sum() for d in (hit, spared))
    assert loss.sessions == inside.sum() > 8_000
    spread = np.sqrt(had + kept)
    assert loss.expected_conversions == pytest.approx(had, abs=3 * np.sqrt(had))
    assert loss.conversions == pytest.approx(had - kept, abs=3 * spread)
    assert loss.conversions > 5 * spread
    lost_revenue = sum(
        sign * d.sessions(lambda b: b.revenue_minor)[inside].sum() for sign, d in ((1, spared), (-1, hit))
    )
    assert loss.revenue_minor == pytest.approx(lost_revenue, rel=0.2)


def test_a_world_without_the_incident_has_no_loss(spared: Made) -> None:
    assert _loss(spared) == Loss()


def test_product_pages_slow_down_from_the_known_hour_for_the_planted_combination_only(demo: Made) -> None:
    before, after = (_median_product_load(demo, "planted", late) for late in (False, True))
    assert after > 4 * before
    others = [
        np.concatenate(
            [
                b.views.timings.load_ms[
                    ~b.visitors.planted[b.views.session]
                    & (b.views.group == pages.PRODUCT)
                    & ((b.visitors.start_ms >= demo.plan.incident_start_ms) == late)[b.views.session]
                ]
                for b in demo.blocks
            ]
        )
        for late in (False, True)
    ]
    assert np.nanmedian(others[1]) == pytest.approx(np.nanmedian(others[0]), rel=0.05)


def test_other_pages_of_the_planted_combination_stay_as_they_were(hit: Made) -> None:
    loads: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for b in hit.blocks:
        views = b.visitors.planted[b.views.session] & (b.views.group == pages.CATEGORY)
        late = b.visitors.incident[b.views.session]
        for flag, parts in loads.items():
            parts.append(b.views.timings.load_ms[views & (late == flag)])
    medians = [np.nanmedian(np.concatenate(parts)) for parts in loads.values()]
    assert medians[0] == pytest.approx(medians[1], rel=0.06)


def test_the_default_demo_has_enough_sessions_in_the_incident() -> None:
    """At 200,000 sessions the planted cell must clear the noise, while the whole shop hardly moves."""
    plan = DemoPlan()
    when = rhythm(plan)
    window = (when.first_ms + np.arange(len(when.until)) * 900_000) >= plan.incident_start_ms
    late = int(np.diff(np.concatenate([[0], when.until]))[window].sum())
    assert late * plan.planted_share >= 400
    assert plan.planted_share < 0.03


def test_the_truth_survives_storing() -> None:
    truth = DemoTruth(
        "m", "c", "Product", 1, 2, 3.5, 99.5, 4.0, 400, 1000, 1, 14, 0, effect_per_100_ms={"Product": 0.01}
    )
    assert DemoTruth.from_json(truth.to_json()) == truth
