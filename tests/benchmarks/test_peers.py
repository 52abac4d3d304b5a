"""The panels' figures are the peers' to the last count, on random selections, in every way that a peer is asked; so the benchmark compares like with like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from docops_desktop.analysis.panels.timeline import time_bins
from docops_desktop.analysis.refresh import RefreshRequest, refresh
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.benchmarks import peers
from tests.benchmarks.questions import PANELS, answer
from tests.support.kernel_modes import mode
from tests.support.synthetic_facts import synthetic_facts


@pytest.mark.parametrize("layout", peers.LAYOUTS)
@pytest.mark.parametrize(("peer", "selections"), [("duckdb", 8), ("sqlite", 4), ("polars", 4), ("pandas", 4)])
def test_random_selections_give_the_same_counts(peer, selections, layout):
    pytest.importorskip("sqlite3" if peer == "sqlite" else peer)
    facts = synthetic_facts(8_000, days=14, device_models=300, carriers=60, countries=6)
    ways = peers.ways_of(peer, peers.tables(facts, layout), layout, threads=1)
    header, rng = facts.header, np.random.default_rng(7)
    bin_ms, edges = time_bins(facts, 200)
    panels = tuple(replace(p, limit=0) if p.panel_id == "segments" else p for p in PANELS)
    with mode("compiled"):
        for _ in range(selections):
            ends = np.sort(rng.uniform(0, 1, 2)) * (header.last_ms - header.first_ms)
            start, end = (header.first_ms + int(at) for at in ends)
            country, browser = int(rng.integers(0, 7)), int(rng.integers(0, 5))
            names = header.dictionaries
            selection = Selection(span=TimeSpan(start, end))
            selection = selection.keep("country", [names["country"][country]])
            selection = selection.keep("browser", [names["browser"][browser]])
            expected = answer(refresh(facts, RefreshRequest(selection, panels)))
            asked = peers.Filters(start, end, country, browser, bin_ms, int(edges[0]))
            assert {way: ask(asked) for way, ask in ways.items()} == dict.fromkeys(ways, expected)
