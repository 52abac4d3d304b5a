"""The ``explain`` command: the promised keys, the planted incident, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

KEYS = [
    "where", "sessions", "expected", "observed", "effect", "effect_lo", "effect_hi", "lost_conversions", "lost_revenue",
    "share_of_change", "p_value", "q_value", "load_p75", "load_p75_baseline", "why",
]  # fmt: skip


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from docops_desktop.ingest.demo import make_demo
    from docops_desktop.store.workspace import Workspace

    path = tmp_path_factory.mktemp("explain") / "incident.docops"
    with Workspace.create(path) as ws:
        make_demo(ws, 120_000, seed=1, days=7)
    return path


@pytest.mark.parametrize("options", [("--window", "2026-08-03T14:00/2026-08-05"), ()], ids=["changed", "stands out"])
def test_the_planted_incident_comes_first(run: Run, incident: Path, options: tuple[str, ...]) -> None:
    ran = run("explain", incident, "--json", "--quiet", *options)
    assert ran.status == 0, ran.err
    document = ran.document
    assert set(document) >= {"measure", "window", "baseline", "change", "findings"}
    finding = document["findings"][0]
    assert set(finding) >= set(KEYS)
    assert finding["where"] == {"device_model": "Halden H7 Lite", "carrier": "Rheinfunk DE"}
    assert finding["effect_hi"] < 0
    assert finding["load_p75"] > finding["load_p75_baseline"]
    assert finding["evidence"]["since"].startswith("2026-08-03T1")
    assert finding["evidence"]["pages"][0]["page_group"] == "Product"
    if options:
        change = document["change"]
        parts = sum(change[name] for name in ("volume", "mix", "rate", "value"))
        assert parts == pytest.approx(change["difference"])
        assert document["baseline"]
    else:
        assert document["change"]["reason"]
        assert document["window"] is None


def test_nothing_stands_out_before_the_incident(run: Run, incident: Path) -> None:
    ran = run("explain", incident, "--to", "2026-08-03T12:00", "--json", "--quiet")
    assert ran.status == 0, ran.err
    assert ran.document["findings"] == []
    assert "nothing stands out" in ran.document["answer"]


def test_readable_answer(run: Run, incident: Path) -> None:
    ran = run("explain", incident, "--window", "2026-08-03T14:00/2026-08-05", "--quiet")
    assert ran.status == 0
    assert "Halden H7 Lite" in ran.out
    assert "not affected" in ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--window", "2020-01-01/2020-01-02"), "no sessions in the window"),
        (("--window", "2026-07-29T00:00/2026-07-29T06:00"), "baseline is empty"),
        (("--by", "carrier", "--where", "carrier=Rheinfunk DE"), "nothing to compare"),
        (("--where", "country=Nowhere"), "country"),
    ],
    ids=["empty window", "no baseline data", "one cell", "unknown value"],
)
def test_odd_questions_get_a_clear_answer(run: Run, incident: Path, options: tuple[str, ...], words: str) -> None:
    ran = run("explain", incident, "--quiet", *options)
    if ran.status:
        assert words in ran.err
        return
    assert words in ran.out
    document = run("explain", incident, "--json", "--quiet", *options).document
    assert document["findings"] == []
    assert words in document["answer"]
    assert document["change"]["reason"]
    assert document["could_have_missed"]["reason"]


def test_one_dimension_is_searched_alone(run: Run, incident: Path) -> None:
    ran = run("explain", incident, "--by", "country", "--json", "--quiet")
    assert ran.status == 0, ran.err
    assert ran.document["searched"]["dimensions"] == ["country"]
    assert ran.document["answer"]


def test_refusals(run: Run, incident: Path) -> None:
    run("explain", incident, "--measure", "weather").failed_with(2, "weather", "conversions")
    run("explain", incident, "--measure", "sessions").failed_with(2, "baseline")
    run("explain", incident, "--window", "yesterday").failed_with(2, "yesterday")
    run("explain", incident, "--by", "page_group").failed_with(2, "page_group")
    run("explain", incident, "--window", "2026-08-01/2026-08-02", "--from", "2026-08-01").failed_with(2, "--window")
    run("explain", incident.with_name("none.docops")).failed_with(2, "none.docops")


def test_a_cube_needs_no_workspace(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    cells = [(b, c, p) for b in "uvwxyz" for c in ("DE", "FR", "IT", "ES") for p in ("Home", "Product", "Cart")]
    lines = [
        f"{b},{c},{p},{60 if (b, c) == ('v', 'FR') else 100 + number % 3},101" for number, (b, c, p) in enumerate(cells)
    ]
    path.write_text("\n".join(["browser,country,page,real,predict", *lines]))
    ran = run("explain", "--cube", path, "--json", "--quiet")
    assert ran.status == 0, ran.err
    (finding,) = ran.document["findings"]
    assert set(finding) >= set(KEYS)
    assert finding["where"] == {"browser": "v", "country": "FR"}
    assert finding["observed"] == 180
    assert finding["reason"]
    readable = run("explain", "--cube", path)
    assert "browser=v, country=FR" in readable.out
    path.write_text("browser,real,predict\nu,1,1\n")
    assert "Nothing stands out" in run("explain", "--cube", path).out


def test_what_is_no_cube_is_refused(run: Run, incident: Path, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    run("explain").failed_with(2, "--cube")
    run("explain", "--cube", path).failed_with(2, "cells.csv")
    path.write_text("browser,real\nu,1\n")
    run("explain", "--cube", path).failed_with(2, "browser, real", "predict")
    path.write_text("browser,real,predict\nu,1,1\nv,-3,1\n")
    run("explain", "--cube", path).failed_with(2, "line 3")
    path.write_text("browser,real,predict\nu,many,1\n")
    run("explain", "--cube", path).failed_with(2, "real")
    run("explain", incident, "--cube", path).failed_with(2, "no workspace")
    path.write_text("")
    run("explain", "--cube", path).failed_with(2, "cells.csv")
