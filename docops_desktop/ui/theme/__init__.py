"""The looks of the window. Import from here: tokens, the look in use, and the signal that tells of a change.

Style-sheet hooks (set with ``set_role(widget, ROLE)``): frames ``panel``, ``panelHeader``, ``card``; labels ``title``, ``heading``, ``hero``, ``kpi``,
``muted``, ``small``, ``warning``; buttons ``primary``, ``quiet``, ``link``; text boxes ``plain``.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docops_desktop.ui.theme.contrast import contrast_ratio
from docops_desktop.ui.theme.manager import (
    ThemeSignals,
    current_theme,
    follow_system,
    on_theme_changed,
    room_factor,
    set_room,
    set_theme,
    text_scale,
    theme_choice,
    theme_signals,
)
from docops_desktop.ui.theme.qss import build_qss, cell_padding
from docops_desktop.ui.theme.room import type_factor
from docops_desktop.ui.theme.tokens import (
    CONTRAST,
    DARK,
    LIGHT,
    THEMES,
    FontSizes,
    Spacing,
    StatusName,
    StatusStyle,
    Theme,
    ThemeChoice,
    ThemeName,
)

__all__ = [
    "CONTRAST",
    "DARK",
    "LIGHT",
    "THEMES",
    "FontSizes",
    "Spacing",
    "StatusName",
    "StatusStyle",
    "Theme",
    "ThemeChoice",
    "ThemeName",
    "ThemeSignals",
    "build_qss",
    "cell_padding",
    "contrast_ratio",
    "current_theme",
    "follow_system",
    "on_theme_changed",
    "room_factor",
    "set_role",
    "set_room",
    "set_theme",
    "text_scale",
    "theme_choice",
    "theme_signals",
    "type_factor",
]


def set_role(widget: QWidget, role: str) -> None:
    """Give the widget its role in the style sheet, also after it was shown."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
