from __future__ import annotations

import pytest

from docops_desktop.ui.panels.words_label import WordsLabel


@pytest.fixture
def label(qtbot):
    found = WordsLabel()
    qtbot.addWidget(found)
    return found


def test_words_are_left_out_whole(label):
    label.setText("n = 9,082 sessions · 34 h")
    full = label.sizeHint().width()
    for width, text in ((full, "n = 9,082 sessions · 34 h"), (label.minimumSizeHint().width(), "n = 9,082"), (10, "")):
        label.resize(width, 20)
        assert label.shown_text() == text


def test_no_separator_is_left_where_words_are_left_out(label):
    label.setText("n = 9,082 sessions · approximate")
    for width in range(label.sizeHint().width(), 0, -1):
        label.resize(width, 20)
        assert not label.shown_text().endswith(("·", " "))


def test_another_figure_takes_the_same_room_and_is_said(label):
    label.setText("n = 9,082 sessions")
    before = label.sizeHint()
    label.setText("n = 9,111 sessions")
    assert label.sizeHint() == before
    assert label.accessibleName() == label.text() == "n = 9,111 sessions"
    label.setText("n = 9,111 sessions in 1,000 groups of this workspace")
    assert label.sizeHint().width() > before.width()
    label.clear()
    assert label.shown_text() == label.text() == ""
