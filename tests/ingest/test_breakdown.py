"""By what a report breaks figures down is known by its columns; how something is set, and figures, are no dimension."""

from __future__ import annotations

import pyarrow as pa
import pytest

from docops_desktop.ingest.mapping.breakdown import report_of
from docops_desktop.ingest.mapping.mapping import Mapping, Source
from docops_desktop.ingest.values.values import Cells


def cells(columns: list[str], mapped: dict[str, str]) -> Cells:
    table = pa.table({name: pa.array(["x"]) for name in columns})
    return Cells(table, Mapping({target: (Source(column, target),) for column, target in mapped.items()}))


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ([], "campaign"),
        (["DeviceType"], "campaign, devicetype"),
        (["Search keyword match type"], "campaign, search keyword match type"),
        (["Ad ID", "Hour of day"], "ad id, campaign, hour of day"),
        (["Campaign status", "Ad set budget", "Ad delivery", "Ad headline", "Impr. (Abs. Top) %", "Conv. (Platform Comparable)"], "campaign"),
        (["Stage", "Manager", "Unterm"], "campaign"),
    ],
)  # fmt: skip
def test_dimensions_are_what_rows_are_split_by(extra: list[str], expected: str) -> None:
    found = report_of("google_ads", cells(["Day", "Name", "Cost", *extra], {"Name": "campaign", "Cost": "cost"}))
    assert found == expected


def test_a_mapped_column_counts_by_its_target() -> None:
    assert report_of("x", cells(["Ad group", "Gerät"], {"Ad group": "ad_group", "Gerät": "device_type"})) == (
        "ad_group, device_type"
    )


def test_a_table_of_nobody_is_known_by_all_its_columns_and_tells_none() -> None:
    first, turned, other = (
        report_of("generic", cells(names, {"b": "campaign"})) for names in (["b", "A"], ["A", "b"], ["b"])
    )
    assert first == turned != other
    assert "A" not in first
