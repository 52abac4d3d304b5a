"""The explanation of a page group: its curve adds up, says what is held fixed, and what can't be answered is told with the reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from docops_desktop.analysis.ranking.exposure import exposures
from docops_desktop.analysis.ranking.pages import rank_pages
from docops_desktop.analysis.ranking.story import page_curve, page_story
from docops_desktop.analysis.results.page_story import PageStory
from docops_desktop.model.errors import RequestError
from tests.support.page_worlds import page_cells


def story(**world: float) -> PageStory:
    cells = page_cells(**world)  # type: ignore[arg-type]
    return page_story(rank_pages(cells), "Product", cells)


def test_the_curve_holds_every_session_once_and_points_stand_on_enough() -> None:
    cells = page_cells(slope=-0.5, sessions=20_000)
    (exposure,) = exposures(cells)
    curve = page_curve(exposure, 1_000.0)
    assert curve is not None
    assert curve.n.sum() == exposure.n.sum()
    assert (curve.rate * curve.n).sum() == pytest.approx(exposure.conversions.sum())
    assert curve.n.min() >= 50
    assert (np.diff(curve.load_ms) > 0).all()
    assert ((curve.edges_ms[:-1] <= curve.load_ms) & (curve.load_ms <= curve.edges_ms[1:])).all()
    assert ((curve.low <= curve.rate) & (curve.rate <= curve.high)).all()
    assert curve.floor_ms < curve.ceiling_ms


def test_an_unchanged_mix_of_visitors_shows_the_true_slope_where_the_raw_rate_is_fooled() -> None:
    curve = story(slope=0.0, confounding=-1.0).curve
    assert curve is not None
    assert curve.rate[0] > 2 * curve.rate[-1]
    assert curve.same_visitors.max() < 1.3 * curve.same_visitors.min()


def test_the_words_name_n_target_raw_against_adjusted_and_what_is_held_fixed() -> None:
    found = {section.title: " ".join(section.lines) for section in story(slope=-0.5, confounding=-0.6).sections}
    assert "100,000 sessions are exposed" in found["What it rests on"]
    assert "target: " in found["What it rests on"]
    assert "raw, one curve over all sessions" in found["From raw to adjusted"]
    assert "times the adjusted one" in found["From raw to adjusted"]
    assert "Device type" in found["Held fixed"]
    assert found["What can't be answered"].startswith("load p50: no page view of this group")


def test_a_hidden_cause_is_told_for_the_page_and_for_all_pages_together() -> None:
    cells = page_cells(slope=-0.5)
    ranked = rank_pages(cells)
    rows = tuple(replace(row, e_value_limit=1.43) for row in ranked.rows)
    told = page_story(replace(ranked, rows=rows, e_value_limit=1.48), rows[0].page_group, cells)
    words = next(line for section in told.sections for line in section.lines if line.startswith("hidden cause"))
    assert f"1.43 times as likely for no effect of {rows[0].page_group} to be possible" in words
    assert words.endswith("(all pages together: 1.48 times)")


def test_what_cannot_be_answered_is_told_with_the_reason() -> None:
    told = story(slope=-0.5, sessions=150)
    found = {section.title: " ".join(section.lines) for section in told.sections}
    assert told.status == "n/a"
    assert "only 150 exposed sessions" in found["What can't be answered"]
    assert "From raw to adjusted" not in found
    assert told.curve is not None
    assert len(told.curve.same_visitors) == 0


def test_an_unknown_page_group_is_refused() -> None:
    cells = page_cells(slope=-0.5, sessions=1_000)
    with pytest.raises(RequestError, match="no page group 'Nowhere'"):
        page_story(rank_pages(cells), "Nowhere", cells)
