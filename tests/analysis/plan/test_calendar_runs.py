"""Calendar dimensions as runs of rows, across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from docops_desktop.analysis.plan.calendar_runs import WEEKDAYS, calendar_runs
from docops_desktop.store.facts import Facts, FactsHeader


def facts_between(first: datetime, days: float, zone: str, n: int = 4_000) -> Facts:
    begin = round(first.timestamp() * 1000)
    start = begin + np.sort(np.random.default_rng(1).integers(0, int(days * 86_400_000), n))
    header = FactsHeader("1", zone, begin, int(start[0]), int(start[-1]), "", 2, {})
    return Facts.from_arrays(header, {"start_ms": start.astype(np.int64)}, {"load": np.zeros(0, dtype=np.uint16)})


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Berlin", datetime(2026, 3, 27, tzinfo=UTC)),  # one hour is missing on 29 March
        ("Europe/Berlin", datetime(2026, 10, 23, tzinfo=UTC)),  # one comes twice on 25 October
        ("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC)),  # half an hour
        ("Asia/Kathmandu", datetime(2026, 1, 1, tzinfo=UTC)),  # +05:45
        ("UTC", datetime(2025, 12, 30, 22, 13, tzinfo=UTC)),
    ],
)
def test_every_session_falls_in_its_local_hour_weekday_and_day(zone, first):
    facts = facts_between(first, 5, zone)
    local = [datetime.fromtimestamp(ms / 1000, tz=ZoneInfo(zone)) for ms in facts.session("start_ms")]
    expected = {
        "hour": [f"{t:%H}" for t in local],
        "weekday": [WEEKDAYS[t.weekday()] for t in local],
        "day": [t.date().isoformat() for t in local],
    }
    rows = np.arange(len(local))
    for name, texts in expected.items():
        runs = calendar_runs(facts, name)
        assert runs.edges[0] == 0
        codes = runs.codes[np.searchsorted(runs.edges, rows, side="right") - 1]
        assert [runs.labels[code] for code in codes] == texts
