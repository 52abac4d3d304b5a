"""Borders between panels move by keyboard, and nobody gets lost on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from docops_desktop.ui.splitter import FAR, STEP, Border, Splitter, next_border
from docops_desktop.ui.theme import current_theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Scene:
    """A field above two fields side by side."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.fields = [QLineEdit(), QLineEdit(), QLineEdit()]
        self.rows, self.beside = Splitter(Qt.Orientation.Vertical), Splitter(Qt.Orientation.Horizontal)
        for field in self.fields:
            field.setMinimumSize(100, 60)
        for part in (self.fields[0], self.beside):
            self.rows.addWidget(part)
        for field in self.fields[1:]:
            self.beside.addWidget(field)
        QVBoxLayout(self.window).addWidget(self.rows)
        self.window.resize(800, 600)
        self.window.show()
        self.window.activateWindow()
        QApplication.processEvents()

    def go(self) -> Border:
        border = next_border(self.window, QApplication.focusWidget())
        assert border is not None
        border.take_focus()
        return border


@pytest.fixture
def scene(dressed: QApplication) -> Iterator[Scene]:
    made = Scene()
    yield made
    made.window.close()
    made.window.deleteLater()


def test_arrow_keys_move_a_border_and_it_stops_where_a_part_would_be_too_small(scene: Scene) -> None:
    scene.fields[1].setFocus()
    border = scene.go()
    assert border.splitter() is scene.beside
    for key, keys, by in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, STEP),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, FAR),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, -STEP),
    ):
        before = scene.fields[1].width()
        QTest.keyClick(border, key, keys)
        assert scene.fields[1].width() == before + by
    before = scene.beside.sizes()
    QTest.keyClick(border, Qt.Key.Key_Up)
    assert scene.beside.sizes() == before
    QTest.keyClick(border, Qt.Key.Key_Home)
    assert scene.fields[1].width() == 100
    QTest.keyClick(border, Qt.Key.Key_End)
    assert scene.fields[2].width() == 100


def test_the_key_goes_from_border_to_border_and_escape_back(scene: Scene) -> None:
    scene.fields[2].setFocus()
    first = scene.go()
    second = scene.go()
    assert {first.splitter(), second.splitter()} == {scene.rows, scene.beside}
    assert scene.go() is first
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is scene.fields[2]


def test_tab_passes_borders_by_and_goes_on_from_where_one_was(scene: Scene) -> None:
    scene.fields[0].setFocus()
    scene.go()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is scene.fields[1]


def test_the_border_with_the_focus_is_seen_and_named(scene: Scene) -> None:
    scene.fields[1].setFocus()
    border = scene.go()
    assert border.accessibleName()
    middle = border.rect().center()
    accent = QColor(current_theme().accent)
    assert border.grab().toImage().pixelColor(middle) == accent
    scene.fields[1].setFocus()
    assert border.grab().toImage().pixelColor(middle) != accent
