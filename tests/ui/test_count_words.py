from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale

from docops_desktop.store.records import ImportRecord
from docops_desktop.ui import count_words as words
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr_n
from tests.support.panel_desk import info


@pytest.fixture(autouse=True)
def english(qapp):
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def record(grain: str, rows: int) -> ImportRecord:
    return ImportRecord(1, "file.csv", "", 1, "generic", grain, rows_read=rows, rows_loaded=rows)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 sessions"),
        (1, "1 session"),
        (1.0, "1 session"),
        (2, "2 sessions"),
        (195_308, "195k sessions"),
        (None, "n/a sessions"),
    ],
)
def test_one_session_is_not_some_sessions(n, text):
    assert words.sessions(n) == text
    assert words.rows(n) == text.replace("session", "row")


def test_a_number_is_worded_as_asked():
    assert words.page_views(577_352, fmt.exact) == "577,352 page views"
    assert words.conversions(1) == "1 conversion"
    assert tr_n(12_345, "%n row rejected", "%n rows rejected") == "12,345 rows rejected"


def test_a_workspace_without_sessions_says_what_else_it_holds():
    empty = replace(info(), sessions=0, page_views=0, imports=())
    assert words.no_sessions(empty) == "No sessions in this workspace yet. Drop an export here."
    imports = (record("order", 40), record("campaign_day", 16), record("order", 2), record("page_view", 0))
    said = words.no_sessions(replace(empty, imports=imports))
    assert said.startswith("No page views or sessions yet, only orders (42), campaign days (16).")
