"""Whose export it is, what one row is, in which time zone its times are and how its text is encoded: recognised, and open to correction."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFormLayout, QHBoxLayout, QSizePolicy, QWidget

from docops_desktop.engine.mapping_draft import Choices, MappingDraft
from docops_desktop.ui.dialogs.mapping.choice_box import ChoiceBox
from docops_desktop.ui.dialogs.mapping.words import Choice, encoding_choices, grain_word, system_choices
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import label, row


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised, in words with how sure that is: system, what one row is by that, encoding; and whether it is text that has one."""

    system: str
    grain: str
    encoding: str
    is_text: bool = True


class SourceForm(QWidget):
    """System, grain, time zone and encoding; each says when the user changes it."""

    system_chosen = Signal(str)
    grain_chosen = Signal(str)
    zone_chosen = Signal(str)
    encoding_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.system, self.grain = ChoiceBox(tr("Read as an export of")), ChoiceBox(tr("One row is a"))
        self.zone = _ZoneBox()
        self.encoding = ChoiceBox(tr("Encoding of the text"))
        self.reading = label("", "small", wrap=True)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.addRow(tr("Read as an export of"), line_of((self.system, 560)))
        form.addRow(
            tr("One row is a"), line_of((self.grain, 240), label(tr("Times are in"), "muted"), (self.zone, 310))
        )
        form.addRow(tr("Encoding"), line_of((self.encoding, 560)))
        form.addRow(tr("File"), self.reading)
        self.system.activated.connect(lambda _: self.system_chosen.emit(self.system.value))
        self.grain.activated.connect(lambda _: self.grain_chosen.emit(self.grain.value))
        self.encoding.activated.connect(lambda _: self.encoding_chosen.emit(self.encoding.value))
        self.zone.chosen.connect(self.zone_chosen)

    def say(self, text: str) -> None:
        """Show a text in place of the system: reading, can't be read."""
        self.system.fill([(text, "")], "")
        self.grain.fill([("", "")], "")
        self.encoding.fill([("", "")], "")
        self.reading.clear()

    def show_source(self, seen: Recognised, reading: str, choices: Choices, draft: MappingDraft) -> None:
        """Show what the file is read as."""
        grain = seen.grain
        self.system.fill(system_choices(choices.adapters, seen.system), draft.adapter)
        self.encoding.fill(encoding_choices(seen.encoding), draft.encoding)
        self.encoding.setEnabled(seen.is_text)
        grains: list[Choice] = [(grain_word(grain), "")]
        grains += [(grain_word(name), name) for name in choices.grains if name != grain]
        self.grain.fill(grains, draft.grain)
        self.zone.show_zone(draft.time_zone)
        self.reading.setText(reading)


def line_of(*parts: tuple[QComboBox, int] | QWidget) -> QHBoxLayout:
    """Return boxes side by side, up to a width each, given for the usual type size, and less where the dialog is narrow; room is left behind them."""
    line = row()
    boxes = [place for place, part in enumerate(parts) if not isinstance(part, QWidget)]
    for place, part in enumerate(parts):
        if isinstance(part, QWidget):
            line.addWidget(part)
            continue
        box, widest = part
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.ensurePolished()
        box.setMinimumSize(
            current_theme().px(130), box.sizeHint().height()
        )  # a form layout asks for less than its boxes need
        box.setMaximumWidth(current_theme().px(widest))
        line.addWidget(box, widest)
        if place == boxes[-1]:
            line.addStretch(1)
    return line


class _ZoneBox(QComboBox):
    """Every IANA time zone, found by typing a part of its name."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Times are in"))
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
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
        field = self.lineEdit()
        if field is not None:
            field.setCursorPosition(0)  # a long text shows its beginning

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
