"""The menu names the act: "Undo filter Carrier = ..."."""

from __future__ import annotations

from docops_desktop.engine import descriptions
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import ValueClause
from docops_desktop.model.timespan import TimeSpan, parse_time


def test_texts() -> None:
    assert descriptions.clause("filter", ValueClause("carrier", ("Vela",))) == "filter Carrier = Vela"
    window = TimeSpan(parse_time("2026-08-04T12:00Z"), parse_time("2026-08-04T16:00Z"))
    assert descriptions.window(window, "Europe/Berlin") == "set window 2026-08-04 14:00 to 2026-08-04 18:00"
    assert descriptions.window(None, "UTC") == "clear window"
    assert descriptions.baseline(None) == "reset baseline"
    assert descriptions.baseline(()) == "remove baseline"
    assert descriptions.baseline((window,)) == "set baseline"
    assert descriptions.scenario(Scenario("", (Change(("Cart",), "ms", -500),))) == "what if Cart: -500 ms"
    assert descriptions.scenario(Scenario("", ())) == "clear scenario"
    assert descriptions.view({"heatmap_rows": "country", "segments_by": ("os", "browser")}) == (
        "heatmap rows Country, segments by Operating system and Browser"
    )
    assert descriptions.view({"target_ms": None}) == "target load time default"


def test_long_texts_are_cut() -> None:
    text = descriptions.clause("filter", ValueClause("country", tuple(f"value {n}" for n in range(100))))
    assert len(text) == descriptions.LONGEST
    assert text.endswith("…")
