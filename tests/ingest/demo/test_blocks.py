"""What the generated visitors look like, against the public figures that they follow."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.blocks import Block, make_block, vocabulary
from docops_desktop.ingest.demo.devices import PLANTED_MODEL, devices
from docops_desktop.ingest.demo.places import places
from docops_desktop.ingest.demo.plan import DemoPlan, rhythm
from docops_desktop.model.traffic import ViewClass
from tests.ingest.demo.conftest import Made


def _counted(demo: Made) -> np.ndarray:
    return demo.views(lambda b: (b.views.view_class <= ViewClass.SPA) & ~b.visitors.incident[b.views.session])


def _texts(block: Block, dimension: str) -> np.ndarray:
    return np.array(vocabulary()[dimension])[block.visitors.codes[dimension]]


def test_the_same_seed_gives_the_same_block_and_another_seed_another() -> None:
    plan = DemoPlan(40_000, seed=11)
    first, again = (make_block(plan, rhythm(plan), 1) for _ in range(2))
    other = make_block(DemoPlan(40_000, seed=12), rhythm(DemoPlan(40_000, seed=12)), 1)
    for get in (lambda b: b.views.timings.load_ms, lambda b: b.views.url, lambda b: b.revenue_minor, lambda b: b.key):
        assert np.array_equal(get(first), get(again), equal_nan=get(first).dtype.kind == "f")
        assert not np.array_equal(get(first), get(other))


@pytest.mark.parametrize(("device", "median", "sd"), [(0, 1469, 0.84), (1, 1320, 0.76), (2, 1494, 0.72)])
def test_lcp_has_the_published_medians_and_spreads(demo: Made, device: int, median: float, sd: float) -> None:
    lcp = demo.views(lambda b: b.views.timings.lcp_ms)
    of_device = demo.views(lambda b: b.visitors.device_type[b.views.session]) == device
    values = lcp[_counted(demo) & of_device & ~np.isnan(lcp)]
    assert np.median(values) == pytest.approx(median, rel=0.05)
    assert np.log(values).std() == pytest.approx(sd, abs=0.035)


def test_measures_of_a_view_are_consistent(demo: Made) -> None:
    t = [block.views.timings for block in demo.blocks]
    load, lcp, ttfb, fcp = (
        np.concatenate([getattr(x, f"{name}_ms") for x in t]) for name in ("load", "lcp", "ttfb", "fcp")
    )
    full = ~np.isnan(ttfb)
    assert (ttfb[full] <= fcp[full] + 1).all()
    assert (fcp[full] <= lcp[full] + 1).all()
    measured = ~np.isnan(load)
    assert (lcp[measured] <= load[measured] + 1).all()
    assert 0.98 < measured.mean() < 1
    kind = demo.views(lambda b: b.views.view_class)
    assert np.isnan(ttfb[kind == ViewClass.SPA]).all()


def test_rates_are_those_of_a_shop(demo: Made) -> None:
    person = demo.sessions(lambda b: b.visitors.robot == 0)
    bought = demo.sessions(lambda b: b.bought)
    revenue = demo.sessions(lambda b: b.revenue_minor)
    length = demo.sessions(lambda b: np.diff(b.offset))
    assert bought[person].mean() == pytest.approx(0.03, abs=0.003)
    assert not bought[~person].any()
    assert (length[person].min(), length.max()) == (1, 12)
    assert length[person].mean() == pytest.approx(3.0, abs=0.15)
    assert ((revenue > 0) == bought).all()
    assert np.log(revenue[bought]).std() == pytest.approx(0.65, abs=0.06)
    assert 4_000 < np.median(revenue[bought]) < 8_000


def test_all_traffic_classes_of_a_beacon_occur_and_views_dominate(demo: Made) -> None:
    share = np.bincount(demo.views(lambda b: b.views.view_class), minlength=8) / len(demo.views(lambda b: b.views.url))
    assert share[ViewClass.PAGE_VIEW] > 0.6
    for kind in (ViewClass.BFCACHE, ViewClass.HIDDEN, ViewClass.BOT, ViewClass.SYNTHETIC, ViewClass.ERROR_PAGE):
        assert 0.001 < share[kind] < 0.03


def test_models_follow_a_zipf_law_and_iphones_are_two_thirds_of_mobile(demo: Made) -> None:
    names = np.concatenate([_texts(b, "device_model") for b in demo.blocks])
    types = np.concatenate([_texts(b, "device_type") for b in demo.blocks])
    assert (names[types == "Mobile"] == "Apple iPhone").mean() == pytest.approx(2 / 3, abs=0.02)
    android = np.concatenate([b.visitors.codes["os"] for b in demo.blocks]) == 6
    phones = names[android & (types == "Mobile") & (names != PLANTED_MODEL)]
    _, counts = np.unique(phones, return_counts=True)
    top = np.sort(counts)[::-1][1:60]
    slope = np.polyfit(np.log(np.arange(2, 61)), np.log(top), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.12)


def test_device_system_and_browser_fit_together(demo: Made) -> None:
    block = demo.blocks[0]
    pairs = set(zip(_texts(block, "os"), _texts(block, "browser"), strict=True))
    assert not {("iOS", "Samsung Internet"), ("Windows", "Mobile Safari"), ("Android", "Safari")} & pairs
    assert (block.visitors.codes["os"] == devices().model_os[block.visitors.codes["device_model"]]).all()


def test_operators_serve_their_own_country(demo: Made) -> None:
    for block in demo.blocks:
        carrier, country = block.visitors.codes["carrier"], block.visitors.country
        assert (places().carrier_country[carrier] == country).all()


def test_views_follow_each_other_within_a_session(demo: Made) -> None:
    for block in demo.blocks:
        within = np.diff(block.views.session) == 0
        gap = np.diff(block.views.time_ms)
        assert (gap[within] >= 0).all()
        assert (gap[within] < 30 * 60_000).all()
        assert (block.views.time_ms[block.offset[:-1]] == block.visitors.start_ms).all()


def test_orders_stand_on_the_confirmation_of_converting_sessions(demo: Made) -> None:
    for block in demo.blocks:
        at = np.flatnonzero(block.views.conversions)
        assert (block.views.group[at] == pages.CONFIRMATION).all()
        assert np.array_equal(block.views.session[at], np.flatnonzero(block.bought))
        assert np.array_equal(block.views.revenue_minor[at], block.revenue_minor[block.bought])
        assert (block.views.group == pages.CONFIRMATION).sum() == len(at)


def test_later_views_are_faster_than_the_first(demo: Made) -> None:
    load = demo.views(lambda b: b.views.timings.load_ms)
    position = demo.views(lambda b: np.arange(len(b.views.session)) - b.offset[b.views.session])
    ok = _counted(demo) & ~np.isnan(load)
    assert np.median(load[ok & (position == 0)]) > 1.2 * np.median(load[ok & (position > 0)])


def test_keys_are_distinct_and_positive(demo: Made) -> None:
    keys = demo.sessions(lambda b: b.key)
    assert keys.min() > 0
    assert len(np.unique(keys)) == demo.plan.sessions


def test_slow_segments_buy_less_whatever_their_speed(demo: Made) -> None:
    """Without any effect of speed, slow attributes would still go with few conversions: that is the confounding."""
    ln_load = demo.sessions(lambda b: b.visitors.ln_load)
    ready = demo.sessions(lambda b: b.visitors.ln_conversion)
    person = np.isfinite(ready)
    assert np.corrcoef(ln_load[person], ready[person])[0, 1] < -0.2


def test_a_page_without_effect_looks_harmful_to_the_naive_eye(demo: Made) -> None:
    """Landing on Home has no effect on conversion, yet slow landings there convert less."""
    load = demo.views(lambda b: b.views.timings.load_ms)
    first = np.concatenate([np.isin(np.arange(len(b.views.url)), b.offset[:-1]) for b in demo.blocks])
    bought = demo.views(lambda b: b.bought[b.views.session])
    on_home = first & _counted(demo) & (demo.views(lambda b: b.views.group) == pages.HOME) & ~np.isnan(load)
    assert pages.EFFECT_PER_100_MS["Home"] == 0
    slow = load > np.median(load[on_home])
    fast_rate, slow_rate = bought[on_home & ~slow].mean(), bought[on_home & slow].mean()
    assert slow_rate < 0.85 * fast_rate
