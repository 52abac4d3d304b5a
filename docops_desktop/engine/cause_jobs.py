"""Asks "find the cause" about the present selection in a lane of its own, and keeps findings in the workspace.

The question leaves out filters that come from clicking one of the answer's own findings: looking at a finding must not make the answer old.
Topic "cause" tells every change of CauseState, topic "findings" that saved findings were added or removed. Computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.engine.faults import message_of
from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.state import JobView, Message
from docops_desktop.engine.workspace_jobs import LANE as IO_LANE
from docops_desktop.engine.workspace_jobs import WorkspaceJobs, progress_into
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import Cancelled, KnownError, RequestError
from docops_desktop.model.selection import Selection, ValueClause
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.results.cause import ExplainResult, Finding
    from docops_desktop.store.records import Finding as SavedFinding

LANE = "cause"
KIND = "cause"
"""Kind of the findings that are saved here."""
WORTH_COMPILING_ROWS = 300_000
COMPILE_SECONDS = 60.0
_POLL_SECONDS = 0.05
_NO_WORKSPACE = "Open a workspace, make a new one, or start with the demo"


@dataclass(frozen=True, slots=True)
class CauseState:
    """What is known of the cause.

    Attributes:
        open: somebody wants to see it. ``measure``: what the next question is about.
        job_id: of the search that runs, 0 = none. ``result``: the last answer; ``request``: what it answers, ``data_version``: of which data.
        error: why the last search gave no answer; ``cancelled``: because it was cancelled.
    """

    open: bool = False
    measure: str = "conversions"
    job_id: int = 0
    request: ExplainRequest | None = None
    data_version: str = ""
    result: ExplainResult | None = None
    error: str = ""
    cancelled: bool = False

    @property
    def busy(self) -> bool:
        """A search is on its way."""
        return self.job_id > 0


class CauseJobs:
    """The question for the cause.

    Args:
        asked: gives the selection, the baseline that the window has, and whether that is the default one (not set by hand).
        version: gives the data version of the open workspace.
    """

    def __init__(
        self,
        runner: JobRunner,
        workspaces: WorkspaceJobs,
        asked: Callable[[], tuple[Selection, tuple[TimeSpan, ...], bool]],
        version: Callable[[], str],
        publish: Callable[[str, Any], None],
    ) -> None:
        runner.add_lane(LANE, newest_wins=True)
        self._runner = runner
        self._workspaces = workspaces
        self._asked = asked
        self._version = version
        self._publish = publish
        self.state = CauseState()

    # --- asking

    def ask(self, measure: str | None = None) -> int:
        """Search the cause of the present selection's window, or what stands out when there is none; return the job's id (0: impossible, said)."""
        loaded = self._workspaces.loaded
        if loaded is None:
            self._publish("message", Message("error", str(RequestError("no workspace is open", fix=_NO_WORKSPACE))))
            return 0
        self.state = replace(self.state, open=True, measure=measure or self.state.measure)
        try:
            request = self._question()
        except KnownError as error:
            self._runner.supersede(LANE)
            self.show(replace(self.state, job_id=0, error=str(error), cancelled=False))
            return 0
        version = self._version()
        job = self._runner.submit(
            LANE,
            "Finding the cause" if request.compare else "Looking for what stands out",
            lambda context: _explain(loaded, request, context),
            lambda result: self._done(request, version, result),
            self._failed,
        )
        self.show(replace(self.state, job_id=job, error="", cancelled=False))
        return job

    def cancel(self) -> None:
        """Stop the search; the last answer stays."""
        if self.state.busy:
            self._runner.cancel(self.state.job_id)

    def open(self) -> None:
        """Show the last answer again."""
        self.show(replace(self.state, open=True))

    def close(self) -> None:
        """Put the answer away; what runs is cancelled."""
        self.cancel()
        self.show(replace(self.state, open=False))

    @property
    def job(self) -> JobView | None:
        """The search that runs, with its progress."""
        return next((job for job in self._runner.views() if job.id == self.state.job_id), None)

    @property
    def is_stale(self) -> bool:
        """The answer is about another selection, baseline, measure or other data than are set now."""
        if self.state.result is None:
            return False
        try:
            return self._question() != self.state.request or self._version() != self.state.data_version
        except KnownError:
            return True

    def base_selection(self) -> Selection:
        """Return the selection without the filters of a finding that was clicked."""
        selection, state = self._asked()[0], self.state
        if state.result is None:
            return selection
        base = set() if state.request is None else {_anonymous(clause) for clause in state.request.selection.clauses}
        for finding in state.result.findings:
            own = [clause for clause in selection.clauses if is_of(finding.where, clause)]
            if len(own) == len(finding.where):
                for clause in own:
                    selection = selection if _anonymous(clause) in base else selection.without(clause)
        return selection

    def _question(self) -> ExplainRequest:
        _, baseline, by_default = self._asked()
        selection = self.base_selection()
        selection = replace(selection, clauses=tuple(_anonymous(clause) for clause in selection.clauses))
        compare = bool(baseline) or (selection.span is not None and by_default)
        return ExplainRequest(selection, compare, baseline, self.state.measure)

    def _done(self, request: ExplainRequest, version: str, result: ExplainResult) -> None:
        self.show(replace(self.state, job_id=0, request=request, data_version=version, result=result))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self.show(replace(self.state, job_id=0, cancelled=True))
            return
        message = message_of(error, "finding the cause")
        self.show(replace(self.state, job_id=0, error=message.text))
        if message.kind == "defect":
            self._publish("message", message)

    def reset(self) -> None:
        """Another workspace was opened, or none is: nothing is known of it."""
        self._runner.supersede(LANE)
        self.show(CauseState(measure=self.state.measure))

    def show(self, state: CauseState) -> None:
        """Take over a state and tell it."""
        self.state = state
        self._publish("cause", state)

    # --- saved findings

    def save(self, finding: Finding, note: str, title: str) -> None:
        """Keep a finding with a note in the workspace; topic "findings" tells when it is there."""
        state = self.state
        if state.request is None or state.result is None:
            return
        payload = payload_of(finding, state.request, state.result)

        def work(session: WorkspaceSession, _: JobContext) -> SavedFinding:
            from docops_desktop.store.records import Finding as Saved

            return session.workspace.save_finding(Saved(title, KIND, payload, note))

        self._with_workspace("Saving the finding", work, lambda saved: self._publish("findings", saved))

    def saved(self, callback: Callable[[tuple[SavedFinding, ...]], None]) -> None:
        """``callback(saved findings, newest first)``."""
        self._with_workspace("Reading the findings", lambda session, _: session.workspace.findings(), callback)

    def remove(self, finding_id: int) -> None:
        """Remove a saved finding; topic "findings" tells when it is gone (None)."""

        def work(session: WorkspaceSession, _: JobContext) -> None:
            session.workspace.remove_finding(finding_id)

        self._with_workspace("Removing the finding", work, lambda _: self._publish("findings", None))

    def _with_workspace(
        self, title: str, work: Callable[[WorkspaceSession, JobContext], Any], done: Callable[[Any], None]
    ) -> None:
        session = self._workspaces.session
        if session is None:
            self._publish("message", Message("error", str(RequestError("no workspace is open", fix=_NO_WORKSPACE))))
            return

        def done_if_still_open(result: Any) -> None:
            if self._workspaces.session is session:
                done(result)

        self._runner.submit(
            IO_LANE, title, lambda context: work(session, context), done_if_still_open, visible=False, cancellable=False
        )


def is_of(where: Mapping[str, str], clause: Any) -> bool:
    """Tell whether a clause keeps just the value that a combination has."""
    return isinstance(clause, ValueClause) and not clause.negated and clause.values == (where.get(clause.dimension),)


def payload_of(finding: Finding, request: ExplainRequest, result: ExplainResult) -> dict[str, Any]:
    """Return a finding as plain data: what was asked, what was found, why."""
    conversions, revenue = finding.lost_conversions, finding.lost_revenue
    return {
        "where": dict(finding.where),
        "selection": request.selection.to_json(),
        "compare": request.compare,
        "baseline": [[span.start_ms, span.end_ms] for span in result.baseline],
        "measure": result.measure,
        "sessions": finding.sessions,
        "lost_conversions": [conversions.value, conversions.low, conversions.high],
        "lost_revenue": [revenue.value, revenue.low, revenue.high],
        "currency": result.currency,
        "share_of_change": finding.share_of_change,
        "load_p75": finding.load_p75,
        "load_p75_baseline": finding.load_p75_baseline,
        "q_value": finding.q_value,
        "since_ms": finding.since_ms,
        "until_ms": finding.until_ms,
        "why": finding.why,
    }


def _anonymous(clause: Any) -> Any:
    return replace(clause, author="")


def _explain(loaded: Loaded, request: ExplainRequest, context: JobContext) -> ExplainResult:
    from docops_desktop.analysis.cause.explain import explain

    if loaded.facts.n_sessions + loaded.facts.n_page_views > WORTH_COMPILING_ROWS:
        _wait_for_kernels(context)
    return explain(loaded.facts, request, progress_into(context), context.cancelled)


def _wait_for_kernels(context: JobContext) -> None:
    """Large data are worth the wait for the compiled kernels; without them the reference answers, slowly."""
    from docops_desktop.kernels import cause_runner

    context.progress(None, "loading the compiled kernels")
    for _ in range(int(COMPILE_SECONDS / _POLL_SECONDS)):
        context.check()
        if cause_runner.wait(_POLL_SECONDS):
            return
