"""Who puts something into the cart, goes to the checkout and buys; and what that would have been without the incident.

Each step's probability is a product: a base rate, the visitor's own readiness, and ``exp(-effect x load time)`` of the pages seen. Expected losses
come from the same formula, with the load times that are not drawn yet integrated out (Gauss-Hermite quadrature over their normal logarithm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.journeys import VIEW_SD, WARM_LN, Browsing, harm_of
from docops_desktop.ingest.demo.places import COUNTRIES
from docops_desktop.ingest.demo.visitors import Visitors

FloatArray = npt.NDArray[np.float32]

CART_RATE = 0.112
CHECKOUT_RATE = 0.62
BUY_RATE = 0.62
"""Base rates: cart after a product view, checkout after the cart, purchase after the checkout."""

INCIDENT_CART_FACTOR = np.float32(0.35)
"""In the incident the buy button works only when the page is complete: beyond the waiting, this share still finds it."""

_LN_BASKET = np.array((8.75, 8.52, 8.66), dtype=np.float32)
"""ln of the median basket in minor units: desktop, mobile, tablet."""
BASKET_SD = 0.62
_RICH = np.array([{"CH": 0.25, "DK": 0.12, "SE": 0.08, "PL": -0.15}.get(c.code, 0.0) for c in COUNTRIES], np.float32)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True)
class Purchases:
    """The end of the sessions that went to the cart; one row each.

    Attributes:
        session: number of the session in its block, ascending.
        checkouts: checkout views (0 to 2).
        bought: reached the order confirmation.
        load_ms: shape (4, rows): cart, two checkout views, confirmation.
        revenue_minor: 0 where not bought.
    """

    session: npt.NDArray[np.intp]
    checkouts: npt.NDArray[np.int32]
    bought: npt.NDArray[np.bool_]
    load_ms: FloatArray
    revenue_minor: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Loss:
    """Expected figures of the sessions that the incident hit (zeros when there are none)."""

    sessions: int = 0
    conversions: float = 0.0
    revenue_minor: float = 0.0
    expected_conversions: float = 0.0

    def __add__(self, other: Loss) -> Loss:
        return Loss(
            self.sessions + other.sessions,
            self.conversions + other.conversions,
            self.revenue_minor + other.revenue_minor,
            self.expected_conversions + other.expected_conversions,
        )


def buy(visitors: Visitors, browsing: Browsing, rng: np.random.Generator, incident: bool = True) -> Purchases:
    """Decide a block's purchases."""
    u = rng.random(len(browsing.length), dtype=np.float32)
    rows = np.flatnonzero(u < cart_probability(visitors, browsing, incident))
    m = len(rows)
    device = visitors.device_type[rows]
    ln = browsing.base_ln[rows] + WARM_LN + pages.LN_LOAD[_FUNNEL][:, None]
    load = np.exp(ln + VIEW_SD[device] * rng.standard_normal((4, m), dtype=np.float32))
    go = CHECKOUT_RATE * np.exp(-harm_of(np.full(m, pages.CART), load[0]))
    end = BUY_RATE * np.exp(-harm_of(np.full(m, pages.CHECKOUT), load[1]))
    at_checkout = rng.random(m, dtype=np.float32) < go
    bought = at_checkout & (rng.random(m, dtype=np.float32) < end)
    second = bought | (rng.random(m, dtype=np.float32) < 0.6)
    baskets = np.exp(_ln_basket(visitors, rows) + np.float32(BASKET_SD) * rng.standard_normal(m, dtype=np.float32))
    revenue = np.where(bought, np.maximum(np.rint(baskets), 100), 0).astype(np.int64)
    return Purchases(rows, (at_checkout * (1 + second)).astype(np.int32), bought, load, revenue)


def cart_probability(visitors: Visitors, browsing: Browsing, incident: bool = True) -> FloatArray:
    """Return each session's probability to fill the cart, given what it saw; without a product view it is 0."""
    harm = browsing.harm if incident else browsing.harm - browsing.harm_by_incident
    p = np.float32(CART_RATE) * np.exp(visitors.ln_conversion - harm) * browsing.saw_product
    if incident:
        p = np.where(visitors.incident, p * INCIDENT_CART_FACTOR, p)
    capped: FloatArray = np.minimum(p, np.float32(0.97)).astype(np.float32)
    return capped


def expected_loss(visitors: Visitors, browsing: Browsing) -> Loss:
    """Return what the incident is expected to cost in this block: probabilities without it minus with it, times the expected basket."""
    rows = np.flatnonzero(visitors.incident)
    if not len(rows):
        return Loss()
    without = cart_probability(visitors, browsing, incident=False)[rows].astype(np.float64)
    lost = without - cart_probability(visitors, browsing)[rows]
    after = _expected_rate(visitors, browsing, rows, pages.CART, CHECKOUT_RATE)
    after *= _expected_rate(visitors, browsing, rows, pages.CHECKOUT, BUY_RATE)
    basket = np.exp(_ln_basket(visitors, rows).astype(np.float64) + BASKET_SD**2 / 2)
    return Loss(
        len(rows),
        float((lost * after).sum()),
        float((lost * after * basket).sum()),
        float((without * after).sum()),
    )


def _expected_rate(
    visitors: Visitors, browsing: Browsing, rows: npt.NDArray[np.intp], group: int, rate: float
) -> npt.NDArray[np.float64]:
    """Return ``rate x E[exp(-harm)]`` over the page's log-normal load time."""
    ln = browsing.base_ln[rows] + WARM_LN + pages.LN_LOAD[group]
    sd = VIEW_SD[visitors.device_type[rows]]
    load = np.exp(ln[:, None] + sd[:, None] * _NODES.astype(np.float32))
    factor = np.exp(-harm_of(np.full(load.shape, group), load)).astype(np.float64)
    expected: npt.NDArray[np.float64] = rate * (factor @ _WEIGHTS) / _WEIGHTS.sum()
    return expected


def _ln_basket(visitors: Visitors, rows: npt.NDArray[np.intp]) -> FloatArray:
    ln: FloatArray = _LN_BASKET[visitors.device_type[rows]] + _RICH[visitors.country[rows]]
    return ln


_FUNNEL = np.array([pages.CART, pages.CHECKOUT, pages.CHECKOUT, pages.CONFIRMATION])
