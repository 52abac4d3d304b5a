"""The command palette: type some letters of what you want, press Enter. It lists what the command registry holds and can run now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from docops_desktop.ui.dialogs.palette_delegate import COMMAND_ROLE, PaletteDelegate
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme, set_role

if TYPE_CHECKING:
    from docops_desktop.engine.commands import Command, CommandRegistry

WIDTH, ROWS = 620, 12


class Palette(QDialog):
    """A search field over the list of commands; runs the chosen one after it has closed."""

    def __init__(self, registry: CommandRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Commands"))
        self.setAccessibleName(tr("Command palette"))
        self._registry = registry
        self._field = QLineEdit()
        set_role(self._field, "search")
        self._field.setPlaceholderText(tr("What do you want to do?"))
        self._field.setAccessibleName(tr("Search commands"))
        self._field.textChanged.connect(lambda _: self._search())
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Commands"))
        self._list.setItemDelegate(PaletteDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(lambda _: self._run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        self._search()

    @property
    def field(self) -> QLineEdit:
        """Where one types."""
        return self._field

    def titles(self) -> tuple[str, ...]:
        """What is listed, best first."""
        return tuple(self._list.item(row).text() for row in range(self._list.count()))

    def open_over(self, window: QWidget) -> None:
        """Show it at the top centre of the window."""
        row = max(self._list.sizeHintForRow(0), 24)
        width = min(current_theme().px(WIDTH), window.width() - 40)
        self.resize(width, self._field.sizeHint().height() + ROWS * row + 40)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - width) // 2, corner.y() + max(40, window.height() // 10))
        self.show()
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list while one types."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}
        if key in steps:
            last = self._list.count() - 1
            self._list.setCurrentRow(min(max(self._list.currentRow() + steps[Qt.Key(key)], 0), last))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
            return True
        return False

    def _search(self) -> None:
        text = self._field.text()
        found = self._registry.search(text) if text.strip() else tuple(c for c in self._registry if c.enabled())
        self._list.clear()
        for command in found:
            if command.id == "help.palette":
                continue
            item = QListWidgetItem(command.text())
            item.setData(COMMAND_ROLE, command)
            item.setToolTip(command.help)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{command.group}: {command.text()} {command.shortcut}")
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _run(self) -> None:
        if self._list.currentRow() < 0:
            return
        command: Command = self._list.currentItem().data(COMMAND_ROLE)
        self.close()
        self._registry.run(command.id)
