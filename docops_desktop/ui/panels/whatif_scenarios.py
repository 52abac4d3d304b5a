"""The what-if's scenario menu: save what is set, take up what was saved, compare side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton

from docops_desktop.model.errors import KnownError
from docops_desktop.ui.dialogs.scenarios import ScenarioDialog
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.ui.panels.whatif import WhatIfPanel

_LONGEST = 18


class ScenarioMenu(QToolButton):
    """A button with the present scenario's name; its menu is made when it opens."""

    def __init__(self, desk: Desk, panel: WhatIfPanel) -> None:
        super().__init__()
        self._desk, self._panel = desk, panel
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(tr("Scenarios"))
        self.setToolTip(tr("Save, take up and compare scenarios"))
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self.fill(menu))
        self.setMenu(menu)
        ends = [desk.subscribe(topic, self._word) for topic in ("scenario", "scenarios")]
        self.destroyed.connect(lambda: [end() for end in ends] and None)
        self._word()

    def _word(self, _payload: object = None) -> None:
        name = self._desk.scenario.name
        if not name:
            self.setText(tr("Scenarios ▾"))
            return
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        saved = self._desk.scenarios.present_is_saved
        self.setText(f"{short if saved else tr('{name} (changed)').format(name=short)} ▾")

    def fill(self, menu: QMenu) -> None:
        """Offer what is possible now."""
        menu.clear()
        present, saved = self._desk.scenario, self._desk.scenarios.saved
        _add(menu, tr("Save as…"), self.ask_name, enabled=bool(present.changes))
        if present.name:
            text = tr("Save “{name}”").format(name=present.name)
            can = bool(present.changes) and not self._desk.scenarios.present_is_saved
            _add(menu, text, lambda: self.save(present.name), enabled=can)
        _add(menu, tr("Compare side by side…"), self.compare, enabled=bool(saved or present.changes))
        if saved:
            menu.addSeparator()
        for scenario in saved:
            action = _add(menu, scenario.name, partial(self._desk.scenarios.use, scenario.name))
            action.setCheckable(True)
            action.setChecked(scenario == present)
            action.setToolTip("; ".join(change.text() for change in scenario.changes))

    def ask_name(self) -> None:
        """Ask for a name and save."""
        proposed = self._desk.scenario.name or "; ".join(c.text() for c in self._desk.scenario.changes)[:60]
        name, given = QInputDialog.getText(self._panel, tr("Save scenario"), tr("Name"), text=proposed)
        if given:
            self.save(name)

    def save(self, name: str) -> None:
        """Save what is set under a name; a fault is told."""
        try:
            self._desk.scenarios.save(name)
        except KnownError as error:
            self._panel.tell(error)

    def compare(self) -> ScenarioDialog:
        """Open the comparison."""
        dialog = ScenarioDialog(self._desk, self._panel)
        dialog.show()
        return dialog


def _add(menu: QMenu, text: str, run: Callable[[], object], *, enabled: bool = True) -> QAction:
    action = menu.addAction(text.replace("&", "&&"))
    action.setEnabled(enabled)
    action.triggered.connect(lambda _checked=False: run())
    return action
