"""Writes a CSV of page views as a measuring system would export it: 12 columns, in order of time, the same bytes for the same arguments.

Made block by block, so that its size is bounded by the disk alone. About 125 bytes a row. Sessions overlap in time within a block and end with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

COLUMNS = (
    "timestamp", "session_id", "user_id", "url", "device_type", "browser", "country", "carrier", "load_time_ms", "ttfb_ms",
    "converted", "revenue",
)  # fmt: skip
_FIRST_MS = 1_785_535_200_000
_DAY_MS = 86_400_000
_BLOCK_SESSIONS = 40_000
_VIEWS_PER_SESSION = 3.0
_BROWSERS = ("Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera")
_COUNTRIES = ("DE", "US", "GB", "FR", "NL", "AT", "CH", "PL", "ES", "IT", "SE", "IN", "BR", "JP", "CA", "AU")
_CARRIERS = ("", "Deutsche Telekom", "Vodafone", "O2", "Comcast", "Orange", "KPN", "Swisscom", "Telefonica", "Verizon")


def write_page_views(path: Path, rows: int, *, days: int = 14, seed: int = 1) -> None:
    """Write ``rows`` page views of about a third as many sessions.

    Args:
        path: the file; it is replaced.
        rows: page views.
        days: over which they spread.
        seed: of the random numbers.
    """
    blocks = max(1, round(rows / (_BLOCK_SESSIONS * _VIEWS_PER_SESSION)))
    span_ms = days * _DAY_MS // blocks
    rng = np.random.default_rng(seed)
    urls = pa.array(_urls())
    options = pacsv.WriteOptions(include_header=True, quoting_style="none")
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with pacsv.CSVWriter(str(path), schema, write_options=options) as writer:
        for block in range(blocks):
            count = rows // blocks + (block < rows % blocks)
            writer.write_table(_block(rng, count, _FIRST_MS + block * span_ms, span_ms, urls))


def _urls() -> list[str]:
    shop = "https://www.shop.example"
    fixed = [f"{shop}{path}" for path in ("/", "/cart", "/checkout/address", "/checkout/payment", "/search?q=shoes")]
    lists = [f"{shop}/c/{name}?page={page}" for name in ("women", "men", "kids", "sale") for page in range(1, 40)]
    return [*fixed, *lists, *(f"{shop}/p/{1000 + item}-article-name" for item in range(4_000))]


def _block(rng: np.random.Generator, count: int, first_ms: int, span_ms: int, urls: Any) -> pa.Table:
    sessions = max(1, round(count / _VIEWS_PER_SESSION))
    of_view = np.concatenate((np.arange(sessions), rng.integers(0, sessions, max(count - sessions, 0))))[:count]
    start = rng.integers(0, max(span_ms - 1_800_000, 1), sessions)
    time_ms = first_ms + start[of_view] + rng.integers(0, 1_800_000, count)
    order = np.argsort(time_ms, kind="stable")
    of_view, time_ms = of_view[order], time_ms[order]
    load = rng.lognormal(7.4, 0.7, count).astype(np.int64)
    sold = rng.random(count) < 0.01
    cents = np.where(sold, rng.integers(990, 25_000, count), 0)
    page = np.minimum(rng.zipf(1.3, count) - 1, len(urls) - 1)
    pick = {name: rng.integers(0, len(texts), sessions) for name, texts in _PER_SESSION.items()}
    user = rng.integers(0, 1 << 40, sessions)
    columns: list[Any] = [
        pc.strftime(pa.array(time_ms, pa.timestamp("ms")), "%Y-%m-%dT%H:%M:%SZ"),
        _hex(rng.integers(0, 1 << 62, sessions))[of_view],
        pc.binary_join_element_wise("u", pa.array(user[of_view]).cast(pa.string()), ""),
        urls.take(pa.array(page)),
        *(pa.array(texts).take(pa.array(pick[name][of_view])) for name, texts in _PER_SESSION.items()),
        pa.array(load).cast(pa.string()),
        pa.array(np.minimum(load // 4, rng.integers(20, 900, count))).cast(pa.string()),
        pa.array(sold.astype(np.int64)).cast(pa.string()),
        pc.if_else(pa.array(sold), pc.cast(pa.array(cents / 100.0), pa.string()), ""),
    ]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(COLUMNS))


_PER_SESSION = {
    "device_type": ("Desktop", "Mobile", "Mobile", "Tablet"),
    "browser": _BROWSERS,
    "country": _COUNTRIES,
    "carrier": _CARRIERS,
}


def _hex(numbers: Any) -> Any:
    """Session ids: 16 hexadecimal digits each."""
    return np.array([f"{number:016x}" for number in numbers.tolist()])


if __name__ == "__main__":
    write_page_views(Path(sys.argv[1]), int(sys.argv[2]))
