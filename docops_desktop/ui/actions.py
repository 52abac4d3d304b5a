"""Turns the command registry into menus and keys. A command exists once; what it is called and whether it can run now is asked each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

if TYPE_CHECKING:
    from docops_desktop.engine.commands import Command, CommandRegistry

MORE_KEYS: dict[str, tuple[str, ...]] = {"edit.redo": ("Ctrl+Y",), "view.larger": ("Ctrl+=",), "help.keys": ("F1",)}
"""Second keys that people expect beside the one that the registry names."""


class Actions(QObject):
    """One QAction per command, on ``window``.

    Disabled commands keep their keys silent; ``update_all`` brings text and state up to date (menus do so when they open).
    """

    def __init__(self, registry: CommandRegistry, window: QWidget) -> None:
        super().__init__(window)
        self._registry = registry
        self._actions: dict[str, QAction] = {}
        for command in registry:
            action = QAction(command.title, window)
            keys = [command.shortcut, *MORE_KEYS.get(command.id, ())]
            action.setShortcuts([QKeySequence(text) for text in keys if text])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setToolTip(command.help or command.title)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.triggered.connect(lambda _=False, name=command.id: registry.run(name))
            window.addAction(action)
            self._actions[command.id] = action
        self.update_all()

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def update_all(self) -> None:
        """Ask every command for its text and whether it can run now."""
        for command in self._registry:
            self._update(command)

    def _update(self, command: Command) -> None:
        action = self._actions[command.id]
        action.setText(command.text().replace("&", "&&"))
        action.setEnabled(command.enabled())

    def fill(self, bar: QMenuBar, breaks: frozenset[str] = frozenset()) -> dict[str, QMenu]:
        """Put a menu per group into the bar; a separator stands before each command in ``breaks``. Returns the menus by group."""
        menus: dict[str, QMenu] = {}
        for group, commands in self._registry.groups().items():
            menu = bar.addMenu(f"&{group}")  # Alt and its first letter open it
            menu.setToolTipsVisible(True)
            menu.setAccessibleName(group)
            menu.aboutToShow.connect(self.update_all)
            for command in commands:
                if command.id in breaks:
                    menu.addSeparator()
                menu.addAction(self._actions[command.id])
            menus[group] = menu
        return menus
