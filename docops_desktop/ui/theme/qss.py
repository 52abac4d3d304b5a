"""The Qt style sheet of a theme. Only looks: no sizes that a layout should decide.

Roles are dynamic properties (see the package's text), so that a widget's class says what it is and its role how it looks.
"""

from __future__ import annotations

from string import Template

from docops_desktop.model.resources import resource_path
from docops_desktop.ui.theme.tokens import Theme

_BASE = Template("""
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[role="window"] { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $control_border; padding: 6px; }
QLabel { background: transparent; }
QLabel[role="muted"] { color: $text_muted; }
QLabel[role="small"] { color: $text_muted; font-size: ${small}px; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[role="hero"] { font-size: ${hero}px; font-weight: 700; }
QLabel[role="kpi"] { font-size: ${kpi}px; font-weight: 600; }
QLabel[role="warning"] { color: $amber; font-weight: 600; }
QLabel[role="error"] { color: $red; font-weight: 600; }
QFrame[role="panel"], QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: ${radius}px; }
QFrame[role="panelHeader"] { background: transparent; border: none; }
QFrame[role="bar"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[role="rail"] { background: $surface; border: none; border-right: 1px solid $border; }
QFrame[role="banner"] { background: $raised; border: 1px solid $control_border; border-radius: ${radius}px; }
QFrame[role="banner"][level="error"] { border-color: $red; }
QFrame[role="drop"] { background: transparent; border: 2px dashed $control_border; border-radius: 10px; }
QFrame[role="drop"][active="true"] { border-color: $accent; background: $raised; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
""")

_BUTTONS = Template("""
QPushButton { background: $raised; border: 1px solid $control_border; border-radius: ${radius}px; padding: 5px 12px; }
QPushButton:hover { border-color: $accent; }
QPushButton:pressed { background: $selection; color: $on_selection; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; }
QPushButton:focus { padding: 4px 11px; }
QPushButton:disabled { color: $text_muted; border-color: $border; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { border: 1px solid $text; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $text_muted; border-color: $border; }
QPushButton[role="hero"] { background: $accent; color: $on_accent; border: 2px solid $accent; border-radius: 8px; font-weight: 600;
    font-size: ${heading}px; padding: 14px 28px; }
QPushButton[role="hero"]:hover, QPushButton[role="hero"]:focus { border: 2px solid $text; }
QPushButton[role="hero"]:disabled { background: $raised; color: $text_muted; border-color: $border; }
QPushButton[role="quiet"] { background: transparent; border: 1px solid transparent; padding: 4px 8px; }
QPushButton[role="quiet"]:hover { background: $raised; }
QPushButton[role="quiet"]:focus { border: 2px solid $accent; padding: 3px 7px; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 2px 4px; text-align: left; }
QPushButton[role="link"]:disabled { color: $text_muted; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QToolButton { background: transparent; border: 2px solid transparent; border-radius: ${radius}px; padding: 4px; }
QToolButton:hover { background: $raised; }
QToolButton:checked { background: $raised; color: $accent; }
QToolButton:disabled { color: $text_muted; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="rail"] { padding: 8px 2px; color: $text_muted; font-size: ${small}px; border-radius: 0; border: 2px solid transparent; }
QToolButton[role="rail"]:hover { color: $text; }
QToolButton[role="rail"]:checked { color: $accent; background: $raised; border-left: 3px solid $accent; font-weight: 600; }
QToolButton[role="rail"]:focus { border: 2px solid $accent; }
QFrame[role="chip"] { background: $raised; border: 1px solid $control_border; border-radius: 12px; }
QFrame[role="chip"][negated="true"] { border-style: dashed; }
QFrame[role="chip"] QToolButton { padding: 0 3px; border-radius: 8px; }
""")

_INPUTS = Template("""
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit {
    background: $surface; border: 1px solid $control_border; border-radius: ${radius}px; padding: 4px 8px;
    selection-background-color: $selection; selection-color: $on_selection; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit[role="search"] { font-size: ${title}px; padding: 8px 10px; }
QComboBox::drop-down { border: none; width: 22px; subcontrol-origin: border; subcontrol-position: center right; }
QAbstractSpinBox { padding-right: 20px; }
QComboBox[role="compact"] { padding: 4px 3px 4px 7px; }
QComboBox[role="compact"]:focus { padding: 3px 2px 3px 6px; }
QComboBox[role="compact"]::drop-down { width: 18px; }
QComboBox > QLineEdit, QComboBox > QLineEdit:focus { border: none; padding: 0; background: transparent; }
QAbstractSpinBox > QLineEdit, QAbstractSpinBox > QLineEdit:focus { border: none; padding: 0 0 0 7px; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 18px; border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-arrow { image: url("$controls/up-$theme.svg"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$controls/down-$theme.svg"); width: 10px; height: 10px; }
QComboBox::down-arrow { image: url("$controls/down-$theme.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $control_border; selection-background-color: $selection; selection-color: $on_selection; }
QCheckBox, QRadioButton { spacing: 6px; background: transparent; }
QCheckBox::indicator, QAbstractItemView::indicator { width: 14px; height: 14px; border: 1px solid $control_border; border-radius: 3px; background: $surface; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent; image: url("$controls/check-$theme.svg"); }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 7px; background: $text; border: 1px solid $control_border; }
QSlider::handle:horizontal:focus { border: 3px solid $accent; }
QProgressBar { background: $raised; border: 1px solid $border; border-radius: 4px; text-align: center; max-height: 14px; font-size: ${small}px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
""")

_VIEWS = Template("""
QAbstractItemView { background: $surface; border: none; gridline-color: $grid; alternate-background-color: $surface;
    selection-background-color: $selection; selection-color: $on_selection; outline: none; }
QTableView:focus, QListView:focus, QTreeView:focus { border: 1px solid $accent; }
QTableView::item, QListView::item { padding: 2px 6px; }
QTableView::item:hover, QListView::item:hover { background: $raised; }
QTableView::item:selected, QListView::item:selected { background: $selection; color: $on_selection; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $text_muted; border: none; border-bottom: 1px solid $border;
    padding: 4px 6px; font-size: ${small}px; font-weight: 600; }
QTableCornerButton::section { background: $surface; border: none; }
QMenuBar { background: $surface; border-bottom: 1px solid $border; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $raised; border: 1px solid $control_border; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 22px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $on_selection; }
QMenu::item:disabled { color: $text_muted; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QStatusBar { background: $surface; border-top: 1px solid $border; padding-right: 10px; }
QStatusBar::item { border: none; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $accent; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: $text_muted; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $control_border; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: $text_muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def build_qss(theme: Theme) -> str:
    """Return the application's style sheet in this theme."""
    colours = {name: getattr(theme, name) for name in _COLOURS}
    fonts = {name: getattr(theme.fonts, name) for name in ("small", "body", "title", "heading", "kpi", "hero")}
    status = {name: theme.status[name].colour for name in ("red", "amber", "green")}
    controls = resource_path("icons", "controls").as_posix()
    values = {**colours, **fonts, **status, "radius": theme.spacing.radius, "controls": controls, "theme": theme.name}
    return "".join(part.substitute(values) for part in (_BASE, _BUTTONS, _INPUTS, _VIEWS))


_COLOURS = (
    "window", "surface", "raised", "text", "text_muted", "accent", "on_accent", "grid", "border", "control_border",
    "selection", "on_selection",
)  # fmt: skip
