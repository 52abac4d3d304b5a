from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.selection import Selection
from docops_desktop.ui.panels.marks import can_filter, excluded, extended, kept, toggled


def _selection(clauses):
    selection = Selection()
    for name, wanted in clauses.items():
        selection = selection.keep(name, wanted)
    return selection


names = st.sampled_from(["carrier", "country", "browser"])
texts = st.sampled_from(["A", "B", "C", "D"])
values = st.dictionaries(names, st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=2)
selections = st.dictionaries(names, st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple), max_size=3).map(
    _selection
)


@given(selections, values)
def test_keeping_twice_takes_the_filter_back(before, wanted):
    once = toggled(before, wanted, "heatmap")
    kept_now = {name: set(kept(once, name)) for name in wanted}
    if any(kept_now.values()):
        assert kept_now == {name: set(v) for name, v in wanted.items()}
        assert all(not kept(toggled(once, wanted, "heatmap"), name) for name in wanted)


@given(selections, values)
def test_other_dimensions_are_left_alone(before, wanted):
    for change in (toggled, extended, excluded):
        after = change(before, wanted, "heatmap")
        others = {"carrier", "country", "browser"} - set(wanted)
        assert all(kept(after, name) == kept(before, name) for name in others)


@given(selections, names, texts)
def test_ctrl_click_adds_or_takes_away_one_value(before, name, text):
    after = extended(before, {name: (text,)}, "segments")
    assert set(kept(after, name)) == set(kept(before, name)) ^ {text}


def test_excluding_one_of_the_kept_values_narrows_the_filter():
    before = Selection().keep("carrier", ("A", "B"))
    assert kept(excluded(before, {"carrier": ("A",)}, ""), "carrier") == ("B",)
    assert excluded(Selection(), {"carrier": ("A",)}, "").clauses[0].negated


def test_the_remainder_is_no_value():
    assert not can_filter({"carrier": ("A", OTHER)})
    assert can_filter({"carrier": ("A",)})
