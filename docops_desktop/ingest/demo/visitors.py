"""Draws who visits: a block of sessions with device, place, connection and channel that fit together.

The planted combination is drawn as a group of its own (buyers of an operator's bundle offer), besides those who have model and operator by
chance. They come more by newsletter and directly, as regular customers do; in all else they are like everybody with the same attributes, so that what
they would have bought without the incident can be told from the rest of the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo.acquisition import acquisitions
from docops_desktop.ingest.demo.devices import (
    BROWSERS,
    DESKTOP,
    DEVICE_TYPES,
    MOBILE,
    MONITOR_BROWSER,
    TABLET,
    devices,
)
from docops_desktop.ingest.demo.places import COUNTRIES, HOME, PLANTED_CARRIER, places
from docops_desktop.ingest.demo.plan import DemoPlan, Rhythm
from docops_desktop.ingest.demo.shares import LARGE_BITS, IntArray, draw, draw_bits, draw_by_row, stack_tables
from docops_desktop.model.traffic import ViewClass

FloatArray = npt.NDArray[np.float32]

CONNECTIONS = ("wifi", "cable", "4g", "5g", "3g")
_CONNECTION_SHARES = (
    (0.52, 0.45, 0.02, 0.01, 0.0),  # desktop
    (0.53, 0.0, 0.27, 0.16, 0.04),  # mobile
    (0.86, 0.0, 0.09, 0.04, 0.01),  # tablet
    (0.45, 0.42, 0.10, 0.01, 0.02),  # the same in the slower countries
    (0.45, 0.0, 0.38, 0.08, 0.09),
    (0.80, 0.0, 0.14, 0.03, 0.03),
)
_CONNECTION_LN_LOAD = np.array((0.0, -0.10, 0.18, -0.04, 0.75), dtype=np.float32)
_CONNECTION_LN_CONVERSION = np.array((0.05, 0.15, -0.15, 0.0, -0.60), dtype=np.float32)
_DEVICE_LN_CONVERSION = np.array((0.42, -0.28, 0.0), dtype=np.float32)
_SLOW_COUNTRY_LN_LOAD = 0.14

ROBOT_SHARE = 0.022
"""Share of sessions that are crawlers or synthetic tests."""

VARIANTS = ("", "control", "checkout-b")
_VARIANT_SHARES = (0.2, 0.4, 0.4)


@dataclass(frozen=True)
class Visitors:
    """One block of sessions, in order of time.

    Attributes:
        start_ms: start of each session (UTC epoch ms).
        codes: index of each dimension's text (see ``vocabulary``), by dimension.
        device_type: 0 desktop, 1 mobile, 2 tablet.
        channel: channel index.
        country: country index.
        ln_load: what the session's attributes and the hour do to ln(load time).
        ln_conversion: what they do to ln(conversion), whatever the speed.
        planted: has the planted model on the planted operator.
        incident: planted, and starts while the incident lasts.
        robot: traffic class of a robot's session, 0 for a person.
    """

    start_ms: npt.NDArray[np.int64]
    codes: Mapping[str, IntArray]
    device_type: IntArray
    channel: IntArray
    country: IntArray
    ln_load: FloatArray
    ln_conversion: FloatArray
    planted: npt.NDArray[np.bool_]
    incident: npt.NDArray[np.bool_]
    robot: npt.NDArray[np.uint8]


def draw_visitors(plan: DemoPlan, when: Rhythm, first: int, n: int, rng: np.random.Generator) -> Visitors:
    """Draw sessions ``first`` to ``first + n``."""
    quarter, start_ms = when.starts(first, n, rng)
    bundle = rng.random(n, dtype=np.float32) < plan.planted_share
    country = draw(rng, _TABLES.country, n)
    country[bundle] = _TABLES.home
    device_type = _device_types(rng, country, bundle)
    model = _models(rng, country, device_type, bundle)
    robot = rng.random(n, dtype=np.float32) < ROBOT_SHARE
    model[robot] = devices().robot
    connection, carrier = _networks(rng, country, device_type, bundle)
    way = _ways(rng, device_type, bundle, when.day[quarter])
    system = devices().model_os[model]
    planted = (model == devices().planted) & (carrier == _TABLES.carrier)
    browser = draw_by_row(rng, devices().browsers, system)
    codes = {
        "device_model": model,
        "device_type": np.where(robot, len(DEVICE_TYPES) - 1, device_type).astype(np.int32),
        "os": system,
        "browser": browser,
        "carrier": carrier,
        "connection": connection,
        "country": country,
        "region": draw_by_row(rng, places().region_tables, country),
        "acquisition": way,
        "variant": draw(rng, _TABLES.variant, n),
    }
    ln_load = (
        _TABLES.country_ln_load[country]
        + _CONNECTION_LN_LOAD[connection]
        + devices().model_ln_load[model]
        + places().carrier_ln_load[carrier]
        + np.float32(0.05) * when.busy[quarter]
    )
    ln_conversion = (
        _TABLES.country_ln_conversion[country]
        + _CONNECTION_LN_CONVERSION[connection]
        + _DEVICE_LN_CONVERSION[device_type]
        + devices().model_ln_conversion[model]
        + acquisitions().ln_conversion[way]
        + when.ln_conversion[quarter]
    )
    ln_conversion[robot] = -np.inf
    incident = planted & (start_ms >= plan.incident_start_ms)
    return Visitors(
        start_ms,
        codes,
        device_type,
        acquisitions().channel[way],
        country,
        ln_load.astype(np.float32),
        ln_conversion.astype(np.float32),
        planted,
        incident,
        np.where(robot, np.where(browser == _TABLES.monitor, ViewClass.SYNTHETIC, ViewClass.BOT), 0).astype(np.uint8),
    )


def _device_types(rng: np.random.Generator, country: IntArray, bundle: npt.NDArray[np.bool_]) -> IntArray:
    mobile = _TABLES.country_mobile[country]
    u = rng.random(len(country), dtype=np.float32)
    types = np.where(u < mobile, MOBILE, np.where(u < mobile + np.float32(0.045), TABLET, DESKTOP)).astype(np.int32)
    types[bundle] = MOBILE
    return types


def _models(
    rng: np.random.Generator, country: IntArray, device_type: IntArray, bundle: npt.NDArray[np.bool_]
) -> IntArray:
    table = devices()
    u = draw_bits(rng, len(country), LARGE_BITS)
    iphone = rng.random(len(country), dtype=np.float32) < _TABLES.country_iphone[country]
    phone = np.where(iphone, table.iphone, table.phones[u])
    model = np.where(
        device_type == MOBILE, phone, np.where(device_type == TABLET, table.tablets[u], table.computers[u])
    )
    model[bundle] = table.planted
    return model.astype(np.int32)


def _networks(
    rng: np.random.Generator, country: IntArray, device_type: IntArray, bundle: npt.NDArray[np.bool_]
) -> tuple[IntArray, IntArray]:
    slow = (_TABLES.country_ln_load[country] > _SLOW_COUNTRY_LN_LOAD).astype(np.int32)
    connection = draw_by_row(rng, _TABLES.connection, device_type + 3 * slow)
    cellular = (connection >= 2).astype(np.int32)
    carrier = draw_by_row(rng, places().carrier_tables, 2 * country + cellular)
    carrier[bundle] = _TABLES.carrier
    return connection, carrier


def _ways(rng: np.random.Generator, device_type: IntArray, bundle: npt.NDArray[np.bool_], day: IntArray) -> IntArray:
    row = np.where(bundle, 2, device_type != DESKTOP).astype(np.int32)
    way = draw_by_row(rng, acquisitions().tables, row, 16)
    letters = acquisitions().newsletters
    newsletter = np.flatnonzero((way >= letters[0]) & (way <= letters[-1]))
    age = np.minimum(rng.geometric(0.6, len(newsletter)) - 1, 20)
    way[newsletter] = letters[(day[newsletter] - age) % len(letters)]
    return way


class _Tables:
    """Small tables of countries and connections, made once."""

    def __init__(self) -> None:
        self.country = stack_tables([[c.share for c in COUNTRIES]])
        self.connection = stack_tables(_CONNECTION_SHARES)
        self.variant = stack_tables([_VARIANT_SHARES])
        self.country_ln_load = np.array([c.ln_load for c in COUNTRIES], dtype=np.float32)
        self.country_ln_conversion = np.array([c.ln_conversion for c in COUNTRIES], dtype=np.float32)
        self.country_mobile = np.array([c.mobile for c in COUNTRIES], dtype=np.float32)
        self.country_iphone = np.array([c.iphone for c in COUNTRIES], dtype=np.float32)
        self.home = [c.code for c in COUNTRIES].index(HOME)
        self.monitor = BROWSERS.index(MONITOR_BROWSER)
        self.carrier = places().carriers.index(PLANTED_CARRIER)


_TABLES = _Tables()
