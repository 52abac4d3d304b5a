from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.ingest.demo.plan import DemoPlan, rhythm
from docops_desktop.model.errors import RequestError
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, parse_time


@pytest.mark.parametrize("wrong", [{"sessions": 10}, {"days": 1}, {"days": 1000}, {"seed": -1}])
def test_impossible_demos_are_refused_with_the_range(wrong: dict[str, int]) -> None:
    with pytest.raises(RequestError, match=r"(can't have|can't be)") as error:
        DemoPlan(**wrong)
    assert error.value.fix


def test_the_data_end_at_a_fixed_date() -> None:
    plan = DemoPlan()
    assert plan.end_ms == parse_time("2026-08-05T00:00", "Europe/Berlin")
    assert plan.end_ms - plan.first_ms == 14 * MS_PER_DAY
    assert plan.end_ms - plan.incident_start_ms == 34 * MS_PER_HOUR


def test_every_session_has_its_time_and_times_ascend_over_blocks() -> None:
    plan = DemoPlan(50_000, seed=2)
    when = rhythm(plan)
    assert when.until[-1] == plan.sessions
    rng = np.random.default_rng(0)
    _, first = when.starts(0, 20_000, rng)
    _, second = when.starts(20_000, 30_000, rng)
    starts = np.concatenate([first, second])
    assert (np.diff(starts) >= 0).all()
    assert starts[0] >= plan.first_ms
    assert starts[-1] < plan.end_ms


def test_nights_are_quiet_evenings_and_sundays_busy() -> None:
    plan = DemoPlan(200_000, days=14)
    when = rhythm(plan)
    counts = np.diff(np.concatenate([[0], when.until]))
    by_hour = np.bincount(when.hour, counts)
    by_day = np.bincount(when.day, counts)
    assert by_hour[20] > 10 * by_hour[3]
    assert by_day[[4, 11]].mean() > 1.1 * by_day[[2, 9]].mean()  # Sundays, Fridays (the data begin on a Wednesday)
