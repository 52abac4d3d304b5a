"""Correcting in the import dialog: what is chosen is read anew, shown, imported, and can be saved as an adapter of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox

from docops_desktop.engine.desk import Desk
from docops_desktop.engine.imports import ImportOptions, import_each
from docops_desktop.engine.mapping_draft import MappingDraft
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.ingest.importer import list_adapters, preview_file
from docops_desktop.ingest.recognise.encoding import named
from docops_desktop.store.workspace import Workspace
from docops_desktop.ui.dialogs.import_preview import ImportPreview
from docops_desktop.ui.dialogs.mapping.choice_box import ChoiceBox
from docops_desktop.ui.dialogs.mapping.columns_model import EXAMPLES, PERSONAL, TARGET, UNIT, ColumnRow, ColumnsModel
from docops_desktop.ui.dialogs.mapping.columns_view import ColumnsView
from docops_desktop.ui.dialogs.mapping.drafts import Drafts
from docops_desktop.ui.dialogs.mapping.words import encoding_choices, encoding_word
from docops_desktop.ui.dispatch import QtDispatcher
from docops_desktop.ui.theme import set_theme
from tests.support.adapter_exports import adapter_exports

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

HEADER = "Zeitpunkt;Besuch;Seite;Ladezeit;Kundenmail\n"
LINES = [f"2026-08-01 10:0{n % 10}:00;b{n % 7};/p/schuh-{n % 3};{n % 4}.25;kunde{n}@example.org\n" for n in range(20)]
WANTED = {"Zeitpunkt": ("time", ""), "Besuch": ("session", ""), "Seite": ("page_url", ""), "Ladezeit": ("load_ms", "s")}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "haus.csv", tmp_path / "haus2.csv"
    first.write_text(HEADER + "".join(LINES) + "kaputt;b1;/p/x;1.5;a@b.de\n", encoding="utf-8")
    second.write_text(HEADER + "".join(LINES[:5]), encoding="utf-8")
    return first, second


class Opened:
    """The dialog over a real desk."""

    def __init__(self, desk: Desk, files: tuple[Path, ...]) -> None:
        self.desk = desk
        self.acted: list[tuple[Any, ...]] = []
        self.dialog = ImportPreview(desk, files, lambda *given: self.acted.append(given))
        self.settle()

    def settle(self) -> None:
        """Wait until what was asked is shown."""
        deadline = time.monotonic() + 120
        while self.dialog.busy:
            QApplication.processEvents()
            time.sleep(0.005)
            assert time.monotonic() < deadline, self.dialog.system

    def correct(self, name: str, column: int, value: str) -> None:
        model = self.dialog.columns
        (row,) = [number for number, one in enumerate(model.rows) if one.name == name]
        assert model.setData(model.index(row, column), value)
        self.settle()

    def correct_all(self) -> None:
        for name, (target, unit) in WANTED.items():
            self.correct(name, TARGET, target)
            if unit:
                self.correct(name, UNIT, "ms")
                self.correct(name, UNIT, unit)


@pytest.fixture
def open_dialog(
    tmp_path: Path, dressed: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Opened]]:
    monkeypatch.setattr("docops_desktop.ui.dialogs.import_preview.documents_folder", lambda: tmp_path)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_named: tmp_path / "user-data")
    desk = Desk(QtDispatcher(), SettingsFile(tmp_path / "settings.json"))
    made: list[Opened] = []

    def opened(*files: Path) -> Opened:
        made.append(Opened(desk, files))
        return made[-1]

    yield opened
    for one in made:
        one.dialog.reject()
    desk.shut_down()


def test_corrections_are_counted_imported_and_the_same_as_a_mapping_file(open_dialog, files, tmp_path) -> None:
    opened = open_dialog(files[0])
    dialog = opened.dialog
    assert "refused" in dialog.outcome
    assert "--mapping" not in dialog.warning
    opened.correct_all()
    assert "20 would be loaded" in dialog.outcome
    assert "1 rejected" in dialog.outcome
    assert "unreadable time" in dialog.outcome
    assert dialog.column_texts()[1][1:4] == ("session", "", "▲ session: keyed hash (64 bit), used as a join key")
    assert dialog.column_texts()[4][3] == "▲ e-mail: not stored"
    dialog.import_button.click()
    (given,) = opened.acted
    drafts = given[3]
    assert drafts == {files[0]: MappingDraft(columns=WANTED)}
    mapping = tmp_path / "mine.toml"
    mapping.write_text(drafts[files[0]].toml(), encoding="utf-8")
    loaded = []
    for name, options in (("a", ImportOptions(drafts=drafts)), ("b", ImportOptions(mapping=mapping))):
        with Workspace.create(tmp_path / f"{name}.docops") as ws:
            (outcome,) = import_each(ws, [files[0]], options)
            assert outcome.record is not None, outcome.error
            with ws.reading() as connection:
                rows = connection.execute("SELECT time, page_url, load_ms FROM v_page_views").fetchall()
            loaded.append((rows, outcome.record.rows_loaded, outcome.record.rows_quarantined))
    assert loaded[0] == loaded[1]
    assert loaded[0][1:] == (20, 1)


def test_saved_as_my_adapter_it_is_recognised_next_time(open_dialog, files) -> None:
    opened = open_dialog(files[0])
    opened.correct_all()
    opened.dialog.save_adapter("Haus-System")
    opened.settle()
    assert opened.dialog.system.startswith("Haus-System, certain")
    assert "20 would be loaded" in opened.dialog.outcome
    assert preview_file(files[1]).adapter == "haus_system"
    names = [opened.dialog.source.system.itemText(n).strip() for n in range(4)]
    assert names[1:3] == ["Your own adapters", "Haus-System"]


def test_several_files_share_corrections_or_have_their_own(open_dialog, files) -> None:
    opened = open_dialog(*files)
    dialog = opened.dialog
    opened.correct("Zeitpunkt", TARGET, "time")
    dialog._step(1)
    opened.settle()
    assert dialog.column_texts()[0][1] == "— not loaded"
    dialog._step(1)
    opened.settle()
    assert dialog.column_texts()[0][1] == "time"
    dialog.share(True)
    opened.correct("Seite", TARGET, "page_url")
    dialog._step(1)
    opened.settle()
    assert dialog.column_texts()[0][1] == "time"
    assert "5 would be loaded" in dialog.outcome
    dialog.import_button.click()
    assert opened.acted[0][3].keys() == set(files)


def test_system_grain_and_zone_can_be_chosen(open_dialog, files) -> None:
    opened = open_dialog(files[0])
    opened.correct_all()
    source = opened.dialog.source
    source.zone_chosen.emit("Europe/Berlin")
    source.grain_chosen.emit("session")
    opened.settle()
    assert source.grain.value == "session"
    assert opened.dialog._draft.time_zone == "Europe/Berlin"
    source.system_chosen.emit("boomerang")
    opened.settle()
    assert source.system.value == "boomerang"
    assert opened.dialog._draft == MappingDraft("boomerang", time_zone="Europe/Berlin")


def test_the_lists_have_headings_that_cannot_be_chosen(dressed: QApplication) -> None:
    box = ChoiceBox("Becomes")
    box.fill([("none", ""), ("Times", None), ("time", "time")], "time")
    assert (box.value, box.currentText().strip()) == ("time", "time")
    assert not box.model().flags(box.model().index(1, 0)) & Qt.ItemFlag.ItemIsEnabled
    box.choose("custom.x")
    assert box.value == "custom.x"
    box.deleteLater()


def test_the_model_of_columns_keeps_qt_s_rules() -> None:
    model = ColumnsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows = [ColumnRow(f"c{n}", "time" if n == 35 else "", personal="ip" if n == 7 else "") for n in range(40)]
    model.show(rows)
    assert [row.name for row in model.rows[:3]] == ["c35", "c7", "c0"]
    told: list[tuple[str, str, str]] = []
    model.corrected.connect(lambda *rule: told.append(rule))
    assert model.setData(model.index(2, TARGET), "load_ms")
    assert not model.setData(model.index(2, 0), "x")
    assert told == [("c0", "load_ms", "")]
    model.show(rows)
    assert [row.name for row in model.rows[:3]] == ["c35", "c7", "c0"]
    model.show(rows[:2])
    assert model.rowCount() == 2
    assert tester.model() is model


def test_a_folder_takes_no_corrections(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    drafts = Drafts((tmp_path, file))
    drafts.share(True, file)
    drafts.set(file, MappingDraft(grain="session"))
    assert drafts.corrected() == {file: MappingDraft(grain="session")}


def test_systems_of_which_nothing_is_public_open_with_sensible_guesses(open_dialog, tmp_path) -> None:
    """Each is recognised as itself, says how unsure that is, has a target for every column it is likely to have, and loads."""
    unsure = {spec.name: spec for spec in list_adapters() if spec.evidence == "unknown"}
    seen = set()
    for name, adapter, data in adapter_exports():
        if adapter not in unsure or not name.endswith(".csv"):
            continue
        (tmp_path / name).write_bytes(data)
        opened = open_dialog(tmp_path / name)
        dialog = opened.dialog
        assert dialog.system.startswith(unsure[adapter].system), (name, dialog.system)
        assert "certain" not in dialog.system
        assert "8 would be loaded" in dialog.outcome, (name, dialog.outcome)
        with_target = sum(not text[1].startswith("—") for text in dialog.column_texts())
        assert with_target >= min(3, len(dialog.column_texts()) - 1) or unsure[adapter].grain == "aggregate", name
        seen.add(adapter)
    assert seen >= {
        "condati",
        "datorama",
        "krux",
        "quantum_metric",
        "bluetriangle_hits",
        "catchpoint_csv",
        "mpulse_dashboard",
        "optimizely_results",
        "rigor",
    }


HUNGARIAN = "nap;kampány;kattintás;költség\n" + "".join(
    f"2026-08-0{n};{name};{n};2,50\n"
    for n, name in enumerate(("cipő", "gyűrű", "esernyő", "fűtő", "kesztyű", "hűtő", "zöld kék"), 1)
)


def test_an_encoding_is_shown_with_its_doubt_chosen_and_goes_with_the_import(open_dialog, tmp_path) -> None:
    path = tmp_path / "akcio.csv"
    path.write_bytes(HUNGARIAN.encode("cp1250"))
    opened = open_dialog(path)
    dialog = opened.dialog
    box = dialog.source.encoding
    assert box.currentText().strip().startswith("Windows-1252, assumed")
    assert "its letters look like Hungarian, perhaps it is Windows-1250: choose another one" in dialog.warning
    assert "--encoding" not in dialog.warning
    assert "cipõ" in dialog.column_texts()[1][4]
    choose(box, "cp1250")
    opened.settle()
    assert "cipő" in dialog.column_texts()[1][4]
    assert "encoding" not in dialog.warning.lower()
    assert box.currentText().strip() == "Windows-1250"
    assert box.itemText(0).strip().startswith("Windows-1252, assumed"), "what was recognised stays to go back to"
    for number, (name, target) in enumerate({"nap": "time", "kampány": "campaign", "költség": "cost"}.items()):
        opened.correct(name, TARGET, target)
        assert len(dialog.columns.rows) == 4, number
    dialog.source.grain_chosen.emit("campaign_day")
    opened.settle()
    dialog.import_button.click()
    drafts = opened.acted[0][3]
    assert drafts[path].encoding == "cp1250"
    with Workspace.create(tmp_path / "a.docops") as ws:
        (outcome,) = import_each(ws, [path], ImportOptions(drafts=drafts))
        assert outcome.record is not None, outcome.error
        assert outcome.record.mapping["encoding"] == "cp1250"
        with ws.reading() as connection:
            names = connection.execute("SELECT campaign FROM v_campaign_days").fetchall()
    assert ("cipő",) in names


def test_the_encoding_is_saved_in_an_adapter_of_ones_own(open_dialog, tmp_path) -> None:
    path = tmp_path / "akcio.csv"
    path.write_bytes(HUNGARIAN.encode("cp1250"))
    opened = open_dialog(path)
    choose(opened.dialog.source.encoding, "cp1250")
    opened.settle()
    for name, target in {"nap": "time", "kampány": "campaign", "költség": "cost"}.items():
        opened.correct(name, TARGET, target)
    opened.dialog.source.grain_chosen.emit("campaign_day")
    opened.settle()
    opened.dialog.save_adapter("Bolt")
    opened.settle()
    assert opened.dialog.system.startswith("Bolt")
    assert "cipő" in opened.dialog.column_texts()[1][4]
    assert preview_file(path).encoding == "cp1250"


def test_an_encoding_that_does_not_fit_says_so_and_can_be_taken_back(open_dialog, tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HUNGARIAN.encode("cp1250"))
    opened = open_dialog(path)
    choose(opened.dialog.source.encoding, "utf-16-le")
    opened.settle()
    assert opened.dialog.warning
    choose(opened.dialog.source.encoding, "")
    opened.settle()
    assert "cipõ" in opened.dialog.column_texts()[1][4]


@pytest.mark.parametrize("scale", [1.0, 1.6, 2.0])
def test_on_a_small_screen_large_type_is_not_cut(open_dialog, tmp_path, scale: float) -> None:
    path = tmp_path / "akcio.csv"
    path.write_bytes(HUNGARIAN.encode("cp1250"))
    set_theme("dark", scale)
    try:
        dialog = open_dialog(path).dialog
        assert dialog.minimumSizeHint().width() <= 1280
        dialog.resize(1240, 740)
        dialog.show()
        QApplication.processEvents()
        assert dialog.height() == 740, "what has no room scrolls"
        boxes = dialog.findChildren(ChoiceBox)
        assert boxes
        for box in boxes:
            assert box.height() >= box.sizeHint().height()
        (personal,) = [box for box in boxes if box.accessibleName() == "Personal data"]
        assert personal.fontMetrics().horizontalAdvance(personal.currentText()) <= room_for_text(personal)
    finally:
        set_theme("dark", 1.0)


def room_for_text(box: ChoiceBox) -> int:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    complex_control = QStyle.ComplexControl.CC_ComboBox
    return box.style().subControlRect(complex_control, option, QStyle.SubControl.SC_ComboBoxEditField, box).width()


def test_a_text_without_room_ends_in_an_ellipsis_and_is_in_the_tooltip(dressed: QApplication) -> None:
    box = ChoiceBox("Personal data")
    box.fill([("w" * 40, "wide"), ("w" * 4, "narrow")], "wide")
    assert box.toolTip() == "w" * 40
    box.resize(120, box.sizeHint().height())
    cut = box.grab().toImage()
    box.fill([("w" * 400, "wide")], "wide")
    assert box.grab().toImage() == cut, "what is beyond the ellipsis leaves no trace"
    box.fill([("w" * 4, "narrow")], "narrow")
    assert box.toolTip() == "wwww"
    assert box.grab().toImage() != cut
    box.deleteLater()


def test_columns_have_the_room_that_their_texts_need(dressed: QApplication) -> None:
    model = ColumnsModel()
    view = ColumnsView(model)
    view.resize(1040, 300)
    view.show()
    personal = "user: keyed hash (64 bit), used as a join key"
    model.show([ColumnRow("mail", "user", personal=personal), ColumnRow("date", "time")])
    assert view.columnWidth(PERSONAL) > view.fontMetrics().horizontalAdvance(personal)
    model.show([ColumnRow("n" * 200, "user", personal="p" * 200)])
    assert view.columnViewportPosition(EXAMPLES) < view.viewport().width(), "long texts leave room for the values"
    view.deleteLater()


def test_every_encoding_that_is_offered_can_be_read() -> None:
    for text, codec in encoding_choices("as recognised"):
        if codec:
            assert named(codec) == codec, text
            assert encoding_word(codec) == text


def choose(box: ChoiceBox, value: str) -> None:
    """What a click on an entry of the list does."""
    position = box.findData(value)
    assert position >= 0
    box.setCurrentIndex(position)
    box.activated.emit(position)
