"""Classes of traffic: what a beacon row is, besides a human page view.

Rows of every class are loaded and counted; only the counted classes enter the panels.
"""

from __future__ import annotations

from enum import IntEnum


class ViewClass(IntEnum):
    """Class of one page-view row; the number is what the workspace stores."""

    PAGE_VIEW = 0
    """A full page load by a person."""
    SPA = 1
    """A single-page-application navigation by a person."""
    BFCACHE = 2
    """A restore from the back/forward cache: nearly instant, bends the fast end."""
    HIDDEN = 3
    """Loaded in a hidden tab, or prerendered: bends the slow end."""
    XHR = 4
    """A background request, interaction, custom timer or error beacon."""
    BOT = 5
    """A crawler or other robot, by its user agent or the export's own flag."""
    SYNTHETIC = 6
    """A synthetic monitoring test."""
    ERROR_PAGE = 7
    """An error page (HTTP status 400 or above)."""


COUNTED: tuple[ViewClass, ...] = (ViewClass.PAGE_VIEW, ViewClass.SPA)
"""Classes that the panels count by default."""

LABELS: dict[ViewClass, str] = {
    ViewClass.PAGE_VIEW: "page view",
    ViewClass.SPA: "single-page navigation",
    ViewClass.BFCACHE: "back/forward cache",
    ViewClass.HIDDEN: "hidden tab",
    ViewClass.XHR: "background request",
    ViewClass.BOT: "bot",
    ViewClass.SYNTHETIC: "synthetic test",
    ViewClass.ERROR_PAGE: "error page",
}
