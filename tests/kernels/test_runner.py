"""Running a plan: threads, width and interruption don't change the sums."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from docops_desktop.analysis.plan.blocks import ALWAYS, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.kernels import runner, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import BLOCK_ROWS, PANEL_SAME_KEYS
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.support.synthetic_facts import synthetic_facts


@pytest.fixture(scope="module")
def builder():
    facts = synthetic_facts(5 * BLOCK_ROWS, seed=9)
    builder = PlanBuilder(facts, Selection().exclude("country", ["country-2"]).keep("page_group", ["Home", "Product"]))
    builder.add([dimension_key(builder.index, "device_model")], metrics=["load"])
    builder.add([dimension_key(builder.index, "page_group")], metrics=["lcp"], errors=True)
    return builder


@pytest.fixture(scope="module", autouse=True)
def warm():
    assert warmup.wait(), warmup.failure()


def test_any_number_of_threads_gives_the_same_sums(builder, monkeypatch):
    monkeypatch.setattr(runner, "_FEWEST_ROWS_PER_THREAD", 1)
    plan = builder.build(write_mask=WINDOW)
    one = runner.run(plan, threads=1)
    for threads in (2, 5):
        several = runner.run(plan, threads=threads)
        assert np.array_equal(several.acc, one.acc)
        assert (several.hist == one.hist).all()
        assert (several.mask == one.mask).all()
    assert one.hist.dtype == np.uint32
    assert one.acc[:, 0].sum() > 0


def test_two_passes_at_once_do_not_disturb_each_other(builder):
    plan = builder.build()
    expected = runner.run(plan).acc
    results = []
    threads = [threading.Thread(target=lambda: results.append(runner.run(plan).acc)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(np.array_equal(acc, expected) for acc in results)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("windowed", [False, True])
def test_what_looks_at_the_window_alone_is_told_early_and_a_failure_ends_the_pass(
    builder, monkeypatch, windowed, threads
):
    monkeypatch.setattr(runner, "_FEWEST_ROWS_PER_THREAD", 1)
    facts = builder.facts
    first, length = facts.header.first_ms, facts.header.last_ms - facts.header.first_ms
    span = TimeSpan(first + length // 3, first + length // 2) if windowed else None
    both = PlanBuilder(facts, Selection(span=span).exclude("country", ["country-2"]))
    keys = [dimension_key(both.index, "device_model")]
    soon, late = both.add(keys, metrics=["load"]), both.add(keys, metrics=["load"], spans=ALWAYS)
    plan = both.build()
    expected = runner.run(plan)
    told = []

    def early(out):
        sums = soon.sums(out, facts)
        told.append((sums.acc.copy(), sums.hists["load"].copy()))
        assert np.array_equal(runner.run(plan).acc, expected.acc)  # passes of its own don't disturb this one

    out = runner.run(plan, threads=threads, early=early, early_spans=WINDOW)
    (acc, hist), wanted = *told, soon.sums(expected, facts)
    assert np.array_equal(acc, wanted.acc)
    assert (hist == wanted.hists["load"]).all()
    assert (late.sums(expected, facts).sessions.sum() > acc[:, 0].sum()) == windowed
    assert np.array_equal(out.acc, expected.acc)
    assert (out.hist == expected.hist).all()
    with pytest.raises(ZeroDivisionError):
        runner.run(plan, threads=threads, early=lambda out: told.append(1 // 0), early_spans=WINDOW)
    assert np.array_equal(runner.run(plan, threads=threads).acc, expected.acc)


def test_panels_that_group_sessions_alike_share_the_grouping_only_where_both_are(builder):
    facts = builder.facts
    first, length = facts.header.first_ms, facts.header.last_ms - facts.header.first_ms
    selection = Selection(span=TimeSpan(first + length // 3, first + length // 2)).exclude("country", ["country-2"])
    together = PlanBuilder(facts, selection)
    keys = [dimension_key(together.index, name) for name in ("browser", "country")]
    asked = (
        {"keys": keys, "spans": WINDOW},
        {
            "keys": [*keys, dimension_key(together.index, "page_group")],
            "spans": ALWAYS,
        },  # beyond the window it's the first one
        {"keys": keys, "spans": ALWAYS, "metrics": ["load"]},
        {"keys": keys[:1], "spans": ALWAYS},
    )
    handles = [together.add(**one) for one in asked]
    plan = together.build()
    assert plan.panels[:, PANEL_SAME_KEYS].tolist() == [0, 1, 1, 0]
    out = runner.run(plan)
    for one, handle in zip(asked, handles, strict=True):
        alone = PlanBuilder(facts, selection)
        wanted = alone.add(**one).sums(runner.run(alone.build()), facts)
        assert np.array_equal(handle.sums(out, facts).acc, wanted.acc)


def test_cancelled_pass_raises(builder):
    flag = CancelFlag()
    assert not flag.is_set
    flag.set()
    with pytest.raises(runner.PassCancelled):
        runner.run(builder.build(), flag)


@pytest.mark.parametrize("level", ["session", "page_view"])
@pytest.mark.parametrize("compiled", [False, True])
def test_counts_beyond_32_bits_are_kept(compiled, level):
    facts = synthetic_facts(40, weighted=True)
    getattr(facts, level)("weight")[:] = 0xFFFF_FFFF
    builder = PlanBuilder(facts, Selection())
    handle = builder.add([dimension_key(builder.index, "browser")], metrics=["load"])
    assert builder.index.wide()
    if compiled:
        assert warmup.wait(wide=True)
    out = runner.run(builder.build(), wide=True)
    assert out.compiled == compiled
    sums = handle.sums(out, facts)
    counted = sums.sessions if level == "session" else sums.hists["load"]
    assert int(counted.sum()) == (facts.n_sessions if level == "session" else facts.n_page_views) * 0xFFFF_FFFF


def test_facts_mapped_read_only_are_read():
    facts = synthetic_facts(50)
    facts.buffer.flags.writeable = False
    builder = PlanBuilder(facts, Selection().keep("browser", ["Chrome"]))
    handle = builder.add([dimension_key(builder.index, "page_group")], metrics=["load"])
    out = runner.run(builder.build())
    assert out.compiled
    assert int(handle.sums(out, facts).sessions.sum()) > 0


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_pass_waits_for_kernels_that_are_being_loaded_but_not_for_long(builder, monkeypatch, cancelled):
    monkeypatch.setattr(runner, "_REFERENCE_SECONDS_PER_ROW", 1.0)
    loaded = threading.Event()
    asked = []

    def pending():
        asked.append(True)
        if len(asked) == 3:
            flag.set() if cancelled else loaded.set()
        return not loaded.is_set()

    flag = CancelFlag()
    monkeypatch.setattr(warmup, "pending", pending)
    if cancelled:
        with pytest.raises(runner.PassCancelled):
            runner.run(builder.build(), flag)
    else:
        assert runner.run(builder.build(), flag).compiled
    assert len(asked) >= 3
    monkeypatch.setattr(runner, "_REFERENCE_SECONDS_PER_ROW", 0.0)
    monkeypatch.setattr(warmup, "pending", lambda: True)
    assert np.asarray(runner.run(builder.build()).acc).any()  # it doesn't wait longer than the reference would take
