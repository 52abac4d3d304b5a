"""The bar above the perspective: the window, its baseline, every condition, how much they keep, and undo, redo and search.

It only shows the desk's selection and hands acts to the desk; always visible, so that nobody forgets what is filtered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from docops_desktop.model.selection import Clause
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui import format as fmt
from docops_desktop.ui.baseline_words import baseline_text
from docops_desktop.ui.chrome.chips import Chip, clause_chip
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.flow_layout import FlowLayout, WrappedArea
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme, on_theme_changed, set_role
from docops_desktop.ui.widgets import beside_icon, label, push_button, tool_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


NARROW = 106
"""Below so many letters' heights the bar is narrow."""
_SHARE = 0.45
"""Share of the window's height that the bar takes at most; in a tiny window with many chips it scrolls."""
_CHIP = 240
"""Room that the chips have at least beside the acts, in pixels at the usual type size."""


class FilterBar(QFrame):
    """Chips and acts on the selection.

    Args:
        run: runs a command by id ("edit.undo").
        edit_clause: opens the editor on a clause, or on a new one (None).
    """

    def __init__(
        self,
        desk: Desk,
        run: Callable[[str], object],
        edit_clause: Callable[[Clause | None], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_role(self, "bar")
        self.setAccessibleName(tr("Filters"))
        self._desk, self._edit_clause = desk, edit_clause
        self._chips = QWidget()
        self._chips.setAccessibleName(tr("Conditions"))
        self._flow = FlowLayout(self._chips)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._chips.setSizePolicy(policy)
        self._kept = label("", "small")
        self._clear = push_button(tr("Clear all"), lambda: run("filter.clear"), "quiet")
        self._clear.setToolTip(tr("Remove all conditions and the window (Ctrl+Shift+Backspace); can be undone"))
        self._undo = tool_button("undo", tr("Undo"), lambda: run("edit.undo"))
        self._redo = tool_button("redo", tr("Redo"), lambda: run("edit.redo"))
        self._find_cause = push_button(tr("Find the cause"), lambda: run("cause.find"))
        self._find_cause.setToolTip(
            tr("Name the combination behind a drop in the window; without a window: what stands out (Ctrl+E)")
        )
        self._narrow = False
        self._search = push_button(tr("Search"), lambda: run("help.palette"), "", "search")
        self._search.setAccessibleName(tr("Search commands"))
        self._search.setToolTip(tr("Find and run any command (Ctrl+Shift+P)"))
        self._acts = QWidget()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Maximum)
        self._acts.setSizePolicy(policy)
        self._acts_flow = FlowLayout(self._acts)
        for part in (self._kept, self._clear, self._find_cause, self._undo, self._redo, self._search):
            self._acts_flow.addWidget(part)
        page = QWidget()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, page)
        self._layout.setContentsMargins(12, 7, 12, 7)
        self._layout.setSpacing(6)
        self._layout.addWidget(self._chips, 1)
        self._layout.addWidget(self._acts)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(WrappedArea(page, _SHARE))
        self._subscriptions = Subscriptions(self, desk)
        self._subscriptions.on("selection", lambda _: self.show_selection())
        self._subscriptions.on("workspace", lambda _: self.show_selection())
        self._subscriptions.on("results", lambda _: self._show_kept())
        self._subscriptions.on("history", lambda _: self._show_history())
        on_theme_changed(self, lambda _: self._dress())
        self.show_selection()
        self._show_history()

    @property
    def chip_texts(self) -> tuple[str, ...]:
        """What the chips say, from left to right."""
        return tuple(widget.text for widget in self._flow.widgets() if isinstance(widget, Chip))

    def show_selection(self) -> None:
        """Rebuild the chips from the desk's selection."""
        for widget in self._flow.widgets():
            self._flow.removeWidget(widget)
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        desk = self._desk
        for chip in (*self._time_chips(), *(self._clause_chip(clause) for clause in desk.selection.clauses)):
            self._flow.addWidget(chip)
        loaded = desk.workspace_info is not None
        if loaded:
            add = push_button(tr("Filter"), lambda: self._edit_clause(None), "quiet", "add")
            add.setAccessibleName(tr("Add a filter"))
            add.setToolTip(tr("Keep or exclude values of any dimension (Ctrl+F)"))
            self._flow.addWidget(add)
        self._clear.setVisible(not desk.selection.is_empty)
        self._arrange()
        self._show_kept()
        self._paint_baseline()
        self._chips.updateGeometry()

    def _clause_chip(self, clause: Clause) -> Chip:
        chip = clause_chip(clause, lambda: self._desk.remove(clause))
        chip.activated.connect(lambda: self._edit_clause(clause))
        return chip

    def _time_chips(self) -> list[Chip]:
        desk, info = self._desk, self._desk.workspace_info
        window = desk.selection.span
        if info is None or window is None:
            return []
        tip = tr("The window: sessions that started {span}. Length {length}, times in {zone}.")
        chip = Chip(
            tr("Window"),
            "",
            short_span(window, info.time_zone),
            lambda: desk.set_window(None),
            tip.format(
                span=fmt.span(window, info.time_zone), length=fmt.length(window.duration_ms), zone=info.time_zone
            ),
        )
        return [chip, self._baseline_chip(window, info.time_zone)]

    def _baseline_chip(self, window: TimeSpan, zone: str) -> Chip:
        desk = self._desk
        spans = desk.baseline
        text = baseline_text(window, spans, zone)
        listed = "\n".join(fmt.span(span, zone) for span in spans)
        remove = (lambda: desk.set_baseline(())) if spans else None
        chip = Chip(
            tr("vs"),
            "",
            text,
            remove,
            tr("The baseline that the window is compared with, in all panels and by “Find the cause”.") + f"\n{listed}",
        )
        chip.setObjectName("baselineChip")
        chip.activated.connect(lambda: self._baseline_menu(chip))
        return chip

    def _baseline_menu(self, chip: Chip) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Same hours of earlier days of the same kind"), lambda: self._desk.set_baseline(None))
        menu.addAction(tr("No baseline"), lambda: self._desk.set_baseline(()))
        menu.popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def _dress(self) -> None:
        self._paint_baseline()
        self._arrange()

    def _paint_baseline(self) -> None:
        chip = self._chips.findChild(Chip, "baselineChip")
        if chip is not None:
            chip.setStyleSheet(f"QFrame#baselineChip {{ border-color: {current_theme().baseline}; }}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the acts are shorter, so that the chips keep one line."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW * current_theme().fonts.body
        if narrow != self._narrow:
            self._narrow = narrow
            self._search.setText(beside_icon("" if narrow else tr("Search")))
            self._show_kept()
        self._arrange()

    def _arrange(self) -> None:
        """Where the acts would leave no room for a chip, they stand beneath the chips, in as many rows as they need."""
        needed = self._acts_flow.sizeHint().width()
        beneath = self.width() < needed + current_theme().px(_CHIP)
        across = QBoxLayout.Direction
        self._layout.setDirection(across.TopToBottom if beneath else across.LeftToRight)
        self._acts.setMinimumWidth(0 if beneath else needed)

    def _show_kept(self) -> None:
        results = self._desk.results
        totals = results.totals if results is not None else None
        if totals is None or self._desk.workspace_info is None:
            self._say_kept("", "")
            return
        kept, everything = totals.selected.values.get("sessions"), totals.everything.values.get("sessions")
        if kept == everything:
            self._say_kept(tr("all {n}").format(n=sessions(everything)) if everything else tr("no sessions"), "")
        else:
            share = fmt.percent(kept / everything) if kept is not None and everything else fmt.missing()
            text = tr("{kept} of {all} ({share})")
            text = text.format(kept=fmt.count(kept), all=sessions(everything), share=share)
            self._say_kept(tr("n = {kept}").format(kept=fmt.count(kept)) if self._narrow else text, text)

    def _say_kept(self, text: str, tip: str) -> None:
        if text != self._kept.text():
            self._kept.setText(text)
            self._arrange()
        self._kept.setToolTip(tip)

    def _show_history(self) -> None:
        history = self._desk.history
        for button, text, word in (
            (self._undo, history.undo_text, tr("Undo {act}")),
            (self._redo, history.redo_text, tr("Redo {act}")),
        ):
            button.setEnabled(text is not None)
            name = word.format(act=text or "").strip()
            button.setToolTip(name)
            button.setAccessibleName(name)

    @property
    def chips(self) -> QWidget:
        """The area of the chips."""
        return self._chips

    @property
    def search_button(self) -> QPushButton:
        """The button that opens the palette."""
        return self._search


def short_span(window: TimeSpan, zone: str) -> str:
    """Return a span without weekday, year and seconds, for a chip: 4 Aug 14:00 – 18:00. The chip's tooltip has it in full."""

    def parts(time_ms: int) -> tuple[str, str]:
        at = datetime.fromtimestamp(time_ms / 1000, tz=ZoneInfo(zone))
        return QLocale().toString(QDate(at.year, at.month, at.day), "d MMM"), f"{at:%H:%M}"

    (day, start), (last_day, end) = parts(window.start_ms), parts(window.end_ms)
    return f"{day} {start} – {end}" if day == last_day else f"{day} {start} – {last_day} {end}"
