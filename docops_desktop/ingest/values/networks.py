"""From a visitor's address to country and carrier, offline, before the address is dropped; each distinct address once.

Countries come from ``iptocc`` (the registries' own delegations: where a block is registered), carriers from a shipped table of who announces which
network (``resources/networks``, its date and source stand in it). A table of one's own (a MaxMind DB file, or CSV with networks) goes before both. What
no table knows stays unknown: nothing is guessed, and nothing is asked of the network.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa

from docops_desktop.ingest.values.distinct import coded, recoded
from docops_desktop.ingest.values.network_tables import Address, NetworkTable, Place, open_own_table, read_shipped
from docops_desktop.model.resources import resource_path

CACHE_LIMIT = 500_000
OWN_TABLE = "ip-table"
"""Stem of a table that is always used when it lies in the user's data folder: ``ip-table.mmdb`` or ``ip-table.csv``."""


@dataclass(frozen=True)
class Found:
    """Country codes and carriers of a block's rows (coded texts with nulls)."""

    country: Any
    carrier: Any


@dataclass
class Networks:
    """Looks addresses up and remembers them.

    Args:
        own: a table of one's own; None = the one in the user's data folder, when there is one.
    """

    own: Path | None = None
    _seen: dict[str, Place] = field(default_factory=dict)
    _tables: tuple[NetworkTable, ...] | None = None

    def read(self, values: Any) -> Found:
        """Return what is known of an array of addresses (texts, coded or not), row by row.

        Raises:
            RequestError: the table of one's own can't be read.
        """
        encoded = coded(values)
        places = self._places(encoded.dictionary.to_pylist())
        columns = (pa.array([place[part] for place in places], pa.string()) for part in (0, 1))
        return Found(*(recoded(encoded.indices, column) for column in columns))

    def _places(self, texts: list[str]) -> list[Place]:
        if len(self._seen) > CACHE_LIMIT:
            self._seen.clear()
        new = [text for text in texts if text not in self._seen]
        addresses = [parse_address(text) for text in new]
        found: list[Place] = [(None, None)] * len(new)
        for table in self.tables():
            found = [(a or c, b or d) for (a, b), (c, d) in zip(found, table.look_up(addresses), strict=True)]
        self._seen.update(zip(new, found, strict=True))
        return [self._seen[text] for text in texts]

    def tables(self) -> tuple[NetworkTable, ...]:
        """Return the tables, in the order in which they are asked."""
        if self._tables is None:
            own = self.own or users_table()
            self._tables = (*((open_own_table(own),) if own is not None else ()), *_shipped())
        return self._tables

    def describe(self) -> str:
        """Say which tables are asked, and of when they are."""
        return "; ".join(table.label for table in self.tables())


def users_table() -> Path | None:
    """Return the table in the user's data folder, None when there is none."""
    from platformdirs import user_data_path

    folder = user_data_path("docops-desktop", appauthor=False)
    return next((path for path in sorted(folder.glob(f"{OWN_TABLE}.*")) if path.is_file()), None)


@lru_cache(maxsize=1)
def _shipped() -> tuple[NetworkTable, ...]:
    return (read_shipped(resource_path("networks", "carriers.parquet")), _Countries())


def parse_address(text: str | None) -> Address | None:
    """Return the address in a cell: alone, with a port, in brackets, as a network, or the first of a list; None when there is none."""
    text = (text or "").split(",", 1)[0].strip().split("/", 1)[0].split("%", 1)[0]
    if text.startswith("["):
        text = text[1:].split("]", 1)[0]
    elif text.count(":") == 1:
        text = text.split(":", 1)[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class _Countries:
    """The registries' delegations, by ``iptocc``."""

    @property
    def label(self) -> str:
        try:
            version = metadata.version("iptocc")
        except metadata.PackageNotFoundError:  # a frozen application may lack the packages' metadata
            version = "of an unrecorded version"
        return f"countries: registries' delegations (iptocc {version})"

    def look_up(self, addresses: list[Address | None]) -> list[Place]:
        from iptocc import country_code

        codes = country_code([str(address) if address is not None else "" for address in addresses])
        return [(code, None) for code in codes]
