"""The commands that read: the promised JSON keys, numbers that agree with each other, null with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.measures import MEASURES
from tests.cli.conftest import Run

PAGE_KEYS = [
    "page_group",
    "page_views",
    "share",
    "sessions",
    "conversions",
    "conversion_rate",
    "revenue",
    "load_p50",
    "load_p75",
    "load_p95",
    "impact_score",
    "impact_score_p",
    "conversions_at_stake",
    "conversions_at_stake_lo",
    "conversions_at_stake_hi",
    "revenue_at_stake",
    "revenue_at_stake_lo",
    "revenue_at_stake_hi",
    "status",
]


def nulls_without_reason(value: Any, where: str = "") -> Iterator[str]:
    """Places of null measures whose object has no reason."""
    if isinstance(value, dict):
        numbers = {*MEASURES, *PAGE_KEYS, "delta_conversions", "delta_revenue", "lo", "hi", "rev_lo", "rev_hi"}
        if any(value[key] is None for key in numbers & value.keys()) and not value.get("reason"):
            yield where
        for key, item in value.items():
            yield from nulls_without_reason(item, f"{where}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from nulls_without_reason(item, f"{where}[{number}]")


def total(run: Run, path: Path, *filters: str) -> dict[str, Any]:
    ran = run("segments", path, "--by", "device_type", "--json", "--quiet", *filters)
    assert ran.status == 0, ran.err
    return dict(ran.document["total"])


def test_pages(run: Run, demo_path: Path) -> None:
    ran = run("pages", demo_path, "--json")
    document = ran.document
    assert ran.status == 0
    assert set(document) >= {"pages", "method"}
    for page in document["pages"]:
        assert set(page) >= set(PAGE_KEYS)
        assert page["status"] in ("red", "amber", "green", "n/a")
    assert list(nulls_without_reason(document)) == []
    assert sum(page["share"] for page in document["pages"]) == pytest.approx(1)
    stakes = [page[document["ranked_by"]] for page in document["pages"]]
    known = [stake for stake in stakes if stake is not None]
    assert known == sorted(known, reverse=True)
    assert stakes[: len(known)] == known


def test_pages_takes_a_target(run: Run, demo_path: Path) -> None:
    pages = run("pages", demo_path, "--target-ms", "900", "--json").document["pages"]
    assert {page["target_ms"] for page in pages if page["target_ms"] is not None} == {900.0}


def test_segments(run: Run, demo_path: Path) -> None:
    document = run("segments", demo_path, "--by", "device_type,country", "--limit", "0", "--json").document
    assert document["by"] == ["device_type", "country"]
    for row in document["rows"]:
        assert set(row) >= {"device_type", "country", *MEASURES}
    assert list(nulls_without_reason(document)) == []
    for additive in ("sessions", "page_views", "conversions"):
        assert sum(row[additive] for row in document["rows"]) == document["total"][additive]
    assert [row["sessions"] for row in document["rows"]] == sorted(
        (r["sessions"] for r in document["rows"]), reverse=True
    )
    assert len(document["rows"]) == document["groups"]


def test_segments_measures_order_and_limit(run: Run, demo_path: Path) -> None:
    arguments = ("segments", demo_path, "--by", "browser", "--measures", "load_p75,sessions", "--order", "load_p75")
    document = run(*arguments, "--limit", "3", "--json").document
    assert [list(row)[:3] for row in document["rows"]] == [["browser", "load_p75", "sessions"]] * 3
    assert document["groups"] > 3
    slowest = [row["load_p75"] for row in document["rows"]]
    assert slowest == sorted(slowest, reverse=True)


def test_filters_split_the_whole(run: Run, demo_path: Path) -> None:
    everything = total(run, demo_path)["sessions"]
    parts = [
        total(run, demo_path, "--where", text)["sessions"] for text in ("device_type=Mobile", "device_type!=Mobile")
    ]
    assert sum(parts) == everything
    assert all(0 < part < everything for part in parts)
    both = ("--where", "device_type=Mobile,Desktop", "--where", "device_type=Mobile,Tablet")
    assert total(run, demo_path, *both)["sessions"] == parts[0]
    middle = "2026-07-29T00:00"
    times = [total(run, demo_path, *span)["sessions"] for span in (("--to", middle), ("--from", middle))]
    assert sum(times) == everything
    for span in (("--from", "2030-01-01"), ("--to", "2001-01-01")):
        assert total(run, demo_path, *span)["sessions"] == 0
    slow, fast = (total(run, demo_path, "--where", text)["page_views"] for text in ("load_ms>=2000", "load_ms<2000"))
    assert 0 < slow + fast <= total(run, demo_path)["page_views"]


def test_times_without_an_offset_are_the_workspaces_own(run: Run, demo_path: Path) -> None:
    local, utc = (
        total(run, demo_path, "--from", time)["sessions"] for time in ("2026-07-29T02:00", "2026-07-29T00:00:00Z")
    )
    assert local == utc


def test_an_unknown_value_is_refused_with_advice(run: Run, demo_path: Path) -> None:
    run("pages", demo_path, "--where", "device_type=Mobil").failed_with(2, "Mobil", "Did you mean Mobile")
    some = run("segments", demo_path, "--by", "country", "--where", "device_type=Mobile,Moon", "--json")
    assert some.status == 0
    assert "'Moon'" in some.err
    none = run("segments", demo_path, "--by", "country", "--where", "device_type!=Moon", "--json")
    assert none.status == 0
    assert "'Moon'" in none.err


def test_a_dimension_that_these_data_do_not_have(run: Run, demo_path: Path) -> None:
    run("segments", demo_path, "--by", "custom.nothing").failed_with(2, "custom.nothing")


def test_a_selection_without_sessions_is_an_answer(run: Run, demo_path: Path) -> None:
    nothing = ("--from", "2001-01-01", "--to", "2001-01-02", "--json")
    for arguments in (["pages"], ["segments", "--by", "country"], ["whatif", "--all-pages", "--ms", "-100"]):
        ran = run(arguments[0], demo_path, *arguments[1:], *nothing)
        assert ran.status == 0, ran.err
        assert list(nulls_without_reason(ran.document)) == []
    assert run("segments", demo_path, "--by", "country", *nothing).document["total"]["sessions"] == 0


def test_pages_explain_a_page_group(run: Run, demo_path: Path) -> None:
    document = run("pages", demo_path, "--explain", "Product", "--json").document
    row = next(row for row in document["pages"] if row["page_group"] == "Product")
    story = document["explain"]
    assert (story["page_group"], story["status"]) == ("Product", row["status"])
    assert story["sections"][0] == {"title": "Verdict", "lines": [row["why"]]}
    assert sum(point["sessions"] for point in story["curve"]) == row["exposed_sessions"]
    assert "explain" not in run("pages", demo_path, "--json").document
    shown = run("pages", demo_path, "--explain", "Product").out
    assert "What it rests on:" in shown
    assert "Conversion by load time" in shown
    run("pages", demo_path, "--explain", "Produkt").failed_with(2, "--explain", "Did you mean Product")


def test_whatif(run: Run, demo_path: Path) -> None:
    ran = run("whatif", demo_path, "--all-pages", "--percent", "-20", "--json")
    document = ran.document
    assert ran.status == 0
    keys = {"change", "observed", "raw", "adjusted", "by", "supported", "warnings", "adjusted_for"}
    assert set(document) >= keys
    assert document["change"] == {"page_groups": ["*"], "kind": "percent", "value": -20.0}
    assert set(document["observed"]) == {"sessions", "conversions", "revenue"}
    assert set(document["raw"]) >= {"delta_conversions", "delta_revenue"}
    assert set(document["adjusted"]) >= {"delta_conversions", "lo", "hi", "delta_revenue", "rev_lo", "rev_hi"}
    assert list(nulls_without_reason(document)) == []
    assert document["observed"]["sessions"] == total(run, demo_path)["sessions"]
    assert set(document["adjusted_for"]) <= set(DIMENSIONS)  # names that --where and --by take
    by_device = run("whatif", demo_path, "--all-pages", "--percent", "-20", "--by", "device_type", "--json").document
    assert {"Mobile", "Desktop"} <= {part["device_type"] for part in by_device["by"]}


def test_whatif_refuses_an_unknown_page_group(run: Run, demo_path: Path) -> None:
    run("whatif", demo_path, "--page", "Produkt", "--ms", "-100").failed_with(2, "Produkt", "Did you mean Product")


def test_whatif_answers_many_scenarios(run: Run, demo_path: Path, tmp_path: Path) -> None:
    scenarios = [
        {"name": f"{ms} ms", "changes": [{"page_groups": ["Product"], "kind": "ms", "value": ms}]}
        for ms in (-100, -300)
    ]
    file = tmp_path / "scenarios.json"
    file.write_text(json.dumps({"scenarios": scenarios}))
    answers = run("whatif", demo_path, "--scenarios", file, "--json").document["scenarios"]
    assert [answer["name"] for answer in answers] == ["-100 ms", "-300 ms"]
    alone = run("whatif", demo_path, "--page", "Product", "--ms", "-300", "--json").document
    assert answers[1]["adjusted"] == alone["adjusted"]
    shown = run("whatif", demo_path, "--scenarios", file).out
    assert shown.index("Side by side") > shown.index("conversions, adjusted")
    assert "Side by side" not in run("whatif", demo_path, "--page", "Product", "--ms", "-300").out
    file.write_text(json.dumps(scenarios))
    assert len(run("whatif", demo_path, "--scenarios", file, "--json").document["scenarios"]) == 2
    run("whatif", demo_path, "--scenarios", file, "--all-pages", "--ms", "-1").failed_with(2, "--scenarios")
    endless = '[{"name": "A", "changes": [{"page_groups": ["*"], "kind": "ms", "value": NaN}]}]'
    unread = "scenario 1: the scenario can't be read"
    for content, word in (("{", "not JSON"), ("[]", "no scenarios"), ('[{"x": 1}]', unread), (endless, "can't be nan")):
        file.write_text(content)
        run("whatif", demo_path, "--scenarios", file).failed_with(2, word)


def test_whatif_of_a_segment(run: Run, demo_path: Path) -> None:
    segment = run("segments", demo_path, "--by", "carrier", "--limit", "1", "--json").document["rows"][0]["carrier"]
    only = run("whatif", demo_path, "--all-pages", "--percent", "-10", "--segment", f"carrier={segment}", "--json")
    document = only.document
    assert document["change"]["segment"] == {"carrier": [segment]}
    parts = run("whatif", demo_path, "--all-pages", "--percent", "-10", "--by", "carrier", "--json").document["by"]
    part = next(p for p in parts if p["carrier"] == segment)
    assert document["raw"]["delta_conversions"] == pytest.approx(part["raw_delta_conversions"])
    to_rest = ("whatif", demo_path, "--all-pages", "--segment", f"carrier={segment}", "--to-rest")
    assert run(*to_rest, "--json").document["change"]["value"] == 100
    assert run(*to_rest, "40", "--json").document["change"]["value"] == 40
    assert "to the median of the others" in run(*to_rest).out
    quartile = run("whatif", demo_path, "--page", "Product", "--to-best-quartile", "--json").document
    assert quartile["change"] == {"page_groups": ["Product"], "kind": "to_percentile", "value": 25.0}
    assert list(nulls_without_reason(document)) == list(nulls_without_reason(quartile)) == []
    for wrong, word in (
        (("--to-rest",), "needs a segment"),
        (("--ms", "-1", "--segment", "carrier=Nofunk"), "no row has carrier 'Nofunk'"),
        (("--ms", "-1", "--segment", "page_group=Home"), "belongs to the page view"),
        (("--ms", "-1", "--segment", "carrier"), "not a condition"),
        (("--ms", "-1", "--segment", "carrier!=A"), "is no segment"),
    ):
        run("whatif", demo_path, "--all-pages", *wrong).failed_with(2, word)


def test_whatif_beside_what_others_measured(run: Run, demo_path: Path) -> None:
    plain = run("whatif", demo_path, "--all-pages", "--ms", "-100", "--json").document
    document = run("whatif", demo_path, "--all-pages", "--ms", "-100", "--preset", "zalando", "--json").document
    reference = document.pop("reference")
    assert document == plain, "a preset changes no estimate"
    (published,) = reference["published"]
    assert (published["evidence"], published["percent_per_100_ms_high"]) == ("randomised", 0.7)
    own = reference["own_per_100_ms"]["conversions_percent"]
    now = plain["observed"]["conversions"]
    assert own == pytest.approx(100 * plain["adjusted"]["delta_conversions"] / now)
    table = run("whatif", demo_path, "--all-pages", "--ms", "-100", "--preset", "all").out
    assert "correlation" in table
    assert "randomised experiment" in table
    run("whatif", demo_path, "--all-pages", "--ms", "-1", "--preset", "amazon").failed_with(2, "Use one of: zalando")


def test_check(run: Run, workspace_path: Path) -> None:
    document = run("check", workspace_path, "--json").document
    assert document["ok"] is True
    assert all(check["ok"] for check in document["checks"])
    import sqlite3

    with sqlite3.connect(workspace_path) as connection:
        connection.execute("DELETE FROM page_views WHERE page_view_id % 10 = 0")
    connection.close()
    ran = run("check", workspace_path, "--json")
    assert ran.status == 1
    assert ran.document["ok"] is False
    assert run("check", workspace_path).status == 1


def test_tables_are_readable(run: Run, demo_path: Path) -> None:
    pages = run("pages", demo_path)
    assert "Product" in pages.out
    assert "at stake" in pages.out
    segments = run("segments", demo_path, "--by", "device_type", "--measures", "sessions,conversion_rate,load_p75")
    assert "Mobile" in segments.out
    assert " s" in segments.out
    assert " %" in segments.out
    assert "conversions, adjusted" in run("whatif", demo_path, "--all-pages", "--ms", "-200").out
    for ran in (pages, segments):
        assert all(line == line.rstrip() for line in ran.out.splitlines())


def test_reading_never_changes_the_workspace(run: Run, workspace_path: Path) -> None:
    before = workspace_path.read_bytes()
    for arguments in (["pages"], ["segments", "--by", "country"], ["check"], ["imports"], ["quarantine"]):
        assert run(arguments[0], workspace_path, *arguments[1:]).status == 0
    assert workspace_path.read_bytes() == before
