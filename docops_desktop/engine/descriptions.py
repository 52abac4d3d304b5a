"""The words for undo steps ("Undo filter Carrier = ..."): one place, so that menu, history and tests read the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.measures import MEASURES
from docops_desktop.model.scenario import Scenario
from docops_desktop.model.selection import Clause
from docops_desktop.model.timespan import TimeSpan, iso

LONGEST = 80

_FIELDS = {
    "heatmap_rows": "heatmap rows",
    "heatmap_columns": "heatmap columns",
    "heatmap_measure": "heatmap measure",
    "heatmap_mode": "heatmap shows",
    "heatmap_top_rows": "heatmap number of rows",
    "heatmap_top_columns": "heatmap number of columns",
    "segments_by": "segments by",
    "segments_measures": "segment columns",
    "segments_order": "segments sorted by",
    "segments_limit": "segment limit",
    "timeline_measure": "timeline shows",
    "timeline_bins": "timeline bins",
    "target_ms": "target load time",
    "whatif_by": "what-if by",
    "perspective": "perspective",
}


def shorten(text: str) -> str:
    """Cut a text so that a menu stays readable."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def clause(act: str, what: Clause) -> str:
    """``filter Carrier = A, B``."""
    return shorten(f"{act} {what.text()}")


def window(span: TimeSpan | None, zone: str) -> str:
    """``set window 2026-08-04T14:00:00 to ...``."""
    if span is None:
        return "clear window"
    return f"set window {_time(span.start_ms, zone)} to {_time(span.end_ms, zone)}"


def baseline(spans: Sequence[TimeSpan] | None) -> str:
    """The act of setting the baseline."""
    if spans is None:
        return "reset baseline"
    return "set baseline" if spans else "remove baseline"


def scenario(what: Scenario) -> str:
    """``what if Checkout: -500 ms``."""
    if not what.changes:
        return "clear scenario"
    return shorten(f"what if {'; '.join(change.text() for change in what.changes)}")


def view(changes: Mapping[str, Any]) -> str:
    """``heatmap rows Country, heatmap columns Browser``."""
    return shorten(", ".join(f"{_FIELDS.get(name, name)} {_word(value)}" for name, value in changes.items()))


def _word(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " and ".join(_word(item) for item in value)
    if value is None:
        return "default"
    text = str(value)
    if text in DIMENSIONS:
        return DIMENSIONS[text].label
    return MEASURES[text].label if text in MEASURES else text


def _time(time_ms: int, zone: str) -> str:
    return iso(time_ms, zone)[:16].replace("T", " ")
