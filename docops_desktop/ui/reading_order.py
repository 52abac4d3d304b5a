"""The order in which Tab goes through a window: as one reads it, whatever was made first. Computed when Tab is pressed, so that nothing can be stale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QWidget

SAME_LINE = 12
"""Widgets whose middles are no further apart than this, in pixels, stand in one line."""


def reading_order(boxes: Sequence[QRect]) -> list[int]:
    """Return the places of the boxes in reading order: line by line, in a line from left to right."""
    by_height = sorted(range(len(boxes)), key=lambda i: (boxes[i].center().y(), boxes[i].left()))
    lines: list[list[int]] = []
    for i in by_height:
        if lines and boxes[i].center().y() - boxes[lines[-1][0]].center().y() <= SAME_LINE:
            lines[-1].append(i)
        else:
            lines.append([i])
    return [i for line in lines for i in sorted(line, key=lambda i: boxes[i].left())]


def by_corner(widgets: Sequence[QWidget], window: QWidget) -> list[QWidget]:
    """Return areas of a window in the order of their upper left corners: a tall one comes before those that begin beneath its top."""
    corners = [QRect(widget.mapTo(window, QPoint()), widget.size()) for widget in widgets]
    order = reading_order([QRect(box.topLeft(), box.topLeft()) for box in corners])
    return [widgets[i] for i in order]


def tab_stops(window: QWidget, regions: Sequence[QWidget]) -> list[QWidget]:
    """Return what Tab stops at: region after region, what is in none of them last.

    Args:
        regions: areas of the window, in order; one inside another stands before it.
    """
    found: dict[int, list[QWidget]] = {}
    for widget in window.findChildren(QWidget):
        if widget.window() is window and _takes_tab(widget):
            place = next((i for i, part in enumerate(regions) if part is widget or part.isAncestorOf(widget)), -1)
            found.setdefault(place if place >= 0 else len(regions), []).append(widget)
    stops: list[QWidget] = []
    for place in sorted(found):
        widgets = found[place]
        boxes = [QRect(widget.mapTo(window, QPoint()), widget.size()) for widget in widgets]
        stops += [widgets[i] for i in reading_order(boxes)]
    return stops


def next_stop(stops: Sequence[QWidget], current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Return where Tab (or Shift+Tab) leads from ``current``; round the end to the beginning."""
    if not stops:
        return None
    if current not in stops:
        inside = next((stop for stop in stops if current is not None and stop.isAncestorOf(current)), None)
        if inside is None:
            return stops[0 if forward else -1]
        current = inside
    return stops[(stops.index(current) + (1 if forward else -1)) % len(stops)]


def _takes_tab(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.isEnabled()
        and widget.isVisible()
        and widget.focusProxy() is None
    )
