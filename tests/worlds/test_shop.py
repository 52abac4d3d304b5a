"""The simulator tells the truth about itself: what it says would happen is what happens when it is played."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED, FIRST_OF_GROUP
from tests.worlds.shop import Shop, log_response, make_shop
from tests.worlds.spec import ALL_WORLDS, CLEAN, DEPTH, EVERYTHING, HIDDEN, MOBILE, NULL, PAGE_GROUPS, PLATEAU, World


@cache
def shop(world: World, seed: int = 1) -> Shop:
    return make_shop(world, 30_000, seed)


@pytest.mark.parametrize("world", [CLEAN, DEPTH, MOBILE, PLATEAU, EVERYTHING, HIDDEN], ids=lambda w: w.name)
def test_sessions_convert_as_often_as_their_probability_says(world: World) -> None:
    played = shop(world)
    probability = played.truth.probability
    bought = played.facts.session("conversions") > 0
    order = np.argsort(probability)
    for part in np.array_split(order[probability[order] > 0], 5):
        expected, spread = probability[part].sum(), np.sqrt((probability[part] * (1 - probability[part])).sum())
        assert abs(bought[part].sum() - expected) < 4 * spread
    assert not bought[probability == 0].any()
    assert bought.mean() == pytest.approx(0.03, abs=0.005)


def test_faster_pages_sell_more_by_the_elasticity_and_no_change_nothing() -> None:
    truth = shop(CLEAN).truth
    faster = [truth.gain(lambda ms: ms * 0.9, group)[0] for group in range(len(PAGE_GROUPS))]
    together = truth.gain(lambda ms: ms * 0.9)[0]
    assert truth.gain(lambda ms: ms) == (0.0, 0.0)
    assert min(faster) == 0.0  # one page group in eight has no effect
    assert sum(faster) < together < 1.05 * sum(faster)
    cart = PAGE_GROUPS.index("Checkout")
    j = truth.journeys
    buyers = truth.probability[j.owner[(j.group == cart) & (j.load_ms > 300)]].sum()
    assert faster[cart] == pytest.approx(buyers * (0.9 ** -truth.elasticity[cart, 1] - 1), rel=0.02)


@pytest.mark.parametrize("world", NULL, ids=lambda w: w.name)
def test_null_worlds_gain_nothing(world: World) -> None:
    assert shop(world).truth.gain(lambda ms: ms * 0.5) == (0.0, 0.0)


def test_outside_the_plateau_nothing_changes() -> None:
    response = log_response(PLATEAU, np.array([300.0, 1_500.0, 3_000.0, 6_000.0, 30_000.0]))
    assert response[0] == response[1] == 0
    assert response[1] > response[2] > response[3]
    assert response[3] == response[4]


def test_the_same_seed_plays_the_same_shop() -> None:
    one, same, other = (make_shop(CLEAN, 2_000, seed).facts for seed in (1, 1, 2))
    assert np.array_equal(one.buffer, same.buffer)
    assert not np.array_equal(one.page_view("load")[:500], other.page_view("load")[:500])


def test_facts_are_recorded_by_the_rules() -> None:
    facts = shop(EVERYTHING).facts
    offset = facts.session("view_offset").astype(np.int64)
    owner = np.repeat(np.arange(facts.n_sessions), np.diff(offset))
    flags = facts.page_view("flags")
    bought = facts.session("conversions") > 0
    assert not ((flags & BEFORE_CONVERSION) == 0)[~bought[owner]].any()
    measured = facts.page_view("load") > 0
    first = np.bincount(owner, (flags & FIRST_MEASURED) > 0, facts.n_sessions)
    assert np.array_equal(first, np.bincount(owner, measured, facts.n_sessions) > 0)
    pairs = len(np.unique(owner * 100 + facts.page_view("page_group")))
    assert ((flags & FIRST_OF_GROUP) > 0).sum() == pairs
    assert (facts.session("revenue") > 0).sum() == bought.sum()
    assert (np.diff(facts.session("start_ms")) >= 0).all()


def test_hidden_and_recorded_causes_are_told_apart() -> None:
    strong = make_shop(replace(HIDDEN, hidden=0.5), 30_000, 1).truth
    assert np.corrcoef(strong.visitors.hidden, strong.visitors.willingness)[0, 1] < -0.5
    assert abs(np.corrcoef(shop(CLEAN).truth.visitors.hidden, shop(CLEAN).truth.visitors.willingness)[0, 1]) < 0.03
    assert len({world.name for world in ALL_WORLDS}) == len(ALL_WORLDS)
