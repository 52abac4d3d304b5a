"""What a window is compared with, in the same words wherever it is said."""

from __future__ import annotations

from collections.abc import Sequence

from docops_desktop.model.baseline import days_kind, default_baseline
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui.i18n import tr, tr_n


def baseline_text(window: TimeSpan, baseline: Sequence[TimeSpan], zone: str) -> str:
    """Return ``same hours, 3 work days before``, ``2 earlier spans`` or ``none``."""
    n = len(baseline)
    if not n:
        return tr("none")
    if tuple(baseline) != default_baseline(window, min(span.start_ms for span in baseline), zone):
        return tr_n(n, "%n earlier span", "%n earlier spans")
    kind = days_kind(window, baseline, zone)
    if kind == "workdays":
        return tr_n(n, "same hours, %n work day before", "same hours, %n work days before")
    if kind == "weekend":
        return tr_n(n, "same hours, %n weekend day before", "same hours, %n weekend days before")
    return tr_n(n, "same hours, %n day before", "same hours, %n days before")
