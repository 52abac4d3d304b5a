"""The looks: readable in every theme, told apart without colour, and every widget hears of a change."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from docops_desktop.ui.theme import (
    DARK,
    THEMES,
    Theme,
    build_qss,
    contrast_ratio,
    current_theme,
    on_theme_changed,
    set_room,
    set_theme,
    text_scale,
    type_factor,
)

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
GROUNDS = ("window", "surface", "raised")


@pytest.fixture(autouse=True)
def _dressed_dark_again(qapp: QApplication):
    yield
    set_theme("dark")


def test_contrast_ratio_of_black_on_white_is_21() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#777777", "#777777") == 1
    assert contrast_ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_text_is_readable_on_every_ground(theme: Theme) -> None:
    texts = [theme.text, theme.text_muted, theme.accent, *(style.colour for style in theme.status.values())]
    for ground in GROUNDS:
        for colour in texts:
            assert contrast_ratio(colour, getattr(theme, ground)) >= 4.5, (theme.name, ground, colour)
    assert contrast_ratio(theme.on_accent, theme.accent) >= 4.5
    assert contrast_ratio(theme.on_selection, theme.selection) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_marks_and_control_edges_stand_out(theme: Theme) -> None:
    for colour in (*theme.series, theme.baseline, theme.control_border):
        for ground in ("window", "surface"):
            assert contrast_ratio(colour, getattr(theme, ground)) >= 3, (theme.name, ground, colour)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_status_has_its_own_shape(theme: Theme) -> None:
    glyphs = [style.glyph for style in theme.status.values()]
    assert len(set(glyphs)) == len(glyphs) == 4


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_style_sheet_has_no_hole(theme: Theme) -> None:
    sheet = build_qss(theme)
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_a_change_reaches_its_listeners_until_they_die(qapp: QApplication) -> None:
    heard: list[str] = []
    owner = QObject()
    set_theme("dark")
    on_theme_changed(owner, lambda theme: heard.append(theme.name))
    set_theme("light")
    owner.deleteLater()
    QApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    set_theme("contrast")
    assert heard == ["dark", "light"]
    assert current_theme().name == "contrast"


def test_larger_type_scales_fonts_and_rows(qapp: QApplication) -> None:
    normal = set_theme("dark", 1.0)
    large = set_theme("dark", 1.5)
    assert large.fonts.body == round(normal.fonts.body * 1.5)
    assert large.spacing.row > normal.spacing.row
    assert qapp.font().pixelSize() == large.fonts.body


@pytest.mark.parametrize(("size", "factor"), [((1280, 800), 1.0), ((2560, 1440), 1.0), ((3840, 2160), 1.5)])
def test_type_grows_on_a_wall_monitor_only(size: tuple[int, int], factor: float) -> None:
    assert type_factor(*size) == factor


def test_room_multiplies_the_users_type_size_and_what_stands_beside_type(qapp: QApplication) -> None:
    normal = set_theme("dark", 1.2)
    set_room(1.5)
    try:
        assert current_theme().fonts.body == round(DARK.fonts.body * 1.8)
        assert current_theme().px(10) == 18
        assert text_scale() == 1.2
    finally:
        set_room(1.0)
    assert current_theme() == normal
