"""Every figure of the panels is the peers' too, on random selections, in every way that a peer is asked; so the benchmark compares like with like."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.panels.timeline import time_bins
from docops_desktop.analysis.refresh import RefreshRequest, refresh
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.benchmarks import answers, peers
from tests.benchmarks.questions import PANELS
from tests.support.kernel_modes import mode
from tests.support.synthetic_facts import synthetic_facts

_CUTS = {"rows": peers.TOP_ROWS, "columns": peers.TOP_COLUMNS, "segments": peers.LISTED_ROWS}


@pytest.mark.parametrize("layout", peers.LAYOUTS)
@pytest.mark.parametrize(("peer", "selections"), [("duckdb", 3), ("sqlite", 3), ("polars", 3), ("pandas", 3)])
def test_random_selections_give_the_same_figures(peer, selections, layout):
    pytest.importorskip("sqlite3" if peer == "sqlite" else peer)
    facts = synthetic_facts(8_000, days=14, device_models=3_000, carriers=60, countries=6)
    ways = peers.ways_of(peer, peers.tables(facts, layout), layout, threads=1)
    header, rng = facts.header, np.random.default_rng(7)
    names = header.dictionaries
    bin_ms, edges = time_bins(facts, 200)
    with mode("compiled"):
        for turn in range(selections):
            country, browser, ends = _clauses(rng, turn)
            span = TimeSpan(*(header.first_ms + int(at) for at in ends * (header.last_ms - header.first_ms)))
            selection = Selection(span=span).keep("country", [names["country"][country]])
            selection = selection.keep("browser", [names["browser"][browser]])
            expected = answers.of_refresh(refresh(facts, RefreshRequest(selection, PANELS)), facts)
            assert turn > 0 or all(len(expected[part]) == cut for part, cut in _CUTS.items())
            asked = peers.Filters(span.start_ms, span.end_ms, country, browser, bin_ms, int(edges[0]))
            for way, ask in ways.items():
                assert answers.differences(answers.of_peer(ask(asked)), expected) == [], way


def _clauses(rng, turn):
    """Return a country, a browser, and where a span begins and ends, as shares of the whole; the first keep so much that not all groups are listed."""
    if turn == 0:
        return 1, 1, np.array([0.01, 0.99])
    return int(rng.integers(0, 7)), int(rng.integers(0, 5)), np.sort(rng.uniform(0, 1, 2))


@pytest.mark.parametrize("part", peers.QUESTION)
def test_a_figure_that_differs_is_named(part):
    facts = synthetic_facts(500)
    expected = answers.of_refresh(refresh(facts, RefreshRequest(Selection(), PANELS)), facts)
    other = dict(expected) | {part: expected[part].copy()}
    column = min(1, len(peers.QUESTION[part]) - 1)
    other[part][-1, column] += 1
    (found,) = answers.differences(other, expected)
    assert found.startswith(f"{part}: 1 figures, first {peers.QUESTION[part][column]} in row {len(expected[part]) - 1}")
    (short,) = answers.differences(dict(expected) | {part: expected[part][:-1]}, expected)
    assert short.startswith(f"{part}: ")
