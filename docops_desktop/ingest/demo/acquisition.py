"""How the invented shop's visitors came: channel, source, medium and some 200 campaigns, as one list of combinations.

Channels differ in readiness to buy and in where they land, which confounds speed with conversion again. Newsletters follow the calendar: most of
their clicks come on the day they were sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo.shares import IntArray, stack_tables, zipf

CHANNELS = (
    "Direct",
    "Organic Search",
    "Paid Search",
    "Email",
    "Paid Social",
    "Organic Social",
    "Display",
    "Affiliates",
    "Referral",
)
_LN_CONVERSION = (0.25, 0.05, 0.10, 0.45, -0.75, -0.80, -0.95, 0.15, 0.0)
_SHARE_DESKTOP = (0.25, 0.27, 0.22, 0.10, 0.02, 0.01, 0.03, 0.06, 0.04)
_SHARE_REGULAR = (0.45, 0.10, 0.08, 0.33, 0.01, 0.01, 0.01, 0.0, 0.01)
_SHARE_MOBILE = (0.19, 0.23, 0.22, 0.08, 0.13, 0.05, 0.04, 0.03, 0.03)

_THEMES = (
    "brand",
    "generic",
    "shoes",
    "jackets",
    "denim",
    "sport",
    "kids",
    "home",
    "outlet",
    "summer",
    "garden",
    "travel",
    "beauty",
    "gifts",
    "premium",
    "basics",
)


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One way to come; "" = not set."""

    channel: str
    source: str
    medium: str
    campaign: str
    share: float


@dataclass(frozen=True)
class Acquisitions:
    """Look-up tables of the ways to come.

    Attributes:
        combinations: the ways; the tables hold indices into it.
        channel: channel index of each combination.
        ln_conversion: effect of each combination on ln(conversion).
        tables: share tables, row 0 for desktop, 1 for mobile and tablet, 2 for regular customers (the bundle offer's buyers).
        newsletters: indices of newsletter combinations, oldest first; used in turn, one a day.
    """

    combinations: tuple[Acquisition, ...]
    channel: IntArray
    ln_conversion: npt.NDArray[np.float32]
    tables: IntArray
    newsletters: IntArray


@lru_cache(maxsize=1)
def acquisitions() -> Acquisitions:
    """Build the tables (the same in every run)."""
    combinations = tuple(_combinations())
    channel = np.array([CHANNELS.index(c.channel) for c in combinations], dtype=np.int32)
    within = np.array([c.share for c in combinations])
    within /= np.bincount(channel, within)[channel]
    tables = [within * np.array(shares)[channel] for shares in (_SHARE_DESKTOP, _SHARE_MOBILE, _SHARE_REGULAR)]
    newsletters = [i for i, c in enumerate(combinations) if c.campaign.startswith("newsletter")]
    effect = np.array(_LN_CONVERSION, dtype=np.float32)[channel]
    return Acquisitions(combinations, channel, effect, stack_tables(tables, 16), np.array(newsletters, dtype=np.int32))


def _combinations() -> list[Acquisition]:
    rows = [Acquisition("Direct", "", "", "", 1.0)]
    for source, share in (("google", 0.86), ("bing", 0.08), ("duckduckgo", 0.03), ("ecosia", 0.03)):
        rows.append(Acquisition("Organic Search", source, "organic", "", share))
    rows += _series("Paid Search", "google", "cpc", "search", ("de", "fr", "gb", "nl", "at"), 64)
    rows += _series("Paid Search", "bing", "cpc", "search-bing", ("eu",), 10, 0.06)
    rows += [Acquisition("Email", "crm", "email", f"newsletter-{i:02d}", 0.02) for i in range(1, 31)]
    rows += _series("Email", "crm", "email", "lifecycle", ("welcome", "winback", "cart"), 9, 0.4)
    rows += _series("Paid Social", "instagram", "paid_social", "social", ("reels", "stories"), 28, 0.6)
    rows += _series("Paid Social", "facebook", "paid_social", "social-fb", ("feed",), 14, 0.4)
    for source, share in (("instagram", 0.6), ("facebook", 0.25), ("pinterest", 0.15)):
        rows.append(Acquisition("Organic Social", source, "social", "", share))
    rows += _series("Display", "programmatic", "display", "display", ("prospecting", "retargeting"), 24)
    rows += _series("Affiliates", "partner-network", "affiliate", "partner", ("cashback", "coupon", "blog"), 21)
    for i, share in enumerate(zipf(8, 1.0), 1):
        rows.append(Acquisition("Referral", f"site-{i}.example", "referral", "", float(share)))
    return rows


def _series(
    channel: str, source: str, medium: str, prefix: str, parts: tuple[str, ...], n: int, weight: float = 1.0
) -> list[Acquisition]:
    """Return ``n`` campaigns with Zipf shares that sum to ``weight``."""
    shares = zipf(n, 0.8) / zipf(n, 0.8).sum() * weight
    names = [f"{prefix}-{parts[i % len(parts)]}-{_THEMES[i // len(parts) % len(_THEMES)]}" for i in range(n)]
    return [Acquisition(channel, source, medium, name, float(s)) for name, s in zip(names, shares, strict=True)]
