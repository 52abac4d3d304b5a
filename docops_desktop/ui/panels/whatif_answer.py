"""The what-if's answer at a glance: two figures, each with its ladder from adjusted to raw, and a sentence whose words follow what the checks found.

Everything that explains it (what was held fixed, the checks, what others measured) is one click away and doesn't take the sliders' room.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.panels.whatif_ladder import LadderView, Step, steps_of
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import ElidedLabel, push_button


class Figure(QFrame):
    """One figure: name, what it is now, point with interval, and the ladder below."""

    def __init__(self, name: str) -> None:
        super().__init__()
        set_role(self, "card")
        self._name = name
        self.point, self.interval = QLabel(), ElidedLabel(role="small")
        self.now, self.ladder = ElidedLabel(role="small"), LadderView()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(2)
        heading = QLabel(name)
        set_role(heading, "muted")
        set_role(self.point, "heading")
        top, middle = QHBoxLayout(), QHBoxLayout()
        for row, first, second in ((top, heading, self.now), (middle, self.point, self.interval)):
            row.setSpacing(8)
            row.addWidget(first)
            row.addWidget(second, 1 if row is middle else 0)
            if row is top:
                row.insertStretch(1, 1)
            layout.addLayout(row)
        layout.addWidget(self.ladder)

    def clear(self, observed: str = "") -> None:
        """Nothing asked yet; ``observed``: the figure as it is."""
        self.point.setText("–")
        self.interval.setText("")
        self.now.setText(tr("now {observed}").format(observed=observed) if observed else "")
        self.ladder.show_steps((), fmt.count)

    def show_estimate(
        self, estimate: Estimate, steps: tuple[Step, ...], observed: str, wording: Callable[[float], str]
    ) -> None:
        """Show the best estimate large, and all rungs below."""
        self.point.setText(fmt.signed(estimate.value, wording))
        limits = fmt.limits(estimate, lambda v: fmt.signed(v, wording))
        self.interval.setText(tr("95 %: {limits}").format(limits=limits) if limits else fmt.prose(estimate.reason))
        self.interval.setToolTip(self.interval.text())
        self.now.setText(tr("now {observed}").format(observed=observed))
        self.ladder.show_steps(steps, wording)
        said = (self.point.text(), self.interval.text(), *self.ladder.lines(), self.now.text())
        self.setAccessibleName(f"{self._name}: {', '.join(said)}")


class Answer(QWidget):
    """Both figures, the sentence, and a line that leads to the evidence.

    Args:
        explain: opens the evidence.
    """

    def __init__(self, explain: Callable[[], object]) -> None:
        super().__init__()
        self.conversions, self.revenue = Figure(tr("Conversions")), Figure(tr("Revenue"))
        self.statement, self.method = QLabel(), ElidedLabel(role="small")
        self.statement.setWordWrap(True)
        self.statement.setTextFormat(Qt.TextFormat.PlainText)
        self.evidence = push_button(tr("Why this figure…"), explain, "link")
        self.evidence.setToolTip(
            tr("How the figure comes about: ladder, self-checks, what is held fixed, what others measured")
        )
        figures, foot = QHBoxLayout(), QHBoxLayout()
        figures.setSpacing(8)
        figures.addWidget(self.conversions, 1)
        figures.addWidget(self.revenue, 1)
        foot.addWidget(self.method, 1)
        foot.addWidget(self.evidence)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(figures)
        layout.addWidget(self.statement)
        layout.addLayout(foot)
        self.clear()

    def clear(self, refusal: str = "", any_answer: WhatIfResult | None = None) -> None:
        """Nothing asked yet: say what to do, or why nothing can be answered here; any answer knows what is observed."""
        self.conversions.clear("" if any_answer is None else fmt.exact(any_answer.observed_conversions))
        self.revenue.clear("" if any_answer is None else fmt.money(any_answer.observed_revenue, any_answer.currency))
        set_role(self.statement, "muted")
        said = tr("Move a slider: what would faster pages bring, over the time span and filters that are set?")
        if refusal:
            said = tr("No slider can be answered: {reason}.").format(reason=fmt.prose(refusal))
        self.statement.setText(said)
        self.method.setText("")
        self.evidence.hide()

    def show_result(self, result: WhatIfResult) -> None:
        """Show an answer."""
        self.conversions.show_estimate(
            result.conversions, steps_of(result, money=False), fmt.exact(result.observed_conversions), fmt.count
        )
        self.revenue.show_estimate(
            result.revenue,
            steps_of(result, money=True),
            fmt.money(result.observed_revenue, result.currency),
            lambda value: fmt.money(value, result.currency),
        )
        set_role(self.statement, "" if result.standing == "shown" else "warning")
        self.statement.setText(fmt.prose(f"{sign(result)} {said(result)}"))
        self.method.setText(method_line(result))
        self.method.setToolTip(adjusted_text(result))
        self.evidence.show()


def sign(result: WhatIfResult) -> str:
    """Return the shape that stands for how far the answer may be relied on; colour is never alone."""
    return {"shown": "✓", "doubtful": "⚠", "not shown": "○"}.get(result.standing, "×")


def said(result: WhatIfResult) -> str:
    """Return the answer as a sentence; a first estimate says that it is one."""
    return (
        f"{tr('First estimate, still being adjusted.')} {result.statement}"
        if result.first_estimate
        else result.statement
    )


def method_line(result: WhatIfResult) -> str:
    """Return n, how much is held fixed, how the checks went, and how many notes there are, on one line."""
    parts = [tr("n = {n}").format(n=sessions(result.sessions))]
    fixed = len(result.adjusted_for)
    parts.append(
        tr_n(fixed, "adjusted for %n attribute", "adjusted for %n attributes") if fixed else tr("not adjusted")
    )
    made = [check for check in result.checks if check.passed is not None]
    failed = sum(not check.passed for check in made)
    if made:
        parts.append(
            tr("{failed} of {made} checks failed").format(failed=failed, made=len(made))
            if failed
            else tr_n(len(made), "%n check passed", "%n checks passed")
        )
    if result.warnings:
        parts.append(tr_n(len(result.warnings), "%n note", "%n notes"))
    return " · ".join(parts)


def adjusted_text(result: WhatIfResult) -> str:
    """Return what the adjusted figures hold fixed, and n."""
    n = tr("n = {n}").format(n=sessions(result.sessions, fmt.exact))
    if not result.adjusted_for:
        return f"{n} · {tr('Not adjusted for anything: treat it as a correlation.')}"
    names = ", ".join(tr(dimension(name).label) for name in result.adjusted_for)
    return f"{n} · {tr('Adjusted for {names}; raw figures are not.').format(names=names)}"
