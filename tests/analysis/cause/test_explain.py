"""Find the cause: planted causes are named, decoys and empty worlds are not, and every odd question gets a clear answer."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from docops_desktop.analysis.cause.explain import ExplainRequest, explain
from docops_desktop.kernels import cause_runner
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.selection import Selection, ValueClause
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from docops_desktop.store.facts import Facts
from tests.support.cause_worlds import BASE_MS, SMALL_SIZES, World, make_world
from tests.support.synthetic_facts import synthetic_facts


def ask(world: World, **options: object) -> ExplainRequest:
    span = world.window if world.baseline else None
    return ExplainRequest(Selection(span=span), bool(world.baseline), world.baseline, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[True, False], ids=["what changed", "what stands out"])
def world(request: pytest.FixtureRequest) -> World:
    assert cause_runner.wait()
    return make_world(150_000, 3, compare=request.param, strength=8.0, sizes=SMALL_SIZES)


def test_names_the_cause_and_its_cost(world: World) -> None:
    result = explain(world.facts, ask(world))
    assert [dict(f.where) for f in result.findings] == list(world.causes)
    finding = result.findings[0]
    lost = finding.lost_conversions
    assert lost.value == pytest.approx(world.lost[0], rel=0.35)
    assert lost.low is not None
    assert lost.high is not None
    assert lost.low < world.lost[0] < lost.high
    assert finding.lost_revenue.value == pytest.approx(lost.value * 60, rel=0.2)
    assert finding.p_value <= finding.q_value < 0.05
    assert finding.effect.value is not None
    assert finding.effect.low is not None
    assert finding.effect.high is not None
    assert finding.effect.low < finding.effect.value < finding.effect.high < 0
    assert finding.effect.value < finding.effect_shrunk < 0
    assert finding.load_p75 is not None
    assert finding.load_p75_baseline is not None
    assert finding.load_p75 > finding.load_p75_baseline
    assert all(value in finding.why for value in finding.where.values())
    assert len(finding.relatives) == (len(finding.where) if len(finding.where) > 1 else 0)
    assert not any(relative.hurt for relative in finding.relatives)
    assert result.answer.startswith(finding.why)
    assert ("whole site" in result.answer) == bool(world.baseline)


def test_the_change_adds_up(world: World) -> None:
    for measure in ("conversion_rate", "revenue"):
        change = explain(world.facts, ask(world, measure=measure)).change
        if not world.baseline:
            assert change.difference is None
            assert change.reason
            continue
        parts = (change.volume, change.mix, change.rate, change.value)
        assert sum(p for p in parts if p is not None) == pytest.approx(change.difference)
        assert change.site_wide == pytest.approx(np.expm1(world.truth["drift"][0]), abs=0.06)
        assert change.site_wide_load == pytest.approx(np.expm1(world.truth["drift"][1]), abs=0.025)


def test_reference_and_compiled_kernels_agree(world: World) -> None:
    compiled = explain(world.facts, ask(world))
    with mock.patch.object(cause_runner, "_compiled", None):
        reference = explain(world.facts, ask(world))
    assert compiled.compiled
    assert not reference.compiled
    assert [f.where for f in compiled.findings] == [f.where for f in reference.findings]
    for mine, theirs in zip(compiled.findings, reference.findings, strict=True):
        assert mine.expected == pytest.approx(theirs.expected, rel=1e-3)


@pytest.mark.parametrize("compare", [True, False])
def test_nothing_stands_out_of_an_empty_world(compare: bool) -> None:
    empty = make_world(200_000, 11, compare=compare, causes=0, sizes=SMALL_SIZES)
    result = explain(empty.facts, ask(empty))
    assert result.findings == ()
    assert result.answer.startswith("nothing stands out")
    assert result.missed is not None
    assert result.missed > 0
    assert 0 < (result.missed_effect or 0) < 1


def test_two_causes_one_after_the_other() -> None:
    two = make_world(200_000, 5, causes=2, strength=7.0, sizes=SMALL_SIZES)
    result = explain(two.facts, ask(two))
    named = [dict(f.where) for f in result.findings]
    assert all(cause in named for cause in two.causes)
    assert not any(decoy in named for _, decoy in two.decoys)
    assert len(explain(two.facts, ask(two, top=1)).findings) == 1


def test_a_short_episode_is_found_and_dated() -> None:
    """Hit for one and a half days out of a week: too diluted for the whole, so the stretch has to be found by load."""
    facts = _episode_facts()
    result = explain(facts, ExplainRequest())
    assert dict(result.findings[0].where) == {"carrier": "carrier-2", "country": "country-3"}
    finding = result.findings[0]
    assert finding.since_ms is not None
    assert abs(finding.since_ms - (BASE_MS + 4 * MS_PER_DAY)) <= 2 * 3_600_000
    assert finding.until_ms is not None
    assert abs(finding.until_ms - (BASE_MS + 11 * MS_PER_DAY // 2)) <= 3 * 3_600_000


def _episode_facts() -> Facts:
    base = make_world(200_000, 21, compare=False, causes=0, decoys=False, sizes=SMALL_SIZES).facts
    rng = np.random.default_rng(5)
    start = base.session("start_ms")
    hit = (start >= BASE_MS + 4 * MS_PER_DAY) & (start < BASE_MS + 11 * MS_PER_DAY // 2)
    hit &= (base.session("carrier") == 2) & (base.session("country") == 3)
    rest = (base.session("carrier") == 2) & (base.session("country") != 3)
    assert rest.sum() > 1000
    more = rng.choice(np.flatnonzero(rest), 9_000, replace=False)
    base.session("country")[more] = 3
    hit |= (
        np.isin(np.arange(len(start)), more)
        & (start >= BASE_MS + 4 * MS_PER_DAY)
        & (start < BASE_MS + 11 * MS_PER_DAY // 2)
    )
    owner = np.repeat(np.arange(len(start)), np.diff(base.session("view_offset").astype(np.int64)))
    load = base.page_view("load")
    slow = hit[owner] & (load > 0)
    load[slow] = np.minimum(load[slow] + 40, 500)
    gone = hit & (rng.random(len(start)) < 0.75)
    base.session("conversions")[gone] = 0
    base.session("revenue")[gone] = 0
    return base


def test_load_and_sessions_can_be_explained() -> None:
    compared = make_world(200_000, 3, strength=8.0, sizes=SMALL_SIZES)
    load = explain(compared.facts, ask(compared, measure="load_p75"))
    named = [dict(f.where) for f in load.findings]
    slower = next(where for kind, where in compared.decoys if kind == "slower, lost nothing")
    assert compared.causes[0] in named
    assert slower in named
    facts = compared.facts
    inside = facts.session("start_ms") >= compared.window.start_ms
    lost = inside & (facts.session("carrier") == 2) & (np.arange(facts.n_sessions) % 2 == 0)
    facts.session("carrier")[lost] = 0
    sessions = explain(facts, ask(compared, measure="sessions"))
    assert {"carrier": "carrier-2"} in [dict(f.where) for f in sessions.findings]


# odd questions


def test_one_dimension_only() -> None:
    one = make_world(150_000, 4, strength=8.0, sizes={"carrier": 25}, decoys=False, depth=1)
    result = explain(one.facts, ask(one))
    assert [dict(f.where) for f in result.findings] == list(one.causes)
    alone = explain(one.facts, ExplainRequest(dimensions=("carrier",)))
    assert [dict(f.where) for f in alone.findings] == list(one.causes)
    assert alone.findings[0].since_ms is not None
    assert abs(alone.findings[0].since_ms - one.window.start_ms) <= 2 * 3_600_000


def test_everything_missing_in_a_dimension_changes_nothing() -> None:
    compared = make_world(150_000, 3, strength=8.0, sizes=SMALL_SIZES)
    before = explain(compared.facts, ask(compared))
    compared.facts.session("campaign")[:] = 0
    after = explain(compared.facts, ask(compared))
    assert "campaign" not in after.searched
    if "campaign" not in compared.causes[0]:
        assert [f.where for f in after.findings][:1] == [f.where for f in before.findings][:1]


def test_all_sessions_in_one_cell() -> None:
    facts = synthetic_facts(3_000)
    for name in facts.session_dictionaries:
        facts.session(name)[:] = 1
    result = explain(facts, ExplainRequest())
    assert result.findings == ()
    assert "nothing to compare" in result.answer


def test_no_sessions_in_the_window_and_no_baseline() -> None:
    facts = synthetic_facts(3_000)
    nowhere = TimeSpan(0, 1000)
    result = explain(facts, ExplainRequest(Selection(span=nowhere), compare=True))
    assert result.findings == ()
    assert "no sessions in the window" in result.answer
    first_day = TimeSpan(facts.header.first_ms, facts.header.first_ms + MS_PER_DAY // 2)
    result = explain(facts, ExplainRequest(Selection(span=first_day), compare=True))
    assert "baseline is empty" in result.answer
    assert result.change.reason


def test_a_window_without_enough_conversions_says_what_it_could_not_see() -> None:
    empty = make_world(150_000, 12, causes=0, sizes=SMALL_SIZES)
    alone = explain(empty.facts, ExplainRequest(Selection(span=empty.window)))
    assert alone.findings == ()
    assert alone.missed is not None
    assert alone.missed_effect is not None
    assert 0.05 < alone.missed_effect < 0.95
    assert "compared with earlier days" in alone.answer
    compared = explain(empty.facts, ask(empty))
    assert "compared with earlier days" not in compared.answer


def test_no_conversions_at_all() -> None:
    facts = synthetic_facts(5_000)
    facts.session("conversions")[:] = 0
    facts.session("revenue")[:] = 0
    for measure in ("conversions", "revenue"):
        result = explain(facts, ExplainRequest(measure=measure))
        assert result.findings == ()


@pytest.mark.parametrize("weighted", [True, False])
def test_small_random_facts_give_no_finding(weighted: bool) -> None:
    facts = synthetic_facts(4_000, weighted=weighted)
    span = TimeSpan(BASE_MS + 5 * MS_PER_DAY, BASE_MS + 7 * MS_PER_DAY)
    for request in (ExplainRequest(), ExplainRequest(Selection(span=span), compare=True)):
        result = explain(facts, request)
        assert result.findings == ()
        assert result.combinations > 0


def test_filters_apply_and_fixed_dimensions_are_not_searched(world: World) -> None:
    clause = ValueClause("browser", ("browser-1",))
    request = ask(world)
    result = explain(world.facts, replace(request, selection=request.selection.with_clause(clause)))
    assert "browser" not in result.searched
    assert result.sessions < explain(world.facts, request).sessions


def test_cancel_and_progress(world: World) -> None:
    fractions: list[float] = []
    explain(world.facts, ask(world), progress=lambda _what, fraction: fractions.append(fraction))
    assert len(fractions) > 20
    assert fractions[-1] == 1.0
    calls = iter(range(1_000_000))
    with pytest.raises(Cancelled):
        explain(world.facts, ask(world), cancelled=lambda: next(calls) > 30)


def test_wrong_requests_are_refused(world: World) -> None:
    for options in ({"measure": "weather"}, {"max_depth": 4}, {"top": 0}, {"min_sessions": 0}, {"measure": "sessions"}):
        with pytest.raises(RequestError):
            ExplainRequest(**options)  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        explain(world.facts, ExplainRequest(dimensions=("region",)))
