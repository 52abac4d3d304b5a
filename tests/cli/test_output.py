"""JSON that any reader takes, and figures that a person reads."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.cli import figures
from docops_desktop.cli.options import combine
from docops_desktop.cli.output import Reporter, plain, print_json, with_reason
from docops_desktop.model.selection import Clause, RangeClause, ValueClause

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_whatever_is_printed_is_strict_json(value: object) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(json.dumps(plain(value), allow_nan=False), parse_constant=refuse)


def test_numpy_and_nan() -> None:
    assert plain({"a": np.float64(1.5), "b": np.array([1, 2]), "c": math.nan, "d": (np.int64(3),)}) == {
        "a": 1.5,
        "b": [1, 2],
        "c": None,
        "d": [3],
    }


def test_a_null_has_a_reason() -> None:
    assert with_reason({"a": 1}, {}, "why") == {"a": 1}
    found = with_reason({"a": None, "b": math.nan, "c": None, "d": 2}, {"c": "too few"}, "nothing measured")
    assert found == {"a": None, "b": None, "c": None, "d": 2, "reason": "a, b: nothing measured; c: too few"}


def test_non_ascii_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"page": "Käse"})
    assert "Käse" in capsys.readouterr().out


def test_figures() -> None:
    assert figures.measure("cls_p75", 0.0312) == "0.0312"
    assert figures.measure("revenue", 5, "USD") == "$5.00"
    assert figures.measure("load_p75", 7382.0) == "7.38 s"
    assert figures.measure("conversion_rate", 0.02346) == "2.35 %"
    assert figures.measure("sessions", None) == "n/a"
    assert figures.estimate(Estimate(120.2, 80, 160.4)) == "120 (80 to 160)"
    assert figures.estimate(Estimate(1546.2, -1005, 4097), "EUR") == "€1,546 (-€1,005 to €4,097)"
    assert figures.estimate(Estimate(None, reason="x")) == "n/a"
    assert figures.estimate(Estimate(None, reason="x"), "EUR") == "n/a"
    assert figures.change(Estimate(120.2, -8, 160.4)) == "+120 (-8 to +160)"
    assert figures.change(Estimate(1546.2, -1005, 4097), "EUR") == "+€1,546 (-€1,005 to +€4,097)"
    assert figures.change(Estimate(None, reason="x"), "EUR") == "n/a"


FIELDS = st.sampled_from(["country", "browser"])
SETS = st.sets(st.sampled_from("abcd"), min_size=1)


def holds(clause: Clause, field: str, value: str) -> bool:
    if not isinstance(clause, ValueClause) or clause.field != field:
        return True
    return (value in clause.values) != clause.negated


@given(st.lists(st.builds(lambda f, v, n: ValueClause(f, tuple(v), n), FIELDS, SETS, st.booleans()), max_size=6))
def test_combined_conditions_hold_when_all_of_them_hold(clauses: list[ValueClause]) -> None:
    from docops_desktop.model.errors import RequestError

    try:
        combined = combine(clauses)
    except RequestError:
        kept = [c for c in clauses if not c.negated]
        assert any(
            not set.intersection(*(set(c.values) for c in kept if c.field == f)) for f in {c.field for c in kept}
        )
        return
    slots = [(c.field, isinstance(c, ValueClause) and c.negated) for c in combined]
    assert len(slots) == len(set(slots))
    for field in ("country", "browser"):
        for value in "abcd":
            assert all(holds(c, field, value) for c in combined) == all(holds(c, field, value) for c in clauses)


def test_ranges_are_cut() -> None:
    low, high = RangeClause("load_ms", low=1000.0), RangeClause("load_ms", high=4000.0)
    assert combine([low, high]) == (RangeClause("load_ms", 1000.0, 4000.0),)


def test_quiet_silences_progress_but_not_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(quiet=True)
    reporter.note("note")
    reporter.update("progress", 0.5)
    assert capsys.readouterr().err == ""
    reporter.warn("careful")
    assert "careful" in capsys.readouterr().err
