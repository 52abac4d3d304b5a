"""The look in use, and the one signal that tells everybody when it changes.

Widgets call ``current_theme()`` while they are built and again on ``theme_signals().changed``; ``on_theme_changed`` does both, for as long as its
owner lives. Only the application calls ``set_theme``.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from docops_desktop.ui.theme.qss import build_qss
from docops_desktop.ui.theme.tokens import DARK, THEMES, Theme, ThemeChoice

MIN_SCALE, MAX_SCALE = 0.8, 2.5


class ThemeSignals(QObject):
    """Carries ``changed(Theme)``."""

    changed = Signal(object)


class _State:
    theme: Theme = DARK
    choice: ThemeChoice = "dark"
    scale: float = 1.0
    room: float = 1.0
    signals: ThemeSignals | None = None


def current_theme() -> Theme:
    """Return the look in use."""
    return _State.theme


def theme_choice() -> ThemeChoice:
    """Return what the user chose, which may be to follow the system."""
    return _State.choice


def text_scale() -> float:
    """Return the type size that the user chose, 1.0 = normal."""
    return _State.scale


def room_factor() -> float:
    """Return how many times larger type is because of the window's room."""
    return _State.room


def theme_signals() -> ThemeSignals:
    """Return the object whose ``changed`` signal carries the new ``Theme``."""
    if _State.signals is None:
        _State.signals = ThemeSignals()
    return _State.signals


def on_theme_changed(owner: QObject, callback: Callable[[Theme], None]) -> None:
    """Call back now, and at every change while ``owner`` lives."""
    callback(_State.theme)
    connection = theme_signals().changed.connect(callback)
    owner.destroyed.connect(lambda: QObject.disconnect(connection))


def set_theme(choice: ThemeChoice = "system", scale: float = 1.0) -> Theme:
    """Dress the application; ``scale`` is the type size, 1.0 = normal. Needs a QApplication.

    Returns the look that results ("system" becomes dark or light).
    """
    _State.choice, _State.scale = choice, min(max(scale, MIN_SCALE), MAX_SCALE)
    theme = _resolve(choice).scaled(_State.scale * _State.room)
    application = QApplication.instance()
    sheet = build_qss(theme)
    # Setting the same style sheet again would have every widget polished again.
    if isinstance(application, QApplication) and application.styleSheet() != sheet:
        application.setFont(_font(theme))
        application.setPalette(_palette(theme))
        application.setStyleSheet(sheet)
    if theme != _State.theme:
        _State.theme = theme
        theme_signals().changed.emit(theme)
    return theme


def set_room(factor: float) -> None:
    """Make type as much larger as the window's room asks for (see ``theme.room``), beside what the user chose."""
    if factor != _State.room:
        _State.room = factor
        set_theme(_State.choice, _State.scale)


def follow_system() -> None:
    """React to the desktop's switch between dark and light, as long as the user chose to follow it."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: _follow())


def _follow() -> None:
    if _State.choice == "system":
        set_theme("system", _State.scale)


def _resolve(choice: ThemeChoice) -> Theme:
    if choice != "system":
        return THEMES[choice]
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return THEMES["light" if light else "dark"]


def _font(theme: Theme) -> QFont:
    font = QFont()
    font.setFamilies(list(theme.font_families))
    font.setPixelSize(theme.fonts.body)
    return font


def _palette(theme: Theme) -> QPalette:
    """Colours for what a style sheet doesn't reach: native dialogs, item views' text, links."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.on_accent,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.on_selection,
        role.Link: theme.accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.text_muted,
        role.Mid: theme.border,
        role.Accent: theme.accent,
    }
    palette = QPalette()
    for name, colour in colours.items():
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.disabled))
    return palette
