"""Whose export it is, what one row is, and in which time zone its times are: recognised, and open to correction."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFormLayout, QWidget

from docops_desktop.engine.mapping_draft import Choices, MappingDraft
from docops_desktop.ui.dialogs.mapping.choice_box import ChoiceBox
from docops_desktop.ui.dialogs.mapping.words import Choice, grain_word, system_choices
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import label, row


class SourceForm(QWidget):
    """System, grain and time zone; each says when the user changes it."""

    system_chosen = Signal(str)
    grain_chosen = Signal(str)
    zone_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.system, self.grain = ChoiceBox(tr("Read as an export of")), ChoiceBox(tr("One row is a"))
        self.system.setMinimumWidth(current_theme().px(560))
        self.grain.setMinimumWidth(current_theme().px(240))
        self.zone = _ZoneBox()
        self.reading = label("", "small", wrap=True)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.addRow(tr("Read as an export of"), row(self.system, None))
        form.addRow(tr("One row is a"), row(self.grain, 12, label(tr("Times are in"), "muted"), self.zone, None))
        form.addRow(tr("File"), self.reading)
        self.system.activated.connect(lambda _: self.system_chosen.emit(self.system.value))
        self.grain.activated.connect(lambda _: self.grain_chosen.emit(self.grain.value))
        self.zone.chosen.connect(self.zone_chosen)

    def say(self, text: str) -> None:
        """Show a text in place of the system: reading, can't be read."""
        self.system.fill([(text, "")], "")
        self.grain.fill([("", "")], "")
        self.reading.clear()

    def show_source(self, recognised: str, grain: str, reading: str, choices: Choices, draft: MappingDraft) -> None:
        """Show what the file is read as.

        Args:
            recognised: the recognised system and how sure that is; grain: what one row is by that.
        """
        self.system.fill(system_choices(choices.adapters, recognised), draft.adapter)
        grains: list[Choice] = [(grain_word(grain), "")]
        grains += [(grain_word(name), name) for name in choices.grains if name != grain]
        self.grain.fill(grains, draft.grain)
        self.zone.show_zone(draft.time_zone)
        self.reading.setText(reading)


class _ZoneBox(QComboBox):
    """Every IANA time zone, found by typing a part of its name."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Times are in"))
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumWidth(current_theme().px(250))
        self.setMaxVisibleItems(18)
        self.addItem(tr("as the file says, else the workspace's"), "")
        for name in _zones():
            self.addItem(name, name)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self._last = ""
        self.activated.connect(lambda _: self._take())
        field = self.lineEdit()
        assert field is not None
        field.editingFinished.connect(self._take)

    def show_zone(self, zone: str) -> None:
        """Show a zone; "" = none was stated."""
        self._last = zone
        self.setCurrentIndex(max(self.findData(zone), 0))

    def _take(self) -> None:
        position = self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)
        if position < 0:
            self.show_zone(self._last)
            return
        zone = str(self.itemData(position) or "")
        if zone != self._last:
            self.show_zone(zone)
            self.chosen.emit(zone)


def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return [*sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")), "UTC"]
