"""The baseline is named by what it is: the days of the kind that the rule chose, or spans set by hand."""

from __future__ import annotations

from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.timespan import MS_PER_DAY, parse_span
from docops_desktop.ui.baseline_words import baseline_text

FIRST = 1_785_542_400_000  # 2026-08-01T00:00:00Z, a Saturday


def test_it_says_which_days_or_that_it_was_set_by_hand():
    window = parse_span("2026-08-05T14:00/2026-08-05T18:00")
    assert baseline_text(window, default_baseline(window, FIRST, "UTC"), "UTC") == "same hours, 2 work days before"
    sunday = parse_span("2026-08-09/2026-08-10")
    assert baseline_text(sunday, default_baseline(sunday, FIRST, "UTC"), "UTC") == "same hours, 3 weekend days before"
    early = parse_span("2026-08-03T14:00/2026-08-03T18:00")
    assert baseline_text(early, default_baseline(early, FIRST, "UTC"), "UTC") == "same hours, 2 days before"
    assert baseline_text(window, (window.shifted(-4 * MS_PER_DAY),), "UTC") == "1 earlier span"
    assert baseline_text(window, (), "UTC") == "none"
