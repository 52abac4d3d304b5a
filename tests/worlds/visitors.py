"""Who comes: sessions with their attributes, and what each attribute does to load time and to the willingness to buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.dimensions import NOT_SET
from tests.worlds.spec import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAYS = 14
HOUR_MS = 3_600_000
BASE_MS = 1_785_535_200_000
"""2026-08-01T00:00 in Europe/Berlin."""
DEVICE_TYPES = (NOT_SET, "Mobile", "Desktop", "Tablet")
CONNECTIONS = (NOT_SET, "4g", "wifi", "cable", "3g")
CHANNELS = (NOT_SET, "Organic Search", "Direct", "Paid Search", "Email", "Social", "Display")
BROWSERS = (NOT_SET, "Chrome", "Safari", "Firefox", "Edge", "Samsung Internet")
MODELS_PER_TYPE = 150
COUNTRIES, CARRIERS, CAMPAIGNS = 20, 30, 25
WEAK_INTENT = np.array([0.0, 0.1, -0.5, 0.3, -0.7, 0.8, 1.0])  # by channel code: how much weaker than average


@dataclass(frozen=True)
class Visitors:
    """n sessions, sorted by start: dictionary codes by dimension, and what drives them (all (n,)).

    Attributes:
        slowness: what the recorded attributes add to ln load.
        willingness: what recorded attributes and unrecorded causes add to ln of the probability to convert.
        intent: unrecorded, standard normal; weak intent shows in channel and depth.
        hidden: the unrecorded cause of slow views, standard normal (zero effect unless the world switches it on).
    """

    start_ms: Ints
    codes: dict[str, Ints]
    dictionaries: dict[str, tuple[str, ...]]
    slowness: Floats
    willingness: Floats
    intent: Floats
    hidden: Floats


def draw_visitors(world: World, n: int, rng: np.random.Generator) -> Visitors:
    """Draw n sessions."""
    start_ms, hour, day = _times(n, rng)
    intent = rng.standard_normal(n)
    device = 1 + np.searchsorted([0.58, 0.94], rng.random(n))
    country, carrier, campaign = (_zipf(n, size, rng) for size in (COUNTRIES, CARRIERS, CAMPAIGNS))
    connection = _connection(device, carrier, rng)
    channel = _channel(intent, rng)
    model = _zipf(n, MODELS_PER_TYPE, rng) + (device - 1) * MODELS_PER_TYPE
    browser = 1 + np.searchsorted([0.5, 0.8, 0.88, 0.95], rng.random(n))
    # The tables are the shop's own: the same for all worlds of one generator state, independent of the visitors.
    by_model = 0.22 * rng.standard_normal(3 * MODELS_PER_TYPE + 1) + np.repeat(
        [0.0, 0.25, -0.25, 0.1], [1, 150, 150, 150]
    )
    by_country = 0.25 * rng.standard_normal(COUNTRIES + 1)
    by_connection = np.array([0.0, 0.05, -0.1, -0.2, 0.55])
    by_carrier = 0.15 * rng.standard_normal(CARRIERS + 1)
    by_browser = np.array([0.0, -0.05, 0.0, 0.05, 0.0, 0.1])
    by_campaign = 0.05 * rng.standard_normal(CAMPAIGNS + 1)
    rush = 0.12 * np.sin((hour - 14) / 24 * 2 * np.pi)
    slow_channel = 0.25 * WEAK_INTENT
    trend = (day - (DAYS - 1) / 2) / DAYS
    slowness = by_model[model] + by_country[country] + by_connection[connection] + by_carrier[carrier]
    slowness += by_browser[browser] + by_campaign[campaign] + rush
    slowness += world.by_channel * slow_channel[channel] + world.drift * 0.5 * trend
    willingness = -world.by_device * 1.2 * (by_model[model] - by_model.mean())
    willingness -= world.by_country * 1.2 * by_country[country]
    willingness -= world.by_connection * (by_connection[connection] + by_carrier[carrier])
    willingness -= world.drift * 0.8 * trend + world.drift * 0.3 * rush
    willingness += 0.15 * np.sin(country) * (day % 7 >= 5)
    hidden = rng.standard_normal(n)
    willingness -= world.hidden * hidden
    codes = {
        "device_type": device,
        "device_model": model,
        "connection": connection,
        "country": country,
        "carrier": carrier,
        "channel": channel,
        "campaign": np.where(np.isin(channel, (3, 4, 6)), campaign, 0),
        "browser": browser,
    }
    # A campaign works only where it is recorded.
    slowness -= np.where(codes["campaign"] == 0, by_campaign[campaign], 0.0)
    return Visitors(start_ms, codes, _dictionaries(), slowness, willingness, intent, hidden)


def _times(n: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    rhythm = 0.55 + 0.45 * np.sin((np.arange(24) - 13) / 24 * 2 * np.pi)
    hour_of_span = rng.choice(24 * DAYS, size=n, p=np.tile(rhythm, DAYS) / (rhythm.sum() * DAYS))
    start = np.sort(BASE_MS + hour_of_span * HOUR_MS + rng.integers(0, HOUR_MS, n))
    elapsed = (start - BASE_MS) // HOUR_MS
    return start, elapsed % 24, elapsed // 24


def _zipf(n: int, size: int, rng: np.random.Generator) -> Ints:
    share = 1 / np.arange(1, size + 1)
    return 1 + np.minimum(np.searchsorted(np.cumsum(share / share.sum()), rng.random(n)), size - 1)


def _connection(device: Ints, carrier: Ints, rng: np.random.Generator) -> Ints:
    wired = np.where(rng.random(len(device)) < 0.5, 2, 3)
    mobile = np.where(
        rng.random(len(device)) < 0.1 + 0.2 * (carrier % 3 == 0), 4, np.where(rng.random(len(device)) < 0.5, 1, 2)
    )
    return np.where(device == 2, wired, mobile)


def _channel(intent: Floats, rng: np.random.Generator) -> Ints:
    """Channels by the logit of their pull on this intent (Gumbel draw)."""
    pull = np.log([0.34, 0.22, 0.17, 0.09, 0.11, 0.07])[None, :] - 0.6 * intent[:, None] * WEAK_INTENT[None, 1:]
    return 1 + np.argmax(pull + rng.gumbel(size=pull.shape), axis=1)


def _dictionaries() -> dict[str, tuple[str, ...]]:
    def numbered(name: str, size: int) -> tuple[str, ...]:
        return (NOT_SET, *(f"{name} {k}" for k in range(1, size + 1)))

    return {
        "device_type": DEVICE_TYPES,
        "device_model": numbered("Model", 3 * MODELS_PER_TYPE),
        "connection": CONNECTIONS,
        "country": numbered("Country", COUNTRIES),
        "carrier": numbered("Carrier", CARRIERS),
        "channel": CHANNELS,
        "campaign": numbered("Campaign", CAMPAIGNS),
        "browser": BROWSERS,
    }
