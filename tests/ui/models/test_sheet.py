from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ui.models.sheet import Sheet, smallest

people = st.lists(st.integers(min_value=0, max_value=12), max_size=12)


def sheet_of(counts):
    rows = tuple((f"group {i}", n) for i, n in enumerate(counts))
    return Sheet("Groups", ("group", "sessions"), rows, tuple(counts), (("Total", sum(counts)),))


def read(text):
    return list(csv.reader(line for line in io.StringIO(text) if not line.startswith("#")))


@given(people, st.integers(min_value=1, max_value=10))
def test_groups_below_k_never_leave_and_are_counted(counts, k):
    sheet = sheet_of(counts).suppressed(k)
    assert all(n == 0 or n >= k for n in sheet.people)
    left_out = len(counts) - len(sheet.rows)
    assert left_out == sum(0 < n < k for n in counts)
    assert bool(sheet.notes) == bool(left_out)


def test_a_lone_suppressed_group_cannot_be_had_by_subtraction():
    assert sheet_of([50, 40, 3]).suppressed(5).totals == ()
    assert sheet_of([50, 4, 3]).suppressed(5).totals == (("Total", 57),)
    assert sheet_of([50, 40]).suppressed(5).totals == (("Total", 90),)


def test_csv_begins_with_its_stamp_and_reads_back():
    rows = (("a, b", 1.5, None), ('say "x"', float("nan"), 7.0))
    text = Sheet("t", ("name", "x", "y"), rows, (9, 9), notes=("note\nline",)).to_csv(("Filters: none",))
    assert text.splitlines()[:2] == ["# Filters: none", "# note line"]
    assert read(text) == [["name", "x", "y"], ["a, b", "1.5", ""], ['say "x"', "", "7"]]


def test_a_value_is_never_run_as_a_formula_by_a_spreadsheet():
    text = Sheet("t", ("url", "change"), (("=HYPERLINK(1)", -2.0), ("@x", 1), ("-1+2", 0)), (9, 9, 9)).to_csv()
    assert [row[0] for row in read(text)[1:]] == ["'=HYPERLINK(1)", "'@x", "'-1+2"]
    assert read(text)[1][1] == "-2"


def test_clipboard_text_is_tab_separated_under_its_stamp():
    text = sheet_of([10, 20]).to_text(("Filters: none",))
    assert text.splitlines() == [
        "Groups",
        "Filters: none",
        "",
        "group\tsessions",
        "Total\t30",
        "group 0\t10",
        "group 1\t20",
    ]


def test_a_row_is_as_small_as_the_smallest_group_it_tells_of():
    assert smallest([9, 0, 3], [9, 4, 40]) == (9, 4, 3)
    assert smallest([0], [0]) == (0,)
