"""One progress line over several files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docops_desktop.engine.progress import ImportMeter, seconds_text


@dataclass
class Told:
    fraction: float
    rows: int
    rows_per_second: float
    seconds_left: float | None


def test_the_share_counts_all_files_by_bytes(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    files[0].write_bytes(b"x" * 100)
    files[1].write_bytes(b"x" * 300)
    told: list[tuple[float | None, str]] = []
    meter = ImportMeter(files, lambda share, text: told.append((share, text)))
    meter.tell(Told(0.5, 1_200, 600.0, 8.2))
    meter.next_file()
    meter.tell(Told(0.5, 5, 0.0, None))
    meter.next_file()
    assert told == [
        (0.125, "a.csv (1 of 2), 1,200 rows, 600 rows/s, 8 s left"),
        (0.25, ""),
        (0.625, "b.csv (2 of 2), 5 rows"),
        (1.0, ""),
    ]


def test_times() -> None:
    assert [seconds_text(s) for s in (0.2, 59.4, 60, 3_599, 3_900)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 5 min",
    ]
