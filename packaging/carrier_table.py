"""Write ``resources/networks/carriers.parquet`` again: who announces which network, for carriers from addresses.

    .venv/bin/python packaging/carrier_table.py iptoasn-asn.mmdb "iptoasn.com by ip-location-db, public domain (PDDL 1.0)"

The input is a MaxMind DB file with ``autonomous_system_organization``. Take only data that may be passed on; say in the second argument where they are
from and under which licence. Neighbouring networks of one carrier become one row; of IPv6 the upper 64 bits are kept.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "networks" / "carriers.parquet"


def main(source: str, said_of_it: str) -> int:
    """Convert, and say how large the result is."""
    import maxminddb
    import pyarrow as pa
    import pyarrow.parquet as pq

    reader = maxminddb.open_database(source)
    ranges: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
    for network, record in reader:
        name = record.get("autonomous_system_organization") if isinstance(record, dict) else None
        if not isinstance(name, str) or not name:
            continue
        first, end = int(network.network_address), int(network.broadcast_address) + 1
        if network.version == 6 and end > 1 << 64:
            ranges[6].append((first >> 64, max(end >> 64, (first >> 64) + 1), name))
        else:
            ranges[4].append((first, end, name))
    rows: list[tuple[int, int, str | None]] = []
    for family, found in ranges.items():
        rows += [(family, start, name) for start, name in joined(sorted(found))]
    built = datetime.fromtimestamp(reader.metadata().build_epoch, UTC)
    families, starts, names = zip(*rows, strict=True)
    table = pa.table({
        "family": pa.array(families, pa.int8()),
        "start": pa.array(starts, pa.uint64()),
        "carrier": pa.array(names, pa.string()),
    }).replace_schema_metadata({"source": said_of_it, "date": f"{built:%Y-%m-%d}"})  # fmt: skip
    TARGET.parent.mkdir(exist_ok=True)
    pq.write_table(
        table,
        TARGET,
        compression="zstd",
        compression_level=22,
        row_group_size=len(rows),
        use_dictionary=["carrier"],
        dictionary_pagesize_limit=16 << 20,
        column_encoding={"start": "DELTA_BINARY_PACKED", "family": "PLAIN"},
        write_statistics=False,
    )
    print(f"{TARGET.name}: {len(rows):,} networks, {TARGET.stat().st_size / 1e6:.1f} MB, of {built:%Y-%m-%d}")
    return 0


def joined(found: list[tuple[int, int, str]]) -> list[tuple[int, str | None]]:
    """Return where another carrier begins; gaps are nobody's."""
    rows: list[tuple[int, str | None]] = []
    end = 0
    for start, after, name in found:
        if start > end or not rows:
            rows.append((end, None))
        if rows[-1][1] != name:
            rows.append((start, name))
        end = max(end, after)
    return [*rows, (end, None)]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
