"""A finding's course: few enough steps, gaps kept, nothing lost; and what the picture says in words."""

from __future__ import annotations

import pytest

from docops_desktop.analysis.results.cause import Moment
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR
from docops_desktop.ui.charts.course_chart import CourseChart
from docops_desktop.ui.models.cause_course import course, steps_of
from tests.support.sample_causes import WINDOW, explained, finding

START = WINDOW.start_ms


def moments(n: int, start_ms: int = START, seen: float = 2.0) -> tuple[Moment, ...]:
    return tuple(Moment(start_ms + k * MS_PER_HOUR, 100, seen, 5.0, 0.5) for k in range(n))


def test_steps_are_few_and_keep_the_sums():
    steps = steps_of(moments(96), "conversions")
    assert len(steps) <= 40
    assert sum(step.observed for step in steps) == pytest.approx(96 * 2.0)
    assert sum(step.expected for step in steps) == pytest.approx(96 * 5.0)
    assert steps[0].start_ms == START
    assert steps[-1].end_ms == START + 96 * MS_PER_HOUR


def test_days_that_were_not_compared_stay_a_gap():
    steps = steps_of((*moments(30, START - 3 * MS_PER_DAY), *moments(30)), "conversions")
    assert not any(step.start_ms < START < step.end_ms for step in steps)
    assert all(step.end_ms - step.start_ms <= 2 * MS_PER_HOUR for step in steps)


def test_sessions_and_load_have_nothing_expected():
    assert {step.expected for step in steps_of(moments(4), "sessions")} == {None}
    assert [step.observed for step in steps_of(moments(2), "sessions")] == [100.0, 100.0]
    assert course(explained(measure="load_p75"), finding(course=moments(3)), "UTC").outcome == ""
    assert steps_of((), "conversions") == ()


def test_it_says_in_words_what_it_shows():
    before = moments(10, START - 10 * MS_PER_HOUR, seen=5.0)
    hit = finding(course=(*before, *moments(5)))
    shown = course(explained(), hit, "UTC")
    assert course(explained(measure="conversion_rate"), hit, "UTC").text == shown.text
    assert shown.hit == (START, START + 5 * MS_PER_HOUR)
    text = shown.text.replace("\u00a0", " ")
    assert "while hit: 10 seen of 25 expected" in text
    assert "otherwise: 50 seen of 50 expected" in text


def test_the_chart_draws_any_course(qtbot):
    chart = CourseChart()
    qtbot.addWidget(chart)
    chart.resize(400, 140)
    unmeasured = Moment(START + 2 * MS_PER_HOUR, 3, 0.0, 0.0, None)
    for measure in ("conversions", "revenue", "sessions", "load_p75"):
        for hit in (START, None):
            shown = course(explained(measure=measure), finding(course=(*moments(2), unmeasured), since_ms=hit), "UTC")
            chart.show_course(shown, "UTC")
            assert not chart.isHidden()
            assert not chart.grab().isNull()
            assert chart.accessibleDescription() == shown.text
    chart.show_course(None, "UTC")
    assert chart.isHidden()
