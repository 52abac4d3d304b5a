"""Which dimensions a panel offers: those that the open workspace has values of, the calendar, and whatever is chosen now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from docops_desktop.model.dimensions import DIMENSIONS, dimension
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.engine.state import WorkspaceInfo


def dimension_choices(info: WorkspaceInfo | None, chosen: Iterable[str] = ()) -> dict[str, str]:
    """Return names and labels in display order; all built-in dimensions while no workspace is open."""
    filled = {name for name, values in info.dictionaries.items() if values} if info is not None else set(DIMENSIONS)
    calendar = {name for name, found in DIMENSIONS.items() if found.coding == "calendar"}
    wanted = filled | calendar | set(chosen)
    custom = sorted(wanted - set(DIMENSIONS))
    return {name: tr(dimension(name).label) for name in (*DIMENSIONS, *custom) if name in wanted}
