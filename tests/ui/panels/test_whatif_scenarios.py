"""Scenarios side by side: what is compared, taken up, renamed, deleted, exported; the export is what the command line reads."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QInputDialog
from shiboken6 import isValid

from docops_desktop.cli.whatif import read_scenarios
from docops_desktop.model.errors import KnownError, RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario, Segment
from docops_desktop.ui.models.scenarios_model import document
from docops_desktop.ui.panels.whatif import WhatIfPanel
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

A = Scenario("Faster", (Change((ALL_PAGES,), "percent", -10.0),))
B = Scenario("Film", (Change((ALL_PAGES,), "to_rest", 100.0, Segment("country", ("FR",))),))


@pytest.fixture
def dialog(show, desk, monkeypatch):
    groups = {"page_group": ("Product", "Category"), "country": ("FR",)}
    desk.given_info = replace(desk.given_info, dictionaries=groups)
    panel = show(WhatIfPanel, size=(640, 700))
    desk.scenarios.save(A.name, A.changes)
    desk.scenarios.save(B.name, B.changes)
    asked = []

    def compare(scenarios, done):
        asked.append([scenario.name for scenario in scenarios])
        done(tuple(sample_results.whatif(scenario.changes) for scenario in scenarios))
        return True

    monkeypatch.setattr(desk.scenarios, "compare", compare)
    dialog = panel.scenario_menu.compare()
    dialog.asked = asked
    yield dialog
    if isValid(dialog):
        dialog.close()
    QApplication.processEvents()


def cell(dialog, row, name):
    column = [c.name for c in dialog.model.columns].index(name)
    return dialog.model.index(row, column).data().replace("\u00a0", " ")


def names(dialog):
    return [row.name for row in dialog.model.rows]


def test_saved_scenarios_stand_side_by_side_with_raw_and_reliance(dialog):
    assert names(dialog) == ["Faster", "Film"]
    assert cell(dialog, 0, "conversions") == "+179 (+84 to +274)"
    assert cell(dialog, 1, "standing") == "⚠ doubtful"
    assert "Perhaps +179" in dialog.model.columns[-1].tooltip(dialog.model.rows[0])
    assert "raw +742 (+600 to +884)" in dialog.model.columns[1].tooltip(dialog.model.rows[0]).replace("\u00a0", " ")


def test_the_present_one_stands_first_until_it_is_saved(dialog, desk):
    desk.set_scenario(Scenario("Faster", (Change((ALL_PAGES,), "percent", -20.0),)))
    assert names(dialog) == ["Faster (changed)", "Faster", "Film"]
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    assert not dialog.delete_button.isEnabled()
    desk.scenarios.save("More")
    assert names(dialog) == ["Faster", "Film", "More"]
    assert dialog.asked[-1] == ["Faster", "Film", "More"]


def test_set_rename_and_delete_are_undoable(dialog, desk, monkeypatch):
    dialog.table.setCurrentIndex(dialog.model.index(1, 0))
    dialog.use_button.click()
    assert desk.scenario == B
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_rest: ("Film fix", True))
    dialog.rename_button.click()
    assert names(dialog) == ["Faster", "Film fix"]
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    dialog.delete_button.click()
    assert names(dialog) == ["Film fix"]
    desk.undo()
    desk.undo()
    assert names(dialog) == ["Faster", "Film"]


def test_one_that_cannot_be_asked_says_why(dialog, desk, monkeypatch):
    def compare(scenarios, done):
        done((RequestError("there is no page group 'Film'", fix="Use one of: Home"), sample_results.whatif(A.changes)))

    monkeypatch.setattr(desk.scenarios, "compare", compare)
    dialog.ask()
    assert (cell(dialog, 0, "conversions"), cell(dialog, 0, "standing")) == ("n/a", "× n/a")
    assert "no page group 'Film'" in dialog.model.columns[1].tooltip(dialog.model.rows[0])
    assert dialog.csv_button.isEnabled()
    assert [row["answer"] is None for row in document(dialog.rows, (), "EUR", 5)["scenarios"]] == [True, False]
    assert document(dialog.rows, (), "EUR", 1_000_000)["scenarios"][1]["answer"] is None


def test_the_export_is_read_by_the_command_line_and_by_spreadsheets(dialog, tmp_path):
    dialog.save(tmp_path / "a.json", "json")
    assert read_scenarios(tmp_path / "a.json") == (A, B)
    first = json.loads((tmp_path / "a.json").read_text())["scenarios"][0]
    assert (first["answer"]["conversions"], first["answer"]["raw_conversions_high"]) == (179.0, 884.0)
    dialog.save(tmp_path / "a.csv", "csv")
    lines = [line for line in (tmp_path / "a.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [(row["scenario"], row["conversions_low"], row["standing"]) for row in rows] == [
        ("Faster", "84", "doubtful"),
        ("Film", "84", "doubtful"),
    ]
    with pytest.raises(KnownError, match="can't be written"):
        dialog.save(tmp_path / "no folder" / "a.csv", "csv")


def test_a_closed_dialog_hears_nothing_more(dialog, desk):
    asked, panel = dialog.asked, dialog.parent()
    dialog.close()
    panel.hide()  # it asks for itself while it is seen
    before = len(asked)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    desk.topics.publish("scenarios", desk.scenarios.saved)
    desk.topics.publish("whatif_model", None)
    assert len(asked) == before
