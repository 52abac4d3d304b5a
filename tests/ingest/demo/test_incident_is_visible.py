"""What the demo is for: brush the incident, and the product page leads the ranking and the planted cell lights up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from docops_desktop.analysis.ranking.pages import rank_pages
from docops_desktop.analysis.refresh import HeatmapRequest, PageCellsRequest, RefreshRequest, TotalsRequest, refresh
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.ingest.demo import DemoTruth, make_demo
from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.facts import Facts
from docops_desktop.store.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Facts, DemoTruth]]:
    with Workspace.create(tmp_path_factory.mktemp("demo") / "shop.docops") as ws:
        truth = make_demo(ws)
        yield open_facts(ws), truth


def _window(truth: DemoTruth) -> TimeSpan:
    return TimeSpan(truth.start_ms, truth.end_ms)


def _heatmap(shop: tuple[Facts, DemoTruth], window: TimeSpan) -> HeatmapResult:
    facts, _ = shop
    baseline = default_baseline(window, facts.header.first_ms, facts.header.time_zone)
    request = RefreshRequest(Selection((), window), (HeatmapRequest("heatmap", "device_model", "carrier"),), baseline)
    result = refresh(facts, request).results["heatmap"]
    assert isinstance(result, HeatmapResult)
    return result


def test_in_the_window_the_product_page_costs_most(shop: tuple[Facts, DemoTruth]) -> None:
    facts, truth = shop
    request = RefreshRequest(Selection((), _window(truth)), (PageCellsRequest("pages"),))
    cells = refresh(facts, request).results["pages"]
    assert isinstance(cells, PageCells)
    first, second = rank_pages(cells).rows[:2]
    assert first.page_group == truth.page_group
    assert first.status == "red"
    assert first.revenue_at_stake.value is not None
    assert second.revenue_at_stake.value is not None
    assert first.revenue_at_stake.value > 1.3 * second.revenue_at_stake.value


def test_the_planted_cell_is_the_slowest_and_the_most_changed(shop: tuple[Facts, DemoTruth]) -> None:
    _, truth = shop
    heatmap = _heatmap(shop, _window(truth))
    planted = heatmap.row_labels.index(truth.device_model), heatmap.column_labels.index(truth.carrier)
    enough = heatmap.sessions >= 20
    assert 0.98 * truth.sessions_hit < heatmap.sessions[planted] <= truth.sessions_hit  # error pages are not counted
    assert heatmap.values[planted] == np.nanmax(heatmap.values[enough])
    assert heatmap.z[planted] > 2 * np.nanmax(np.delete(heatmap.z, np.ravel_multi_index(planted, heatmap.z.shape)))


def test_two_days_before_the_same_cell_is_like_any_other(shop: tuple[Facts, DemoTruth]) -> None:
    _, truth = shop
    heatmap = _heatmap(shop, _window(truth).shifted(-2 * 86_400_000))
    planted = heatmap.row_labels.index(truth.device_model), heatmap.column_labels.index(truth.carrier)
    assert abs(heatmap.z[planted]) < 4
    assert heatmap.values[planted] < 1.5 * np.nanmedian(heatmap.values)


def test_the_whole_shop_loses_little_but_the_loss_is_real(shop: tuple[Facts, DemoTruth]) -> None:
    facts, truth = shop
    result = refresh(facts, RefreshRequest(Selection((), _window(truth)), (TotalsRequest("totals"),))).results["totals"]
    assert isinstance(result, Totals)
    conversions = result.selected.values["conversions"]
    assert conversions is not None
    assert 0.01 < truth.lost_conversions / conversions < 0.05
