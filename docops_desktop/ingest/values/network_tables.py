"""Tables of networks: the shipped one (Parquet), a MaxMind DB file, CSV or TSV of ranges or CIDR blocks.

They only answer; what is asked, and which table goes first, is the matter of ``networks``.
"""

from __future__ import annotations

import bisect
import csv
import gzip
import io
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from docops_desktop.model.errors import RequestError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Place = tuple[str | None, str | None]
"""Country code and carrier; None = not known."""

FAMILY, START, CARRIER = "family", "start", "carrier"
"""Columns of the shipped table: 4 or 6; the network's first address (of IPv6 its upper 64 bits); None = nobody's. A row ends where the next begins."""
_START_NAMES = ("start", "first", "ip_from", "range_start", "start_ip", "ip_start", "begin")
_END_NAMES = ("end", "last", "ip_to", "range_end", "end_ip", "ip_end")
_NETWORK_NAMES = ("network", "cidr", "prefix", "subnet", "ip_range", "block")
_COUNTRY_NAMES = ("country", "country_code", "country_iso_code", "cc", "registered_country")
_CARRIER_NAMES = (
    "carrier", "isp", "isp_name", "operator", "organization", "autonomous_system_organization", "as_organization", "as_name", "as_description", "description",
    "name",
)  # fmt: skip


class NetworkTable(Protocol):
    """Answers for addresses."""

    @property
    def label(self) -> str:
        """What it is, and of when."""

    def look_up(self, addresses: list[Address | None]) -> list[Place]:
        """Return what is known of each address."""


def open_own_table(path: Path) -> NetworkTable:
    """Open a table of one's own.

    Raises:
        RequestError: there is none, or it is neither a MaxMind DB file nor a table of networks.
    """
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            size = file.tell()
            file.seek(max(0, size - (128 << 10)))
            is_mmdb = b"\xab\xcd\xefMaxMind.com" in file.read()
        return MmdbTable(path) if is_mmdb else RangeTable.read(path)
    except FileNotFoundError as error:
        raise RequestError("there is no such file", str(path), "Check the path of the table of networks") from error
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
        raise RequestError(f"the table of networks can't be read ({error})", str(path)) from error


class MmdbTable:
    """A MaxMind DB file: country and carrier under the names that its makers use."""

    def __init__(self, path: Path) -> None:
        import maxminddb

        try:
            self._reader: Any = maxminddb.open_database(str(path))
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            raise RequestError(f"the MaxMind DB file is damaged ({error})", str(path), "Fetch it again") from error
        about = self._reader.metadata()
        built = datetime.fromtimestamp(about.build_epoch, UTC)
        self.label = f"own table: {path.name} ({about.database_type}, {built:%Y-%m-%d})"

    def look_up(self, addresses: list[Address | None]) -> list[Place]:
        """Return what is known of each address."""
        return [self._place(address) for address in addresses]

    def _place(self, address: Address | None) -> Place:
        if address is None or (address.version == 6 and self._reader.metadata().ip_version == 4):
            return None, None
        record = self._reader.get(address)
        if not isinstance(record, dict):
            return None, None
        country = record.get("country") or record.get("registered_country") or record.get("country_code")
        if isinstance(country, dict):
            country = country.get("iso_code")
        traits = record.get("traits")
        sources = (record, traits) if isinstance(traits, dict) else (record,)
        found = (source.get(name) for name in _CARRIER_NAMES for source in sources)
        carrier = next((text for text in found if isinstance(text, str) and text), None)
        return (country if isinstance(country, str) and country else None), carrier


@dataclass(frozen=True)
class RangeTable:
    """Ranges of addresses in order, by family; a number of 0 places is an address that nobody has."""

    label: str
    starts: dict[int, list[int]]
    ends: dict[int, list[int]]
    places: dict[int, list[Place]]

    @classmethod
    def read(cls, path: Path) -> RangeTable:
        """Read CSV or TSV, plain or gzipped: with a header, or first address, last address, AS number, country, description (as iptoasn.com has it).

        Raises:
            RequestError: no column of networks, or no range in it.
        """
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        first = text.split("\n", 1)[0]
        rows = csv.reader(io.StringIO(text), delimiter=max("\t,;", key=first.count))
        top = next(rows, [])
        header = [name.strip().lower().replace(" ", "_") for name in top]
        read = _reader_of(header, str(path))
        found = sorted(filter(None, map(read, rows if _is_header(header) else [top, *rows])))
        if not found:
            raise RequestError("no network can be read from this table", str(path), "It needs addresses or CIDR blocks")
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        groups = {version: [row for row in found if row[0] == version] for version in (4, 6)}
        return cls(
            f"own table: {path.name} ({len(found):,} networks, file of {when:%Y-%m-%d})",
            {version: [row[1] for row in group] for version, group in groups.items()},
            {version: [row[2] for row in group] for version, group in groups.items()},
            {version: [row[3] for row in group] for version, group in groups.items()},
        )

    def look_up(self, addresses: list[Address | None]) -> list[Place]:
        """Return what is known of each address; of nested networks the one that begins last."""
        return [self._place(address) for address in addresses]

    def _place(self, address: Address | None) -> Place:
        if address is None:
            return None, None
        number, version = int(address), address.version
        place = bisect.bisect_right(self.starts[version], number) - 1
        for row in range(place, max(place - 32, -1), -1):
            if number <= self.ends[version][row]:
                return self.places[version][row]
        return None, None


def _is_header(cells: list[str]) -> bool:
    return not cells or _address(cells[0]) is None


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _reader_of(header: list[str], where: str) -> Any:
    start, end, network = (_column(header, names) for names in (_START_NAMES, _END_NAMES, _NETWORK_NAMES))
    country, carrier = _column(header, _COUNTRY_NAMES), _column(header, _CARRIER_NAMES)
    if network is None and (start is None or end is None):
        if len(header) < 4 or _is_header(header):
            raise RequestError(
                f"no column of networks was recognised ({', '.join(header[:8])})",
                where,
                "Name them: network (CIDR), or start and end; then country, carrier",
            )
        start, end, country, carrier = 0, 1, 3, 4

    def cell(row: list[str], place: int | None) -> str:
        return row[place].strip() if place is not None and place < len(row) else ""

    def read(row: list[str]) -> tuple[int, int, int, Place] | None:
        name = cell(row, country).upper()
        code = name if len(name) == 2 and name.isalpha() else None
        owner = cell(row, carrier)
        place: Place = (code, owner if owner and owner.lower() not in ("not routed", "-") else None)
        if network is not None:
            try:
                block = ipaddress.ip_network(cell(row, network), strict=False)
            except ValueError:
                return None
            return block.version, int(block.network_address), int(block.broadcast_address), place
        first, last = _address(cell(row, start)), _address(cell(row, end))
        if first is None or last is None or first.version != last.version:
            return None
        return first.version, int(first), int(last), place

    return read


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def read_shipped(path: Path) -> NetworkTable:
    """Read the table that ships with the program."""
    return ShippedTable(path)


class ShippedTable:
    """Who announces which network; opened at the first question."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self._path = path
        about = pq.read_schema(path).metadata
        self.label = f"carriers: {about[b'source'].decode()}, {about[b'date'].decode()}"
        self._families: dict[int, tuple[Any, Any]] | None = None
        self._names: list[str | None] = []

    def look_up(self, addresses: list[Address | None]) -> list[Place]:
        """Return what is known of each address."""
        import numpy as np

        if self._families is None:
            self._open()
        assert self._families is not None
        found: list[Place] = [(None, None)] * len(addresses)
        for version, (starts, codes) in self._families.items():
            rows = [row for row, address in enumerate(addresses) if address is not None and address.version == version]
            shift = 64 if version == 6 else 0
            numbers = np.array([int(addresses[row]) >> shift for row in rows], dtype=np.uint64)  # type: ignore[arg-type]
            for row, place in zip(rows, np.searchsorted(starts, numbers, side="right") - 1, strict=True):
                found[row] = (None, self._names[codes[place]] if place >= 0 else None)
        return found

    def _open(self) -> None:
        import numpy as np
        import pyarrow.parquet as pq

        table = pq.read_table(self._path, read_dictionary=[CARRIER])
        family = table.column(FAMILY).to_numpy()
        starts = table.column(START).to_numpy()
        carriers = table.column(CARRIER).combine_chunks()
        self._names = [*carriers.dictionary.to_pylist(), None]
        codes = np.nan_to_num(carriers.indices.to_numpy(zero_copy_only=False), nan=len(self._names) - 1).astype(
            np.int32
        )
        self._families = {version: (starts[family == version], codes[family == version]) for version in (4, 6)}
