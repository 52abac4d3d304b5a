"""Dropping files: a preview that says what they are, then an import, into a new workspace when none is open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from docops_desktop.engine.state import ImportOutcome
from docops_desktop.ingest.preview import Estimate, Preview, PreviewColumn
from docops_desktop.model.errors import ExportError
from docops_desktop.store.records import ImportRecord
from docops_desktop.ui.dialogs.import_preview import ImportPreview
from docops_desktop.ui.dialogs.preview_text import preview_text
from docops_desktop.ui.file_acts import outcome_text
from docops_desktop.ui.main_window import MainWindow
from docops_desktop.ui.places import free_path, with_suffix

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def found(**changes: Any) -> Preview:
    """What the reader says of a file."""
    preview = Preview(
        encoding="utf-8", delimiter=",", quote='"', preamble_lines=2, footer_lines=0, header=("t_done", "ip", "vp"),
        adapter="boomerang", system="boomerang", confidence=0.97, grain="page_view",
        mapping={"t_done": "load_ms", "ip": "ip"}, personal_data=("ip",),
        rows=(("1200", "192.0.2.1", "390x844"), ("900", "192.0.2.2", None)),
        columns=(PreviewColumn("t_done", "load_ms", "ms", ""), PreviewColumn("ip", "ip", "", ""), PreviewColumn("vp", "", "", "")),
        broken=(), estimate=Estimate(50, 44, 4, 2, {"bot": 4, "no time": 2}), format="csv", warnings=(),
    )  # fmt: skip
    return replace(preview, **changes)


def drop(window: MainWindow, *paths: Path) -> None:
    """Drag the paths onto the window and let go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "beacons.csv"
    path.write_text("t_done,ip,vp\n1200,192.0.2.1,390x844\n")
    return path


def test_a_drop_shows_the_preview_and_imports(loaded: MainWindow, desk, export) -> None:
    desk.preview_answer = found()
    drop(loaded, export)
    dialog = loaded.findChild(ImportPreview)
    assert dialog.isVisible()
    assert dialog.system == "boomerang, certain (97\u00a0%)"
    assert dialog.column_texts()[0] == ("t_done", "load_ms", "ms", "", "1200,  900")
    assert dialog.column_texts()[1][3] == "▲ personal data"
    assert dialog.column_texts()[2][1] == "— not loaded"
    dialog.import_button.click()
    assert desk.calls == [("import", (export,), {"privacy": "strict"})]
    assert not dialog.isVisible()


def test_without_a_workspace_one_is_made_first(window: MainWindow, desk, export, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("docops_desktop.ui.dialogs.import_preview.documents_folder", lambda: tmp_path)
    desk.preview_answer = found()
    drop(window, export)
    window.findChild(ImportPreview).import_button.click()
    target = tmp_path / "beacons.docops"
    assert desk.calls == [("new", target)]
    desk.give_workspace(path=str(target))
    assert desk.calls[1:] == [("import", (export,), {"privacy": "strict"})]
    desk.give_workspace(path=str(target))
    assert len(desk.calls) == 2


def test_an_export_that_cannot_be_read_says_why(loaded: MainWindow, desk, export) -> None:
    desk.preview_answer = ExportError("the file is empty", "beacons.csv", "Export it again")
    drop(loaded, export)
    dialog = loaded.findChild(ImportPreview)
    assert dialog.warning == "beacons.csv: the file is empty. Export it again"
    assert not dialog.import_button.isEnabled()
    dialog.reject()


def test_a_folder_is_offered_as_a_whole(loaded: MainWindow, desk, tmp_path) -> None:
    drop(loaded, tmp_path)
    dialog = loaded.findChild(ImportPreview)
    assert dialog.import_button.isEnabled()
    dialog.import_button.click()
    assert desk.calls == [("import", (tmp_path,), {"privacy": "strict"})]


def test_a_dropped_workspace_is_opened(window: MainWindow, desk, tmp_path) -> None:
    drop(window, tmp_path / "shop.docops")
    assert desk.calls == [("open", tmp_path / "shop.docops")]


def test_a_file_that_vanished_is_named(loaded: MainWindow, desk, tmp_path) -> None:
    assert loaded.offer_import([tmp_path / "gone.csv"]) is None
    assert "gone.csv" in loaded.notices.text


def test_text_that_is_dropped_is_refused(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("not a file")
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_the_preview_warns_of_a_guess() -> None:
    assert preview_text(found(confidence=0.55)).warning
    assert not preview_text(found()).warning
    assert "No column" in preview_text(found(columns=())).warning
    assert (
        preview_text(found()).outcome
        == "Of the first 50 rows: 44 would be loaded, 4 filtered, 2 rejected (4 bot; 2 no time)"
    )


def test_the_preview_says_where_the_layout_is_known_from_and_what_is_unsure() -> None:
    reading = preview_text(found(evidence="parser", note="Localised captions are unsure.")).reading
    assert reading.endswith("Layout known from a public parser or connector. Localised captions are unsure.")


def test_outcomes_are_summed_up() -> None:
    good = ImportOutcome("a.csv", ImportRecord(1, "a.csv", "x", 1, "generic", "page_view", rows_loaded=1200))
    again = ImportOutcome("b.csv", ImportRecord(0, "b.csv", "x", 1, "generic", "page_view", status="duplicate"))
    bad = ImportOutcome("c.csv", None, ExportError("no time column", "c.csv", "Map one"))
    text, kind = outcome_text((good, again, bad))
    assert text.splitlines() == [
        "Loaded 1,200 rows from a.csv.",
        "Already in the workspace, nothing changed: b.csv.",
        "c.csv: no time column. Map one",
    ]
    assert kind == "error"
    assert outcome_text((good,))[1] == "info"


def test_a_new_workspace_never_takes_a_name_that_exists(window: MainWindow, desk, tmp_path) -> None:
    taken = tmp_path / "shop.docops"
    taken.touch()
    assert free_path(tmp_path, "shop") == tmp_path / "shop 2.docops"
    assert with_suffix(tmp_path / "shop") == taken
    window.files.make(tmp_path / "shop")
    assert desk.calls == []
    assert "exists already" in window.notices.text
