"""What every panel is: a title with its definition, the n, a body, a menu; it shows the desk's newest result and says when that is old.

While a new result is computed the last good picture stays; after 300 ms it is dimmed. Subclasses say what is shown (``show_result``), as a table
(``sheet``) and in words (``description``), and nothing about how it gets out of the application.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSpacerItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.engine.faults import message_of
from docops_desktop.ui.charts.hover_card import HoverCard
from docops_desktop.ui.charts.legend import Legend
from docops_desktop.ui.count_words import no_sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels import panel_menu
from docops_desktop.ui.panels.marks import Mark
from docops_desktop.ui.panels.stamp import stamp_lines
from docops_desktop.ui.panels.turns import Turns
from docops_desktop.ui.panels.veil import APART_MS, Notice, Veil
from docops_desktop.ui.panels.visibility import VisiblePanels
from docops_desktop.ui.panels.words_label import WordsLabel
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed, set_role

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import Results, ViewSettings
    from docops_desktop.model.selection import Selection
    from docops_desktop.ui.models.sheet import Sheet

DIM_AFTER_MS = 300
_TALL = 200
"""From this height on, at the usual type size, a legend may have a line of its own."""


class Panel(QFrame):
    """Base of all panels.

    Attributes:
        panel_id: name towards the desk, and author of its clauses.
        view: the widget that holds the marks; keys act while it has the focus.
    """

    panel_id: ClassVar[str] = ""

    def __init__(self, desk: Desk, title: str, definition: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.title = desk, title
        self.view: QWidget = self
        self._result: Any = None
        self._waiting: Any = None
        self._taken: Any = None
        self._generation: int | None = None
        self._roughly = ""
        self._previews = False
        self._legend: Legend | None = None
        set_role(self, "panel")
        self.header = self._make_header(definition)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(10, 6, 10, 8)
        self._layout.setSpacing(4)
        self._layout.addLayout(self.header)
        self._body = QWidget()
        self._body_layout = QVBoxLayout(self._body)
        self._body_layout.setContentsMargins(0, 0, 0, 0)
        self._body_layout.setSpacing(4)
        self._layout.addWidget(self._body, 1)
        self.veil, self.notice = Veil(self), Notice(self)
        self.card = HoverCard(self)
        self._dimmer = QTimer(self)
        self._dimmer.setSingleShot(True)
        self._dimmer.timeout.connect(self._dim)
        self.setAccessibleName(title)
        self.say(tr("Nothing to show yet"))

    def _make_header(self, definition: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        heading = QLabel(self.title)
        set_role(heading, "title")
        heading.setToolTip(definition)
        heading.setAccessibleDescription(definition)
        self.n_label = WordsLabel()
        self.tools = QHBoxLayout()
        self._gap = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding)
        self.tools.setSpacing(6)
        self.menu_button = QToolButton()
        self.menu_button.setText("⋯")
        self.menu_button.setToolTip(tr("Copy, save, show as table"))
        self.menu_button.setAccessibleName(tr("Menu of {panel}").format(panel=self.title))
        self.menu_button.clicked.connect(self._pop_up)
        row.addWidget(heading)
        row.addWidget(self.n_label)
        row.addLayout(self.tools, 1)
        row.addWidget(self.menu_button)
        return row

    def fit_header(self) -> None:
        """Give n the room that everything else leaves: what can be chosen is said in full before n is."""
        legend = self._legend
        tools = [w for w in _widgets_in(self.tools) if w is not legend]
        others = [w for w in _widgets_in(self.header) if w is not self.n_label]
        needed = sum(w.sizeHint().width() for w in (*tools, *others))
        gaps = len(tools) * self.tools.spacing() + (len(others) + 1) * self.header.spacing()
        margins = self._layout.contentsMargins()
        room = self.contentsRect().width() - margins.left() - margins.right() - gaps - needed - 4
        if legend is not None:
            left = room - self.n_label.minimumSizeHint().width()
            self._place_legend(legend, left)
            beside = (
                self.tools.indexOf(legend) >= 0
            )  # then names of what is drawn come before all but the first words of n
            room -= max(min(legend.sizeHint().width(), left), legend.minimumWidth()) if beside else 0
        self.n_label.setFixedWidth(max(min(room, self.n_label.sizeHint().width()), 0))

    def _place_legend(self, legend: Legend, room: int) -> None:
        """Beside the title where all its entries find room, else in a line of its own where the panel is tall enough: a line without a name is no chart."""
        beside = legend.sizeHint().width() <= room or self.height() < current_theme().px(_TALL)
        if beside == (self.tools.indexOf(legend) >= 0):
            return
        if beside:
            self._layout.removeWidget(legend)
            self.tools.removeItem(self._gap)
            self.tools.insertWidget(0, legend, 1)
        else:
            self.tools.removeWidget(legend)
            self.tools.insertItem(0, self._gap)
            self._layout.insertWidget(self._layout.indexOf(self._body), legend)
        self._cover_body()

    def _cover_body(self) -> None:
        """Keep veil and notice over the body."""
        self._layout.activate()
        self.notice.setGeometry(self._body.geometry())
        self.veil.setGeometry(self._body.geometry())

    def add_to_body(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget below what is there."""
        self._body_layout.addWidget(widget, stretch)

    def connect_desk(self) -> None:
        """Begin to listen; the last act of a subclass' constructor."""
        subscriptions = [
            self.desk.subscribe("results", self._take_results),
            self.desk.subscribe("busy", self._take_busy),
            self.desk.subscribe("selection", self.selection_changed),
            self.desk.subscribe("view", self.view_changed),
            self.desk.subscribe("workspace", self._take_workspace),
        ]
        self._legend = next((w for w in _widgets_in(self.tools) if isinstance(w, Legend)), None)
        visibility = VisiblePanels.of(self.desk)
        panel_id = self.panel_id
        self._visibility = visibility
        self._counted = _Counted()
        counted = self._counted

        def gone() -> None:
            for end in subscriptions:
                end()
            if counted.now:
                visibility.hide(panel_id)

        self.destroyed.connect(gone)
        self.view.setAccessibleName(self.title)
        if isinstance(self.view, QAbstractScrollArea):
            self.view.viewport().setAccessibleName(self.title)
        on_theme_changed(self, self.theme_changed)
        self.view_changed(self.desk.view)
        self.selection_changed(self.desk.selection)
        if self.desk.results is not None:
            self._take_results(self.desk.results)
            self.take_turn()
        self._take_busy(self.desk.busy)

    # --- what a subclass says

    def show_result(self, result: Any) -> None:
        """Show a result of this panel."""
        raise NotImplementedError

    def sheet(self) -> Sheet | None:
        """Return what is shown as a table, None while there is nothing."""
        raise NotImplementedError

    def description(self) -> str:
        """Return a sentence or two that tell what is shown: the text alternative."""
        raise NotImplementedError

    def n_text(self) -> str:
        """Return the n of what is shown, for the title row."""
        return ""

    def n_tip(self) -> str:
        """Return what there is to know about n, for its tooltip."""
        return ""

    def empty_text(self) -> str:
        """Return why the result at hand shows nothing, or "" when it shows something."""
        return ""

    def nothing_matches(self) -> str:
        """Return why there are no sessions: none at all, or none that the filters keep."""
        if self.desk.selection.is_empty:
            return no_sessions(self.desk.workspace_info)
        return tr("No sessions match the filters. Remove one.")

    def mark_at(self, _point: QPoint) -> Mark | None:
        """Return the mark at a point in the panel's pixels."""
        return None

    def current_mark(self) -> Mark | None:
        """Return the mark under the keyboard's cursor."""
        return None

    def add_own_actions(self, _menu: QMenu) -> None:
        """Add what only this panel can do to the context menu."""

    def selection_changed(self, _selection: Selection) -> None:
        """Show which marks the selection keeps."""

    def view_changed(self, _view: ViewSettings) -> None:
        """Take over settings of the view."""

    def theme_changed(self, _theme: Theme) -> None:
        """Take other colours; widgets that dress themselves need nothing here."""

    def read(self, results: Results) -> Any:
        """Return this panel's part of the results."""
        return results.get(self.panel_id)

    # --- state

    @property
    def result(self) -> Any:
        """The last good result, None before the first."""
        return self._result

    @property
    def currency(self) -> str:
        """The workspace's currency."""
        return self.desk.workspace_info.currency if self.desk.workspace_info else ""

    @property
    def time_zone(self) -> str:
        """The workspace's time zone."""
        return self.desk.workspace_info.time_zone if self.desk.workspace_info else "UTC"

    @property
    def k(self) -> int:
        """Groups smaller than this never leave the application."""
        info = self.desk.workspace_info
        return int(info.definitions.k) if info is not None else 5

    def stamp(self) -> tuple[str, ...]:
        """Return the lines for everything that leaves the application."""
        return stamp_lines(self.desk, self.title, self.panel_id)

    def tell(self, error: BaseException) -> None:
        """Tell the user of a fault."""
        self.desk.topics.publish("message", message_of(error, self.title))

    def say(self, text: str) -> None:
        """Say in place of the picture why there is none; "" takes that back."""
        self.notice.say(text)

    def present(self, result: Any) -> None:
        """Show a result and everything that goes with it."""
        self._result = result
        self.show_result(result)
        self.write_n()
        self.say(self.empty_text())
        if not self._previews:  # in words only what stays: nobody can listen to sixty sentences a second
            self._describe()
        self.card.hide()

    def write_n(self) -> None:
        """Write n beside the title."""
        text, tip = self.n_text(), self.n_tip()
        if self._roughly:
            text = tr("{n} · approximate").format(n=text)
            tip = tr("While the brush moves: {how}").format(how=self._roughly)
        if tip != self.n_label.toolTip():
            self.n_label.setToolTip(tip)
        room = self.n_label.sizeHint()
        self.n_label.setText(text)
        if not self._previews or self.n_label.sizeHint() != room:
            self.fit_header()

    @contextmanager
    def for_export(self) -> Iterator[None]:
        """While a picture is made: nothing on it that belongs to the screen only, and no group below k."""
        shown = [w for w in (self.veil, self.card, self.menu_button) if w.isVisible()]
        for widget in shown:
            widget.hide()
        self.suppress_below(self.k)
        try:
            yield
        finally:
            self.suppress_below(0)
            for widget in shown:
                widget.show()

    def suppress_below(self, _k: int) -> None:
        """Take groups smaller than k out of the picture (0: show all again); for panels whose marks are groups."""

    # --- what the desk tells

    def _take_results(self, results: Results) -> None:
        part = self.read(results)
        if part is not None and (results.generation != self._generation or part is not self._taken):
            self._generation, self._taken = results.generation, part
            self._roughly = results.approximate.get(self.panel_id, "")
            self._previews = results.preview
            self._waiting = part
            Turns.of(self.desk).ask(self)
        if part is None and results.preview and self._result is not None and self.panel_id != "timeline":
            self._dimmer.start(DIM_AFTER_MS)  # a brush moves, and this panel can't follow before it is released
        elif not results.preview and not self.desk.busy:
            self._take_busy(False)

    def take_turn(self) -> None:
        """Show the newest result that waits."""
        part, self._waiting = self._waiting, None
        if part is not None:
            if not self.desk.busy:
                self._lift()
            self.present(part)

    def _take_busy(self, busy: bool) -> None:
        if busy and self._result is not None:
            self._dimmer.start(DIM_AFTER_MS)
        elif self._waiting is None:
            self._lift()

    def _dim(self) -> None:
        if not self.veil.cover(self._body.geometry()):
            self._dimmer.start(APART_MS)

    def _lift(self) -> None:
        self._dimmer.stop()
        self.veil.hide()

    def _take_workspace(self, info: Any) -> None:
        if info is None:
            self._result, self._waiting, self._taken, self._generation = None, None, None, None
            self.n_label.clear()
            self.say(tr("No workspace is open"))

    def _describe(self) -> None:
        text = self.description()
        self.setAccessibleDescription(text)
        self.view.setAccessibleDescription(text)

    # --- Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        """Have the panel computed from now on."""
        super().showEvent(event)
        if not event.spontaneous() and not self._counted.now:
            self._counted.now = True
            self._visibility.show(self.panel_id)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop having the panel computed."""
        super().hideEvent(event)
        if not event.spontaneous() and self._counted.now:
            self._counted.now = False
            self._visibility.hide(self.panel_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep veil and notice over the body."""
        super().resizeEvent(event)
        self.fit_header()
        self._cover_body()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu for the mark under the pointer, or under the keyboard's cursor."""
        by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        mark = self.current_mark() if by_keyboard else self.mark_at(self.mapFromGlobal(event.globalPos()))
        self._run_menu(mark, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return keeps, Delete excludes the current mark, Ctrl+C copies, while the chart or table has the focus."""
        if not self.view.hasFocus() or not self._act_on(event):
            super().keyPressEvent(event)

    def _act_on(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.Copy):
            panel_menu.copy_text(self)
            return True
        mark = self.current_mark()
        if mark is None:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            mark.keep()
            return True
        if event.key() == Qt.Key.Key_Delete and mark.exclude is not None:
            mark.exclude()
            return True
        return False

    def _pop_up(self) -> None:
        corner = self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft())
        self._run_menu(self.current_mark(), corner)

    def _run_menu(self, mark: Mark | None, at: QPoint) -> None:
        menu = panel_menu.build_menu(self, mark)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)


def _widgets_in(row: QHBoxLayout) -> list[QWidget]:
    """Return what is shown in a row, from left to right."""
    items = (row.itemAt(place) for place in range(row.count()))
    widgets = (item.widget() for item in items if item is not None)
    return [widget for widget in widgets if widget is not None and not widget.isHidden()]


class _Counted:
    """Whether this panel is counted as visible; outlives the panel's C++ part."""

    def __init__(self) -> None:
        self.now = False
