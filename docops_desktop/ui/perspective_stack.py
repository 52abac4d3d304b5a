"""The perspectives one behind the other: each made when it is first shown, only one on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from docops_desktop.engine.state import PERSPECTIVES
from docops_desktop.ui.panels.visibility import VisiblePanels
from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class PerspectiveStack(QStackedWidget):
    """Shows one perspective; while it is on screen the totals are computed, which filter bar and tiles show.

    Args:
        run: runs a command by id.
        panels: makers of the panels by id; None = the real ones.
    """

    def __init__(
        self, desk: Desk, run: Callable[[str], object], panels: dict | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._run = desk, run
        self._shelf = PanelShelf(desk, self, panels)
        self._made: dict[str, Perspective] = {}
        self._layout: dict[str, Any] = {}
        self._shown: Perspective | None = None
        self._wanted = ""
        self._makes_one_by_one = self._prepares = False
        VisiblePanels.of(desk).show("totals")

    def show_perspective(self, ident: str) -> None:
        """Bring a perspective to the front, as soon as it is made."""
        self._wanted = ident
        if ident not in self._made and self._makes_one_by_one:
            return
        wanted = self.perspective(ident)
        if wanted is self._shown:
            return
        before, self._shown = self._shown, wanted
        self.setCurrentWidget(wanted)
        if before is not None:
            before.leave()
        wanted.enter()

    def perspective(self, ident: str) -> Perspective:
        """Return a perspective, made now if need be."""
        if ident not in self._made:
            made = self._make(ident)
            made.restore_layout(self._layout.get(ident, {}))
            self.addWidget(made)
            self._made[ident] = made
        return self._made[ident]

    def wait_for_prepare(self) -> None:
        """From now on make nothing but in ``prepare()``, until that is done: chart code is being imported, to wait for it would hold up the window."""
        self._makes_one_by_one = True

    def prepare(self) -> None:
        """Make panels and perspectives ahead of need, one per turn of the event loop, so that none of them costs a stall when it is wanted."""
        if not self._prepares:
            self._prepares = True
            self._prepare_next()

    def _prepare_next(self) -> None:
        missing = [name for name in (self._wanted, *PERSPECTIVES) if name and name not in self._made]
        if self._shelf.make_next():
            pass
        elif missing:
            self.perspective(missing[0])
            if missing[0] == self._wanted:
                self.show_perspective(self._wanted)
        else:
            self._makes_one_by_one = self._prepares = False
            return
        QTimer.singleShot(0, self, self._prepare_next)

    @property
    def shown(self) -> Perspective | None:
        """The perspective on screen."""
        return self._shown

    def _make(self, ident: str) -> Perspective:
        # Imported here, one at a time: the first window shall not wait for chart code.
        if ident == "bridge":
            from docops_desktop.ui.perspectives.bridge import BridgePerspective

            return BridgePerspective(self._desk, self._shelf)
        if ident == "whatif":
            from docops_desktop.ui.perspectives.whatif import WhatIfPerspective

            return WhatIfPerspective(self._desk, self._shelf)
        if ident == "data":
            from docops_desktop.ui.perspectives.data import DataPerspective

            return DataPerspective(self._desk, self._shelf, self._run)
        from docops_desktop.ui.perspectives.investigate import InvestigatePerspective

        return InvestigatePerspective(self._desk, self._shelf)

    def panel(self, panel_id: str) -> QWidget:
        """Return a panel, made now if need be."""
        return self._shelf.panel(panel_id)

    def save_layout(self) -> dict[str, Any]:
        """Return where the splitters stand, by perspective."""
        return {**self._layout, **{ident: part.save_layout() for ident, part in self._made.items()}}

    def restore_layout(self, saved: Any) -> None:
        """Take over where the splitters stood."""
        self._layout = dict(saved) if isinstance(saved, dict) else {}
