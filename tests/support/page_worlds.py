"""Page cells drawn from small worlds in which the effect of load time on conversion is known."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.model.load_bins import MAX_VALUE, N_CODES

EDGES = np.unique(np.round(np.geomspace(100, 60_000, 41))).astype(np.int64)


def page_cells(
    slope: float,
    confounding: float = 0.0,
    sessions: int = 100_000,
    base_rate: float = 0.03,
    seed: int = 1,
    groups: tuple[str, ...] = ("Product",),
    basket_minor: int = 8_000,
) -> PageCells:
    """Draw cells in which conversion is proportional to ``load ** slope`` within a stratum.

    With ``confounding`` the slow strata have a lower level, by the factor ``typical load ** confounding``.
    """
    random = np.random.default_rng(seed)
    strata = tuple(f"stratum {k}" for k in range(8))
    typical = np.geomspace(1_000, 5_000, len(strata))
    edges = np.concatenate([[0], EDGES, [MAX_VALUE + 1]])
    shape = (len(groups), len(strata), len(edges) - 1)
    n, conversions, revenue = (np.zeros(shape, np.int64) for _ in range(3))
    squared = np.zeros(shape)
    for g in range(len(groups)):
        stratum = random.integers(len(strata), size=sessions)
        load = typical[stratum] * np.exp(0.5 * random.standard_normal(sessions))
        rate = base_rate * (load / 2_000) ** slope * (typical[stratum] / 2_000) ** confounding
        converted = random.random(sessions) < np.minimum(rate, 1.0)
        basket = np.round(basket_minor * np.exp(0.6 * random.standard_normal(sessions))).astype(np.int64) * converted
        place = (np.full(sessions, g), stratum, np.searchsorted(edges, load, side="right") - 1)
        np.add.at(n, place, 1)
        np.add.at(conversions, place, converted)
        np.add.at(revenue, place, basket)
        np.add.at(squared, place, basket.astype(np.float64) ** 2)
    seen, bought, money = n.sum(axis=(1, 2)), conversions.sum(axis=(1, 2)), revenue.sum(axis=(1, 2))
    return PageCells(
        page_groups=groups,
        stratum_dimensions=("device_type",),
        strata=strata,
        stratum_keys=tuple((name,) for name in strata),
        bin_edges_ms=edges,
        n=n,
        conversions=conversions,
        revenue=revenue,
        revenue_squared=squared,
        load_hist=np.zeros((len(groups), N_CODES), np.int64),
        page_views=seen,
        sessions=seen,
        converting_sessions=bought,
        conversions_any=bought,
        revenue_any=money,
        converter_share=bought / np.maximum(seen, 1),
        total_page_views=int(seen.sum()),
        total_sessions=sessions,
        total_converting_sessions=int(bought.max()),
        total_conversions=int(bought.max()),
        total_revenue=int(money.max()),
        currency="EUR",
        minor_digits=2,
        stratum_sessions=n[0].sum(axis=1),
    )


def true_gain(cells: PageCells, slope: float, factor: float, g: int = 0) -> float:
    """Return the true change of conversions when every load time is multiplied by ``factor``."""
    return float(cells.conversions[g].sum() * (factor**slope - 1))
