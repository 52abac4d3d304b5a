"""The Qt style sheet of a theme. Only looks: no sizes that a layout should decide.

Roles are dynamic properties (see the package's text), so that a widget's class says what it is and its role how it looks. Lengths that go with type are
written ``${p5}px``: 5 pixels at the usual type size; ``${f5}px`` is one pixel less, beside a focus ring that is one pixel thicker than the edge.
"""

from __future__ import annotations

from string import Template

from docops_desktop.model.resources import resource_path
from docops_desktop.ui.theme.tokens import Theme

_BASE = Template("""
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[role="window"] { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $control_border; padding: ${p6}px; }
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
QPushButton { background: $raised; border: 1px solid $control_border; border-radius: ${radius}px; padding: ${p5}px ${p12}px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton:hover { border-color: $accent; }
QPushButton:pressed { background: $selection; color: $on_selection; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; }
QPushButton:focus { padding: ${f5}px ${f12}px; }
QPushButton:disabled { color: $disabled; border-color: $border; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { border: 1px solid $text; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $disabled; border-color: $border; }
QPushButton[role="hero"] { background: $accent; color: $on_accent; border: 2px solid $accent; border-radius: 8px; font-weight: 600;
    font-size: ${heading}px; padding: ${p14}px ${p28}px; }
QPushButton[role="hero"]:hover, QPushButton[role="hero"]:focus { border: 2px solid $text; }
QPushButton[role="hero"]:disabled { background: $raised; color: $disabled; border-color: $border; }
QPushButton[role="quiet"] { background: transparent; border: 1px solid transparent; padding: ${p4}px ${p8}px; }
QPushButton[role="quiet"]:hover { background: $raised; }
QPushButton[role="quiet"]:focus { border: 2px solid $accent; padding: ${f4}px ${f8}px; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: ${p2}px ${p4}px; text-align: left; }
QPushButton[role="link"]:disabled { color: $disabled; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QToolButton { background: transparent; border: 2px solid transparent; border-radius: ${radius}px; padding: ${p4}px; }
QToolButton:hover { background: $raised; }
QToolButton:checked { background: $raised; color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="rail"] { padding: ${p8}px ${p2}px; color: $text_muted; font-size: ${small}px; border-radius: 0; border: 2px solid transparent; }
QToolButton[role="rail"]:hover { color: $text; }
QToolButton[role="rail"]:checked { color: $accent; background: $raised; border-left: 3px solid $accent; font-weight: 600; }
QToolButton[role="rail"]:focus { border: 2px solid $accent; }
QFrame[role="chip"] { background: $raised; border: 1px solid $control_border; border-radius: ${p10}px; }
QFrame[role="chip"]:focus { border: 2px solid $accent; }
QFrame[role="chip"][negated="true"] { border-style: dashed; }
QFrame[role="chip"] QToolButton { padding: 0 ${p3}px; border-radius: ${p8}px; }
""")

_INPUTS = Template("""
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $text_muted; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit {
    background: $surface; border: 1px solid $control_border; border-radius: ${radius}px; padding: ${p4}px ${p8}px;
    selection-background-color: $selection; selection-color: $on_selection; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; padding: ${f4}px ${f8}px; }
QTextEdit[role="plain"] { background: transparent; border: none; padding: 0; }
QTextEdit[role="plain"]:focus { border: 1px solid $accent; }
QLineEdit[role="search"] { font-size: ${title}px; padding: ${p8}px ${p10}px; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: ${p22}px; subcontrol-origin: border; subcontrol-position: center right; }
QAbstractSpinBox { padding-right: ${p20}px; }
QComboBox[role="compact"] { padding: ${p4}px ${p3}px ${p4}px ${p7}px; }
QComboBox[role="compact"]:focus { padding: ${f4}px ${f3}px ${f4}px ${f7}px; }
QComboBox[role="compact"]::drop-down { width: ${p18}px; }
QComboBox > QLineEdit, QComboBox > QLineEdit:focus { border: none; padding: 0; background: transparent; }
QAbstractSpinBox > QLineEdit, QAbstractSpinBox > QLineEdit:focus { border: none; padding: 0 0 0 ${p7}px; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: ${p18}px; border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: ${p2}px ${p2}px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 ${p2}px ${p2}px 0; }
QAbstractSpinBox::up-arrow { image: url("$controls/up-$theme.svg"); width: ${p10}px; height: ${p10}px; }
QAbstractSpinBox::down-arrow { image: url("$controls/down-$theme.svg"); width: ${p10}px; height: ${p10}px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url("$controls/down-$theme.svg"); width: ${p12}px; height: ${p12}px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $control_border; selection-background-color: $selection; selection-color: $on_selection; }
QCheckBox, QRadioButton { spacing: ${p6}px; background: transparent; }
QCheckBox::indicator, QAbstractItemView::indicator {
    width: ${p14}px; height: ${p14}px; border: 1px solid $control_border; border-radius: 3px; background: $surface; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent; image: url("$controls/check-$theme.svg"); }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QSlider:horizontal { min-height: ${p18}px; }
QSlider::groove:horizontal { height: ${p4}px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    width: ${p14}px; height: ${p14}px; margin: -${p6}px 0; border-radius: ${p7}px; background: $text; border: 1px solid $control_border; }
QSlider::handle:horizontal:focus { border: 3px solid $accent; }
QProgressBar { background: $raised; border: 1px solid $border; border-radius: 4px; text-align: center; max-height: ${p14}px; font-size: ${small}px; }
QProgressBar::chunk { background: $selection; border-radius: 3px; }
""")

_VIEWS = Template("""
QAbstractItemView { background: $surface; border: none; gridline-color: $grid; alternate-background-color: $surface;
    selection-background-color: $selection; selection-color: $on_selection; outline: none; }
QTableView:focus, QListView:focus, QTreeView:focus { border: 1px solid $accent; }
QTableView::item, QListView::item { padding: ${p2}px ${p6}px; }
QTableView::item:hover, QListView::item:hover { background: $raised; }
QTableView::item:selected, QListView::item:selected { background: $selection; color: $on_selection; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $text_muted; border: none; border-bottom: 1px solid $border;
    padding: ${p4}px ${cell}px; font-size: ${small}px; font-weight: 600; }
QHeaderView::section:vertical { border-bottom: none; }
QTableCornerButton::section { background: $surface; border: none; }
QMenuBar { background: $surface; border-bottom: 1px solid $border; }
QMenuBar::item { padding: ${p4}px ${p10}px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $raised; border: 1px solid $control_border; padding: ${p4}px; }
QMenu::item { padding: ${p5}px ${p28}px ${p5}px ${p22}px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $on_selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: ${p4}px ${p8}px; }
QStatusBar { background: $surface; border-top: 1px solid $border; padding-right: ${p10}px; }
QStatusBar::item { border: none; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $accent; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: $text_muted; padding: ${p6}px ${p12}px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: ${p10}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${p10}px; margin: 0; }
QScrollBar::handle { background: $control_border; border-radius: ${p4}px; min-height: ${p24}px; min-width: ${p24}px; margin: 1px; }
QScrollBar::handle:hover { background: $text_muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def cell_padding(theme: Theme) -> int:
    """Return how far the style keeps a cell's text from the edges: the padding above, and Qt's own margin for the focus."""
    return theme.px(6) + 3


def build_qss(theme: Theme) -> str:
    """Return the application's style sheet in this theme."""
    colours = {name: getattr(theme, name) for name in _COLOURS}
    fonts = {name: getattr(theme.fonts, name) for name in ("small", "body", "title", "heading", "kpi", "hero")}
    status = {name: theme.status[name].colour for name in ("red", "amber", "green")}
    controls = resource_path("icons", "controls").as_posix()
    lengths = {f"p{n}": theme.px(n) for n in range(1, _LONGEST + 1)}
    focused = {f"f{n}": theme.px(n) - 1 for n in range(1, _LONGEST + 1)}
    values = {**colours, **fonts, **status, **lengths, **focused, "radius": theme.spacing.radius}
    values |= {"controls": controls, "theme": theme.name, "cell": cell_padding(theme)}
    return "".join(part.substitute(values) for part in (_BASE, _BUTTONS, _INPUTS, _VIEWS))


_LONGEST = 28
_COLOURS = (
    "window", "surface", "raised", "text", "text_muted", "accent", "on_accent", "grid", "border", "control_border",
    "selection", "on_selection", "disabled",
)  # fmt: skip
