"""Saving a finding with a note, and the list of those saved."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.engine.cause_jobs import KIND, CauseState, payload_of
from docops_desktop.model.selection import Selection
from docops_desktop.store.records import Finding as Saved
from docops_desktop.ui.panels.cause_findings import SavedFindingsDialog, SaveFindingDialog
from tests.support.sample_causes import WINDOW, explained

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def opened(qapp, desk):
    dialogs = []

    def make(dialog):
        dialogs.append(dialog)
        dialog.show()
        QApplication.processEvents()
        return dialog

    yield make
    for dialog in dialogs:
        try:
            dialog.close()
        except RuntimeError:
            continue
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


def saved(number: int, title: str, note: str) -> Saved:
    asked = Selection().with_span(WINDOW).keep("country", ("DE",), "segments")
    result = explained()
    payload = payload_of(result.findings[0], ExplainRequest(asked, True), result)
    return Saved(title, KIND, payload, note, WINDOW.end_ms + number, number)


def test_a_finding_is_saved_with_title_and_note(opened, desk, monkeypatch):
    kept = []
    monkeypatch.setattr(desk.cause, "save", lambda *saved: kept.append(saved))
    result = explained()
    desk.cause.show(CauseState(True, request=ExplainRequest(), result=result))
    dialog = opened(SaveFindingDialog(desk, result.findings[0]))
    assert dialog.title_edit.text() == "Halden H7 Lite × Rheinfunk DE"
    dialog.title_edit.setText(" ")
    dialog.note_edit.setPlainText("told the carrier\n")
    dialog.accept()
    assert kept == [(result.findings[0], "told the carrier", "Halden H7 Lite × Rheinfunk DE")]


def test_saved_findings_are_listed_used_and_removed(opened, desk, monkeypatch):
    findings = (saved(2, "Second", "told IT"), saved(1, "First", ""))
    removed = []
    monkeypatch.setattr(desk.cause, "saved", lambda callback: callback(findings))
    monkeypatch.setattr(desk.cause, "remove", removed.append)
    dialog = opened(SavedFindingsDialog(desk))
    assert [dialog.model.index(row, 1).data() for row in range(2)] == ["Second", "First"]
    assert dialog.text.text().endswith("told IT")
    dialog.table.setCurrentIndex(dialog.model.index(1, 0))
    dialog.remove_button.click()
    assert removed == [1]
    dialog.use_button.click()
    assert desk.selection.span == WINDOW
    assert [c.text() for c in desk.selection.clauses] == [
        "Country = DE",
        "Device model = Halden H7 Lite",
        "Carrier = Rheinfunk DE",
    ]
    assert desk.view.perspective == "investigate"


def test_without_saved_findings_it_says_how_to_get_one(opened, desk, monkeypatch):
    monkeypatch.setattr(desk.cause, "saved", lambda callback: callback(()))
    dialog = opened(SavedFindingsDialog(desk))
    assert dialog.nothing.isVisibleTo(dialog)
    assert not dialog.table.isVisibleTo(dialog)
    assert not dialog.use_button.isEnabled()
    assert not dialog.remove_button.isEnabled()


def test_a_finding_of_another_kind_is_listed_but_not_filtered_by(opened, desk, monkeypatch):
    other = Saved("By hand", "note", {}, "text", 1, 5)
    monkeypatch.setattr(desk.cause, "saved", lambda callback: callback((other,)))
    dialog = opened(SavedFindingsDialog(desk))
    assert not dialog.use_button.isEnabled()
    assert dialog.remove_button.isEnabled()
