"""Memory that passes share one after the other: a result stays what it was, and nothing of one pass is left in the next."""

from __future__ import annotations

import gc
import itertools

import numpy as np
import pytest

from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.kernels import memory, runner, warmup
from docops_desktop.kernels import reference as reference_kernels
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import BLOCK_ROWS, ScanOutput
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.support.synthetic_facts import synthetic_facts


@pytest.fixture(scope="module")
def facts():
    assert warmup.wait(), warmup.failure()
    return synthetic_facts(2 * BLOCK_ROWS, seed=4)


@pytest.fixture(autouse=True)
def _own_memory():
    gc.collect()
    memory._free.clear()
    memory._free_masks.clear()


def plan(facts, country, dimension, metrics=("load",), baseline=(), write_mask=0):
    builder = PlanBuilder(facts, Selection().keep("country", [country]), baseline)
    builder.add([dimension_key(builder.index, dimension)], metrics=metrics, baseline=bool(baseline), errors=True)
    builder.add([dimension_key(builder.index, "page_group")], metrics=["lcp"])
    builder.reserve("", WINDOW | BASELINE)
    return builder.build(write_mask=write_mask)


def expected(plan):
    out = ScanOutput(
        np.zeros((plan.acc_rows, 8), dtype=np.int64),
        np.zeros(plan.acc_rows),
        np.zeros(plan.hist_size, dtype=np.int64),
        np.zeros(plan.n_sessions, dtype=np.uint8),
    )
    reference_kernels.scan(plan, 0, len(plan.blocks), out)
    return out


def check(out, plan):
    wanted = expected(plan)
    assert (out.acc == wanted.acc).all()
    assert (out.hist == wanted.hist).all()
    np.testing.assert_allclose(out.revenue_squared, wanted.revenue_squared)
    if len(out.mask):
        assert (out.mask == wanted.mask).all()


def test_each_pass_begins_with_nothing(facts):
    header = facts.header
    day = (header.last_ms - header.first_ms) // 7
    spans = (TimeSpan(header.first_ms, header.first_ms + day), TimeSpan(header.first_ms + 2 * day, header.last_ms))
    cases = itertools.product(("country-1", "country-3"), ("device_model", "page_group", "browser"), ((), spans))
    for country, dimension, baseline in cases:
        for threads in (1, 2):
            one = plan(facts, country, dimension, baseline=baseline, write_mask=WINDOW)
            check(runner.run(one, threads=threads), one)
    assert 1 <= len(memory._free) <= 2  # all of them used the same memory


def test_a_result_keeps_its_memory_as_long_as_it_is_looked_at(facts):
    first = plan(facts, "country-1", "device_model")
    out = runner.run(first)
    part = out.hist.reshape(-1, 3)[3:90, 1]  # a view of a view
    assert part.any()
    wanted = part.copy()
    del out
    gc.collect()
    for country in ("country-2", "country-3"):
        other = plan(facts, country, "device_model")
        check(runner.run(other), other)
    assert (part == wanted).all()
    kept = len(memory._free)
    del part
    gc.collect()
    assert len(memory._free) == kept + 1


def test_a_cancelled_pass_leaves_nothing_behind(facts, monkeypatch):
    one = plan(facts, "country-1", "device_model")
    flag = CancelFlag()
    kernel = runner._kernel(False)

    def stop_at_the_end(*arguments):
        done = kernel(*arguments)
        flag.set()
        return done

    monkeypatch.setattr(runner, "_kernel", lambda wide: stop_at_the_end)
    with pytest.raises(runner.PassCancelled):
        runner.run(one, flag, threads=1)
    assert len(memory._free) == 1
    monkeypatch.undo()
    other = plan(facts, "country-2", "browser")
    check(runner.run(other), other)


def test_weights_of_one_pass_are_not_left_for_the_next(facts):
    weighted = synthetic_facts(BLOCK_ROWS // 2, seed=8, weighted=True)
    for each in (weighted, facts, weighted):
        one = plan(each, "country-1", "device_model")
        check(runner.run(one, threads=1), one)
    assert memory.scratch(10) is memory.scratch(20)
