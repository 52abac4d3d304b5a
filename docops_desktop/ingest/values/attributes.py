"""The dimensions of rows: what the export names, else what user agent, address, campaign parameters and referrer say; and texts brought to one spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.privacy.free_texts import without_personal
from docops_desktop.ingest.values.channels import channels, foreign_hosts
from docops_desktop.ingest.values.countries import country_code
from docops_desktop.ingest.values.distinct import decoded, each_text
from docops_desktop.ingest.values.networks import Networks
from docops_desktop.ingest.values.urls import Addresses, campaign_parameters, split_urls, without_addresses
from docops_desktop.ingest.values.user_agents import AgentReader, Agents
from docops_desktop.ingest.values.values import Bools, Cells, as_bools
from docops_desktop.model.dimensions import SESSION_DICTIONARIES

_TYPES = {
    "desktop": "Desktop", "computer": "Desktop", "pc": "Desktop", "laptop": "Desktop", "mobile": "Mobile", "phone": "Mobile",
    "smartphone": "Mobile", "mobile phone": "Mobile", "mobilephone": "Mobile", "cell phone": "Mobile", "tablet": "Tablet",
    "desktop browser": "Desktop", "mobile browser": "Mobile", "tablet browser": "Tablet",
    "tv": "TV", "smarttv": "TV", "smart tv": "TV", "console": "Console", "game console": "Console",
}  # fmt: skip
_AGENT_DIMENSIONS = ("device_model", "device_type", "os", "browser")
CAMPAIGN_DIMENSIONS = ("source", "medium", "campaign")


_VERSIONED = frozenset({"os", "browser", "device_model", "device_type"})
"""Dimensions whose versions look like IP addresses."""


@dataclass(frozen=True)
class Attributes:
    """Texts by dimension (string arrays with nulls, coded or not), and what else was learnt on the way.

    Attributes:
        texts: by dimension name, ``custom.NAME`` included; only dimensions that anything was known of.
        agents: what the user agents say, None when the export has none.
        addresses: of the pages.
        judges_direct: a session without any channel may be called direct: the export tells where visits come from.
    """

    texts: dict[str, Any]
    agents: Agents | None
    addresses: Addresses | None
    judges_direct: bool


def attributes(cells: Cells, reader: AgentReader, networks: Networks, *, strict: bool = True) -> Attributes:
    """Return the dimensions of a block's rows."""
    texts: dict[str, Any] = {}
    for name in SESSION_DICTIONARIES:
        if cells.has(name):
            texts[name] = cells.coded(name)
    agents = reader.read(cells.coded("user_agent")) if cells.has("user_agent") else None
    _device(cells, texts, agents)
    addresses = split_urls(cells.coded("page_url")) if cells.has("page_url") else None
    judges_direct = _acquisition(cells, texts, addresses)
    if "country" in texts:
        texts["country"] = each_text(texts["country"], country_code)
    if cells.has("ip"):
        _places(cells, texts, networks)
    for custom in sorted(name for name in _custom(cells)):
        texts[custom] = cells.coded(custom)
    if strict:
        texts = {
            name: without_addresses(values) if name in _VERSIONED else without_personal(values)
            for name, values in texts.items()
        }
    return Attributes(texts, agents, addresses, judges_direct)


def _custom(cells: Cells) -> set[str]:
    return {name for name in cells.targets if name.startswith("custom.") and cells.has(name)}


def _device(cells: Cells, texts: dict[str, Any], agents: Agents | None) -> None:
    if "device_model" in texts and cells.has("device_manufacturer"):
        maker, model = cells.text("device_manufacturer"), decoded(texts["device_model"])
        full = pc.binary_join_element_wise(maker, model, " ")
        repeats = _starts_with(model, maker)
        texts["device_model"] = pc.coalesce(pc.if_else(pa.array(repeats), model, full), model)
    if "device_model" in texts:  # a column "device" often holds the type: Desktop is no model
        types = each_text(texts["device_model"], lambda text: _TYPES.get(text.lower()))
        texts["device_model"] = each_text(
            texts["device_model"], lambda text: None if text.lower() in _TYPES else text or None
        )
        texts["device_type"] = _filled(texts.get("device_type"), types)
    if "device_type" in texts:
        texts["device_type"] = each_text(texts["device_type"], lambda text: _TYPES.get(text.lower(), text) or None)
    if agents is not None:
        for name in _AGENT_DIMENSIONS:
            texts[name] = _filled(texts.get(name), agents.columns[name])


def _filled(first: Any | None, second: Any) -> Any:
    """Return the first filled text of each row."""
    return second if first is None else pc.coalesce(decoded(first), decoded(second))


def _places(cells: Cells, texts: dict[str, Any], networks: Networks) -> None:
    """Country and carrier by the address, where the export itself does not say them."""
    found = networks.read(cells.coded("ip"))
    for name, values in (("country", found.country), ("carrier", found.carrier)):
        texts[name] = _filled(texts.get(name), values)


def _starts_with(model: Any, maker: Any) -> Bools:
    pairs = zip(model.to_pylist(), maker.to_pylist(), strict=True)
    return np.array([bool(a and b and a.lower().startswith(b.lower())) for a, b in pairs], dtype=bool)


def _acquisition(cells: Cells, texts: dict[str, Any], addresses: Addresses | None) -> bool:
    if addresses is not None:
        found = campaign_parameters(addresses.query)
        for name in CAMPAIGN_DIMENSIONS:
            if found[name].null_count < len(found[name]):
                texts[name] = _filled(texts.get(name), found[name])
    referrer = None
    if cells.has("referrer"):
        hosts = split_urls(cells.coded("referrer")).host
        own = addresses.host if addresses is not None else pa.nulls(cells.rows, pa.string())
        referrer = foreign_hosts(hosts, own)
    if "channel" in texts:
        return False
    if referrer is None and "source" not in texts and "medium" not in texts:
        return False
    empty = pa.nulls(cells.rows, pa.string())
    source, medium = texts.get("source", empty), texts.get("medium", empty)
    texts["channel"] = channels(source, medium, referrer if referrer is not None else empty)
    if referrer is not None:
        unnamed = pc.if_else(pc.is_null(decoded(medium)), decoded(referrer), pa.scalar(None, pa.string()))
        texts["source"] = _filled(source, unnamed)
    return referrer is not None


def filled(values: Any) -> Bools:
    """Return which rows have a text."""
    return as_bools(pc.is_valid(values))
