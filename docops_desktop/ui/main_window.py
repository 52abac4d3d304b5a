"""The main window. It only places things and joins them: rail, filter bar, notices, perspectives, status bar. What they do is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from docops_desktop.engine.state import JobView, Message
from docops_desktop.model.selection import Clause
from docops_desktop.ui import format as fmt
from docops_desktop.ui.actions import Actions
from docops_desktop.ui.chrome.filter_bar import FilterBar
from docops_desktop.ui.chrome.notice_bar import NoticeBar
from docops_desktop.ui.chrome.rail import Rail
from docops_desktop.ui.chrome.status_bar import StatusBar
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.count_words import page_views, sessions
from docops_desktop.ui.dialogs.filter_editor import edit_clause
from docops_desktop.ui.dialogs.import_preview import ImportPreview
from docops_desktop.ui.dialogs.palette import Palette
from docops_desktop.ui.dialogs.reading import about_dialog, fault_dialog, glossary_dialog, shortcuts_dialog
from docops_desktop.ui.drop import DropTarget
from docops_desktop.ui.file_acts import FileActs, outcome_text, window_title
from docops_desktop.ui.focus_ring import FocusRing
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.icons import application_icon
from docops_desktop.ui.import_flow import ImportFlow
from docops_desktop.ui.perspective_stack import PerspectiveStack
from docops_desktop.ui.reading_order import next_stop, tab_stops
from docops_desktop.ui.shell_commands import MENU_BREAKS, ShellActs, perspective_titles, register_shell_commands
from docops_desktop.ui.splitter import next_border
from docops_desktop.ui.start_page import StartPage
from docops_desktop.ui.theme import set_role, set_room, set_theme, text_scale, theme_choice, type_factor

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

_LEAST_STACK = 120
"""Least height of what stands beneath the filters, in pixels: some lines of a page that scrolls."""
_RAIL_TIPS = {
    "bridge": "Is the ship healthy? Status and trend at a glance",
    "investigate": "Who is hurt, where, since when: all panels linked",
    "whatif": "What would faster pages be worth",
    "data": "Imports, rejected rows, definitions",
}


MANAGED_MS = 250
"""A window manager has given a window its size by then."""


class MainWindow(QMainWindow):
    """The window over one desk.

    Args:
        panels: makers of the panels; tests hand in their own.
    """

    def __init__(self, desk: Desk, panels: dict | None = None) -> None:
        super().__init__()
        self.setWindowTitle(window_title(None))
        self.setWindowIcon(application_icon())
        self.setMinimumSize(960, 600)
        self.resize(1440, 900)
        self._normal, self._fills_screen = self.geometry(), False
        self.desk = desk
        self._imports = ImportFlow(desk, self, self.tell)
        self.files = FileActs(desk, self, self.offer_import, self.tell)
        register_shell_commands(desk, self._acts())
        run = desk.commands.run
        self.rail = Rail([(i, title, i, tr(_RAIL_TIPS[i])) for i, title in perspective_titles().items()])
        self.rail.chosen.connect(self._go)
        self.filters = FilterBar(desk, run, self.edit_filter)
        self.perspectives = PerspectiveStack(desk, run, panels)
        self.start_page = StartPage(run, lambda path: desk.open(Path(path)), desk.cancel)
        self._stack = QStackedWidget()
        for page in (self.start_page, self.perspectives):
            self._stack.addWidget(page)
        self.notices = NoticeBar(self._stack)
        self._place()
        self.actions_ = Actions(desk.commands, self)
        self.menus = self.actions_.fill(self.menuBar(), MENU_BREAKS)
        self._drop = DropTarget(self, self.files.dropped)
        self._ring = FocusRing(self)
        self._subscribe()
        self._restore()
        self._show_workspace()

    # --- placing

    def _place(self) -> None:
        centre = QWidget()
        set_role(centre, "window")
        inner = QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for part, stretch in ((self.filters, 0), (self._stack, 1)):
            inner.addWidget(part, stretch)
        self._stack.setMinimumHeight(
            _LEAST_STACK
        )  # its pages scroll; what they would like to have must not cut the filters
        outer = QHBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.rail)
        outer.addLayout(inner, 1)
        self.setCentralWidget(centre)
        self.status = StatusBar(self.desk, lambda: self._go("data"))
        self.setStatusBar(self.status)
        self.menuBar().setAccessibleName(tr("Menu"))

    def _acts(self) -> ShellActs:
        files = self.files
        return ShellActs(
            demo=files.demo, open=files.open, new=files.new, import_files=files.choose_imports, follow=files.follow, close=self.desk.close,
            quit=self.close, add_filter=lambda: self.edit_filter(None), saved_findings=self.show_saved_findings, whatif=self.run_whatif,
            why=self.explain_page, go=self._go, theme=self.choose_theme,
            larger=lambda: self._scale(text_scale() * 1.1), smaller=lambda: self._scale(text_scale() / 1.1),
            normal_size=lambda: self._scale(1.0), full_screen=self.toggle_full_screen, borders=self.go_to_border, palette=self.show_palette,
            keys=lambda: shortcuts_dialog(self.desk.commands, self).open(), glossary=lambda: glossary_dialog(self).open(),
            about=lambda: about_dialog(self._report(), self).open(),
        )  # fmt: skip

    # --- showing the desk

    def _subscribe(self) -> None:
        self._subscriptions = Subscriptions(self, self.desk)
        for topic, show in (
            ("workspace", lambda _: self._show_workspace()),
            ("view", lambda _: self._show_perspective()),
            ("history", lambda _: self.actions_.update_all()),
            ("selection", lambda _: self.actions_.update_all()),
            ("cause", lambda _: self.actions_.update_all()),
            ("follow", lambda _: self.actions_.update_all()),
            ("jobs", self._show_jobs),
            ("imports", self._imported),
            ("message", self._message),
        ):
            self._subscriptions.on(topic, show)

    def _show_workspace(self) -> None:
        info = self.desk.workspace_info
        self.setWindowTitle(window_title(info))
        self.rail.setVisible(info is not None)
        self.filters.setVisible(info is not None)
        if info is None:
            self.start_page.set_recent(self.desk.settings.recent)
            self._show_jobs(self.desk.jobs)
            self._stack.setCurrentWidget(self.start_page)
            self.start_page.demo_button.setFocus()
        else:
            self._stack.setCurrentWidget(self.perspectives)
            self._show_perspective()
            # In a turn of its own: the view that was saved with the workspace is taken up in this one, and would have the last word.
            QTimer.singleShot(0, self, self._lead_to_import)
        self.actions_.update_all()

    def _lead_to_import(self) -> None:
        """A workspace without anything begins where something can be brought in."""
        info = self.desk.workspace_info
        if info is not None and not info.imports and not info.sessions and self.desk.view.perspective == "bridge":
            self._go("data")

    def _show_perspective(self) -> None:
        if self.desk.workspace_info is not None:
            self.rail.show_perspective(self.desk.view.perspective)
            self.perspectives.show_perspective(self.desk.view.perspective)

    def _show_jobs(self, jobs: tuple[JobView, ...]) -> None:
        if self.desk.workspace_info is None:
            self.start_page.set_jobs([job for job in jobs if job.running])

    def _imported(self, outcomes: tuple) -> None:
        text, kind = outcome_text(outcomes)
        self.notices.tell(text, kind, tr("Show the data"), lambda: self._go("data"))  # type: ignore[arg-type]

    def _message(self, message: Message) -> None:
        if message.kind == "defect":
            self.show_fault(f"{message.text}\n{message.details}")
        else:
            self.notices.tell(message.text, message.kind)

    # --- acts

    def _go(self, perspective: str) -> None:
        if self.desk.workspace_info is not None:
            self.desk.set_view(perspective=perspective)

    def tell(self, text: str, kind: str = "info") -> None:
        """Show a notice over the perspective."""
        self.notices.tell(text, kind)  # type: ignore[arg-type]

    def offer_import(self, paths: Sequence[Path]) -> ImportPreview | None:
        """Preview these files for import; returns the dialog."""
        return self._imports.offer(paths)

    def edit_filter(self, clause: Clause | None) -> None:
        """Open the filter editor on a clause, or on a new one."""
        info = self.desk.workspace_info
        if info is not None:
            edit_clause(self, info.dictionaries, clause, self._apply_filter)

    def _apply_filter(self, before: Clause | None, after: Clause) -> None:
        selection = self.desk.selection if before is None else self.desk.selection.without(before)
        self.desk.set_selection(selection.with_clause(after), tr("filter {condition}").format(condition=after.text()))

    def show_palette(self) -> None:
        """Open the command palette."""
        Palette(self.desk.commands, self).open_over(self)

    def show_saved_findings(self) -> None:
        """List the findings saved in the workspace."""
        from docops_desktop.ui.panels.cause_findings import SavedFindingsDialog

        SavedFindingsDialog(self.desk, self).open()

    def run_whatif(self, act: str) -> None:
        """Go to the what-if and do there: ``segment``, ``save``, ``compare``."""
        self._go("whatif")
        panel: Any = self.perspectives.panel("whatif")
        menu = panel.scenario_menu
        {"segment": panel.choose_segment, "save": menu.ask_name, "compare": menu.compare}[act]()

    def explain_page(self) -> None:
        """Tell why the page group under the ranking's cursor has its status."""
        if self.desk.view.perspective not in ("investigate", "whatif"):
            self._go("investigate")
        panel: Any = self.perspectives.panel("pages")
        panel.explain()

    def choose_theme(self, choice: str) -> None:
        """Dress the application and remember it."""
        set_theme(choice, text_scale())  # type: ignore[arg-type]
        self.desk.settings.set(theme=choice)

    def _scale(self, factor: float) -> None:
        set_theme(theme_choice(), factor)
        self.desk.settings.set(text_scale=text_scale())

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back."""
        if self.isFullScreen() or self._fills_screen:
            wanted, self._fills_screen = self._normal, False
            self.showNormal()
        else:
            self._normal, wanted, self._fills_screen = self.geometry(), self.screen().geometry(), True
            self.showFullScreen()
        QTimer.singleShot(MANAGED_MS, self, lambda: self._fill(wanted))

    def go_to_border(self) -> None:
        """Give the focus to a border between panels, or to the next one."""
        border = next_border(self, self.focusWidget())
        if border is not None:
            border.take_focus()

    def _fill(self, wanted: QRect) -> None:
        """A wall monitor may have no window manager; then nobody else gives the window its size (and Qt calls it full no more once it has it)."""
        stale = self._fills_screen != (wanted == self.screen().geometry())
        if not stale and self.geometry().size() != wanted.size():
            self.setGeometry(wanted)

    def show_fault(self, report: str) -> None:
        """Show the report of a fault of the program."""
        fault_dialog(report, self).open()

    def _report(self) -> str:
        info = self.desk.workspace_info
        if info is None:
            return ""
        imports = tr_n(len(info.imports), "%n import", "%n imports")
        counted = f"{sessions(info.sessions, fmt.exact)}, {page_views(info.page_views, fmt.exact)}"
        return tr("Workspace: {counted}, {imports}").format(counted=counted, imports=imports)

    # --- the window's own state

    def _restore(self) -> None:
        saved = self.desk.settings.get("window")
        if isinstance(saved, dict):
            self.restoreGeometry(QByteArray.fromBase64(str(saved.get("geometry", "")).encode()))
            self.perspectives.restore_layout(saved.get("layout", {}))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a large monitor type grows with the window."""
        super().resizeEvent(event)
        set_room(type_factor(self.width(), self.height()))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go through the window as one reads it."""
        shown = self.perspectives.shown
        regions = (
            self.rail,
            self.filters.chips,
            self.filters,
            self.notices,
            *(() if shown is None else shown.regions()),
            self._stack,
        )
        found = next_stop(tab_stops(self, regions), self.focusWidget(), forward=forward)
        if found is None:
            return super().focusNextPrevChild(forward)
        found.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where everything was."""
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.desk.settings.set(window={"geometry": geometry, "layout": self.perspectives.save_layout()})
        super().closeEvent(event)
