"""Why this figure: how a what-if answer comes about, what it was tested against, what is held fixed, and what others measured.

Words only: the figures come with the answer, the published ones from the data file that ships with the program. Nothing is computed here.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget
from shiboken6 import isValid

from docops_desktop.analysis.results.common import Check, Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.presets import EVIDENCE, HUNDRED_MS, published
from docops_desktop.model.scenario import Scenario
from docops_desktop.ui import format as fmt
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.whatif_answer import said, sign
from docops_desktop.ui.panels.whatif_ladder import rung_name
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import push_button, size_dialog

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class EvidenceDialog(QDialog):
    """The evidence of one answer; what these data say per 100 ms is asked for and filled in."""

    def __init__(self, desk: Desk, result: WhatIfResult, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Why this figure"))
        size_dialog(self, 820, 640)
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.windowTitle())
        self._result = result
        self._show(None)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.close)
        copy = push_button(tr("Copy"), lambda: QGuiApplication.clipboard().setText(self.browser.toPlainText()))
        copy.setAutoDefault(False)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser, 1)
        layout.addWidget(box)
        self._desk = desk
        self._subscriptions = Subscriptions(self, desk)
        self._subscriptions.on("whatif_model", lambda _: self._ask())
        self._ask()

    def _ask(self) -> None:
        self._desk.scenarios.compare((Scenario("", HUNDRED_MS),), self._take_own)

    def _take_own(self, answers: tuple[WhatIfResult | RequestError, ...]) -> None:
        if isValid(self) and not isinstance(answers[0], RequestError):
            self._show(answers[0])

    def _show(self, own: WhatIfResult | None) -> None:
        place = self.browser.verticalScrollBar().value()
        self.browser.setHtml(evidence_html(self._result, own))
        self.browser.verticalScrollBar().setValue(place)


def evidence_html(result: WhatIfResult, own: WhatIfResult | None) -> str:
    """Return the evidence as HTML; ``own``: the answer to all pages 100 ms faster, None while it isn't there."""
    parts = [
        f"<p><b>{_text('; '.join(change.text() for change in result.changes))}</b><br>{_text(f'{sign(result)} {said(result)}')}</p>",
        _section(tr("From raw to adjusted"), _ladder(result)),
        checks_html(result),
        others_html(own),
        _section(tr("How it is computed"), _table((), [(name, text) for name, text in result.method.items()])),
    ]
    return "".join(parts)


def checks_html(result: WhatIfResult) -> str:
    """Return how far the answer may be relied on as HTML: self-checks, notes, what is held fixed."""
    parts = (
        _section(tr("Self-checks"), _checks(result)),
        _section(tr("What it says and what not"), _list(result.warnings)),
        _section(tr("Held fixed"), _fixed(result)),
    )
    return "".join(parts)


def others_html(own: WhatIfResult | None) -> str:
    """Return what others measured for 100 ms as HTML, beside what these data say (``own``, None while it isn't there)."""
    return _section(tr("What others measured, per 100 ms faster"), _others(own))


def _text(text: str) -> str:
    return html.escape(fmt.prose(text))


def _section(title: str, body: str) -> str:
    size = current_theme().fonts.title
    heading = f"<p style='font-size:{size}px; font-weight:600; margin-top:8px; margin-bottom:2px'>{_text(title)}</p>"
    return f"{heading}{body}" if body else ""


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    muted = current_theme().text_muted
    head = "".join(f"<th align='left' style='color:{muted}; font-weight:normal'>{_text(h)}</th>" for h in headers)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table cellpadding='4' width='100%'>{f'<tr>{head}</tr>' if headers else ''}{body}</table>" if body else ""


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _ladder(result: WhatIfResult) -> str:
    def money(value: float) -> str:
        return fmt.money(value, result.currency)

    rows = []
    for rung in result.ladder:
        raw = rung.name == "raw" and result.raw_conversions_estimate.value is not None
        conversions = result.raw_conversions_estimate if raw else rung.conversions
        revenue = result.raw_revenue_estimate if raw else rung.revenue
        rows.append((rung_name(rung.name), fmt.interval(conversions), fmt.interval(revenue, money), rung.what))
    return _table((tr("Step"), tr("Conversions (95 %)"), tr("Revenue (95 %)"), tr("What it does")), rows)


def _checks(result: WhatIfResult) -> str:
    rows = [(check_sign(check), check.name, check.text) for check in result.checks]
    if result.e_value is not None:
        text = tr(
            "an unrecorded cause would have to make both a slow session and a lost conversion {e} times as likely to explain all of the effect "
            "of all pages together; {limit} times for this answer to be possibly zero"
        ).format(e=fmt.number(result.e_value, 2), limit=fmt.number(result.e_value_limit or 1.0, 2))
        rows.append(("•", tr("hidden cause"), text))
    if not rows:
        return f"<p>{_text(tr('No check could be made: the figure is not fully adjusted.'))}</p>"
    return _table((), rows)


def check_sign(check: Check) -> str:
    """Return the shape of a check's outcome."""
    return {True: "✓", False: "⚠"}.get(check.passed, "–") if check.passed is not None else "–"


def _fixed(result: WhatIfResult) -> str:
    if not result.adjusted_for:
        return f"<p>{_text(tr('Nothing: treat the figure as a correlation.'))}</p>"
    return f"<p>{_text(', '.join(tr(dimension(name).label) for name in result.adjusted_for))}</p>"


def _others(own: WhatIfResult | None) -> str:
    rows = [
        (tr("These data, all pages"), *_own(own, money=money), tr("adjusted, observational")) for money in (False, True)
    ]
    rows += [
        (f"{p.source} ({p.year})", tr(p.outcome), fmt.MINUS.join(p.figure().split("-")), tr(EVIDENCE[p.evidence]))
        for p in published()
    ]
    said = tr(
        "For comparison only; no figure above uses them. Correlations compare slow with fast visitors and are about ten times what experiments find."
    )
    notes = _list(f"{p.source}: {p.note}" for p in published())
    table = _table((tr("Source"), tr("Of"), tr("Change"), tr("Evidence")), rows)
    return f"{table}<p>{_text(said)}</p>{notes}"


def _own(own: WhatIfResult | None, *, money: bool) -> tuple[str, str]:
    name = tr("revenue") if money else tr("conversions")
    if own is None:
        return name, tr("being computed")
    estimate: Estimate = own.revenue_percent if money else own.conversions_percent
    wording: Callable[[float], str] = lambda value: fmt.percent(value / 100, 2)  # noqa: E731
    return name, fmt.with_reason(fmt.interval(estimate, wording), estimate.reason)
