"""The desk: the one application state that a front end talks to. It only puts the parts together and forwards.

One way round: gesture -> command -> new selection -> job (generation n) -> analysis -> frozen result (n) -> panel. All state lives where the
``dispatch`` function runs callbacks (for a window: the Qt thread); jobs run beside it and hand back values. No Qt here, and no computing.

Topics and what a subscriber gets (``desk.subscribe(topic, callback)``, ``callback(payload)``):

=============  ==================================================================================================
``workspace``  WorkspaceInfo, or None after close; also after an import, a forget and new definitions
``selection``  Selection (clauses, window) whenever it or the baseline changed
``view``       ViewSettings
``scenario``   Scenario
``scenarios``  tuple of the Scenarios that are saved, whenever it changed
``history``    (undo_text | None, redo_text | None)
``results``    Results of the newest generation, never a stale one; a second time when the page ranking is ready; previews while a brush moves
``whatif``     WhatIfResult of the newest question; None when there is no change to ask about
``whatif_model`` WhatIfReady: there is another model behind the what-if; comparisons are worth asking anew
``cause``      CauseState: the search for the cause began, ended, failed, was put away
``findings``   a saved finding was added (it) or removed (None)
``busy``       bool: a refresh is on its way, the last results are stale
``jobs``       tuple of JobView
``imports``    tuple of ImportOutcome: one import job ended
``follow``     FollowState: a folder is followed (or no longer), something of it was loaded
``message``    Message: info, error (KnownError) or defect
=============  ==================================================================================================
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docops_desktop.engine import descriptions
from docops_desktop.engine.brush import BrushScheduler
from docops_desktop.engine.cause_jobs import CauseJobs
from docops_desktop.engine.change_watch import ChangeWatch
from docops_desktop.engine.commands import CommandRegistry
from docops_desktop.engine.faults import message_of
from docops_desktop.engine.follow_jobs import FollowJobs
from docops_desktop.engine.history import History
from docops_desktop.engine.import_jobs import DataJobs
from docops_desktop.engine.import_process import Importer, import_here
from docops_desktop.engine.jobs import Dispatch, JobRunner, run_inline
from docops_desktop.engine.refresh_scheduler import Panel, RefreshScheduler
from docops_desktop.engine.scenarios import SavedScenarios
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.engine.state import AnalystState, JobView, Message, Results, ViewSettings, WorkspaceInfo
from docops_desktop.engine.topics import Callback, Topics
from docops_desktop.engine.whatif_scheduler import WhatIfScheduler
from docops_desktop.engine.workspace_jobs import WorkspaceJobs
from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import Clause, Selection
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.results.page_story import PageStory
    from docops_desktop.analysis.results.support import WhatIfReady
    from docops_desktop.analysis.results.whatif import WhatIfResult
    from docops_desktop.engine.mapping_draft import MappingDraft


class Desk:
    """The application state.

    Args:
        dispatch: runs a callback where the state lives; a window passes "post to the Qt thread". The default calls it in the worker thread.
        settings: the user's settings; the default is the file in the user's configuration folder.
    """

    def __init__(
        self, dispatch: Dispatch = run_inline, settings: SettingsFile | None = None, importer: Importer = import_here
    ) -> None:
        self._lock = threading.RLock()
        self._post = dispatch
        self.settings = settings if settings is not None else SettingsFile()
        self.commands = CommandRegistry()
        self.topics = Topics(self._report)
        self.history: History[AnalystState] = History(AnalystState())
        self._runner = JobRunner(self._dispatch, self._report, self._jobs_changed)
        self._refresh = RefreshScheduler(self._runner, self._dispatch, self._question, self.topics.publish)
        self._whatif = WhatIfScheduler(self._runner, self._refresh, lambda: self.view.whatif_by, self.topics.publish)
        self._brush = BrushScheduler(self._runner, self._refresh, lambda: self.view, self.topics.publish)
        self._workspaces = WorkspaceJobs(self._runner, self._refresh, self._opened, self.topics.publish)
        self.scenarios = SavedScenarios(lambda: self.state, self._commit, self._whatif)
        self.data = DataJobs(self._runner, self._workspaces, self.topics.publish, importer)
        self.cause = CauseJobs(
            self._runner,
            self._workspaces,
            lambda: (self.selection, self.baseline, self.state.baseline is None),
            lambda: self.workspace_info.data_version if self.workspace_info else "",
            self.topics.publish,
        )
        self.follow = FollowJobs(self._runner, self._workspaces, self.topics.publish, importer)
        self.watch = ChangeWatch(self._runner, self._workspaces, self.topics.publish, importer)
        self.subscribe("results", lambda _: self.warm_up())

    # --- what is

    @property
    def workspace_info(self) -> WorkspaceInfo | None:
        """The open workspace, None when there is none."""
        return self._workspaces.info

    @property
    def state(self) -> AnalystState:
        """Selection, baseline, scenario and view as one value."""
        return self.history.state

    @property
    def selection(self) -> Selection:
        """Clauses and window."""
        return self.state.selection

    @property
    def view(self) -> ViewSettings:
        """How the panels show it."""
        return self.state.view

    @property
    def scenario(self) -> Scenario:
        """The what-if scenario; without changes when none is set."""
        return self.state.scenario

    @property
    def baseline(self) -> tuple[TimeSpan, ...]:
        """Spans that the window is compared with: those set by hand, else the same hours of earlier days of the same kind."""
        if self.state.baseline is not None:
            return self.state.baseline
        info, window = self.workspace_info, self.selection.span
        if info is None or info.span is None or window is None:
            return ()
        return default_baseline(window, info.span.start_ms, info.time_zone)

    @property
    def results(self) -> Results | None:
        """The last good results; stale while ``busy``."""
        return self._refresh.results

    @property
    def whatif(self) -> WhatIfResult | None:
        """The last what-if answer."""
        return self._whatif.result

    @property
    def whatif_ready(self) -> WhatIfReady | None:
        """What the last what-if model can answer; None before the first."""
        return self._whatif.ready

    @property
    def busy(self) -> bool:
        """A refresh is on its way."""
        return self._refresh.busy

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """Jobs that run or wait, oldest first."""
        return self._runner.views()

    def subscribe(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Call ``callback(payload)`` at each publication of the topic; return a function that ends it."""
        return self.topics.subscribe(topic, callback)

    # --- workspace (each is a job; topic "workspace" tells when it is done)

    def open(self, path: Path | str, *, read_only: bool = False) -> int:
        """Open a workspace in place of the present one, which stays when that fails; return the job's id. ``read_only`` leaves no trace in it."""
        return self._workspaces.open(Path(path), read_only=read_only)

    def new(self, path: Path | str) -> int:
        """Make an empty workspace and open it; return the job's id."""
        return self._workspaces.new(Path(path))

    def make_demo(self, path: Path | str, sessions: int = 200_000, seed: int = 1) -> int:
        """Make a demo workspace and open it; return the job's id."""
        return self._workspaces.make_demo(Path(path), sessions, seed)

    def close(self) -> None:
        """Close the workspace; the desk can open another one."""
        self._workspaces.close()
        self.follow.opened()
        self._start_anew(AnalystState())

    def shut_down(self) -> None:
        """Cancel what runs, save the view, close the workspace, end all threads; the desk can't be used afterwards. Waits at most some seconds."""
        self.watch.stop()
        self.follow.shut_down()
        for job in self.jobs:
            self._runner.cancel(job.id)
        self._workspaces.close()
        self._runner.drain("io")
        self._runner.close()

    # --- the selection (each is one undo step, committed on release)

    def keep(self, dimension: str, values: Iterable[str], author: str = "") -> None:
        """Keep only these values, in place of those kept before."""
        selection = self.selection.keep(dimension, values, author)
        self._select(selection, descriptions.clause("filter", selection.clauses[-1]))

    def exclude(self, dimension: str, values: Iterable[str], author: str = "") -> None:
        """Exclude these values, beside those already excluded."""
        selection = self.selection.exclude(dimension, values, author)
        self._select(selection, descriptions.clause("filter", selection.clauses[-1]))

    def add(self, clause: Clause) -> None:
        """Add a clause, in place of one on the same field and of the same sense."""
        self._select(self.selection.with_clause(clause), descriptions.clause("filter", clause))

    def remove(self, clause: Clause) -> None:
        """Take a clause away."""
        self._select(self.selection.without(clause), descriptions.clause("remove filter", clause))

    def clear(self) -> None:
        """Take all clauses and the window away."""
        self._select(Selection(), "clear all filters")

    def set_selection(self, selection: Selection, text: str = "filter") -> None:
        """Take over a whole selection as one step."""
        self._select(selection, text)

    def set_window(self, span: TimeSpan | None) -> None:
        """Set the time span under investigation; None = all of it."""
        zone = self.workspace_info.time_zone if self.workspace_info else "UTC"
        self._select(self.selection.with_span(span), descriptions.window(span, zone))

    def begin_brush(self) -> None:
        """The pointer is near the timeline, or a hand on its brush: prepare to follow it. Cheap when repeated."""
        self._brush.prepare()

    def brush(self, span: TimeSpan) -> None:
        """The hand has the window here now; topic "results" follows with previews, the selection stays."""
        self._brush.move(span)

    def end_brush(self, span: TimeSpan | None) -> None:
        """The brush was released: make this the window (None: leave it off), exactly computed."""
        previewed, before = self._brush.end(), self.selection
        self.set_window(span)
        if previewed and self.selection == before:
            self._refresh.show_last()

    def set_baseline(self, baseline: Sequence[TimeSpan] | None) -> None:
        """Set the spans to compare with; None = the default, ``()`` = none."""
        spans = None if baseline is None else tuple(baseline)
        self._commit(replace(self.state, baseline=spans), descriptions.baseline(spans))

    def set_scenario(self, scenario: Scenario, text: str = "") -> None:
        """Set the what-if scenario (on release of a slider); asks the what-if as well."""
        self._commit(replace(self.state, scenario=scenario), text or descriptions.scenario(scenario))

    def set_view(self, text: str = "", **changes: Any) -> None:
        """Change fields of ViewSettings; a mere change of perspective is no undo step."""
        view = replace(self.view, **changes)
        state = replace(self.state, view=view)
        if set(changes) == {"perspective"}:
            self._change(lambda: self.history.replace(state))
        else:
            self._commit(state, text or descriptions.view(changes))

    def undo(self) -> None:
        """Take back the last step."""
        self._change(lambda: self.history.undo(AnalystState.with_perspective_of))

    def redo(self) -> None:
        """Repeat the step that was undone last."""
        self._change(lambda: self.history.redo(AnalystState.with_perspective_of))

    # --- panels and what-if

    def show_panel(self, panel: Panel) -> None:
        """Have a panel computed from now on.

        Args:
            panel: a panel id of PANEL_IDS, whose request follows the view settings (``heatmap_rows``, ``segments_by``, ...), or a PanelRequest.
        """
        self._refresh.show_panel(panel)

    def hide_panel(self, panel_id: str) -> None:
        """Stop computing a panel."""
        self._refresh.hide_panel(panel_id)

    def page_story(self, page_group: str) -> PageStory | None:
        """Tell why a page group of the ranking has its status; None while there is no ranking. Costs milliseconds.

        Raises:
            RequestError: the ranking has no such page group.
        """
        return self._refresh.story(page_group)

    def what_if(self, changes: Sequence[Change]) -> None:
        """Ask what the changes would do to the selection; topic "whatif" answers. Cheap enough for every move of a slider."""
        self._whatif.ask(tuple(changes))

    # --- data (jobs; ``desk.data`` has more: quarantine, definitions, check)

    def import_files(
        self,
        paths: Iterable[Path | str],
        *,
        adapter: str | None = None,
        mapping: Path | None = None,
        time_zone: str | None = None,
        privacy: str = "strict",
        drafts: Mapping[Path, MappingDraft] | None = None,
    ) -> int:
        """Import files and folders into the open workspace; topic "imports" tells the outcome of each; return the job's id."""
        return self.data.import_files([Path(path) for path in paths], adapter, mapping, time_zone, privacy, drafts)

    def preview(self, path: Path | str, callback: Callback, failed: Callback | None = None, **options: Any) -> int:
        """Read the beginning of a file: ``callback(Preview)``, or ``failed(exception)`` (default: topic "message"). Options: rows, adapter, mapping, draft."""
        return self.data.preview(Path(path), callback, failed, **options)

    def forget(self, import_id: int) -> int:
        """Take one import out of the workspace; return the job's id."""
        return self.data.forget(import_id)

    def cancel(self, job_id: int) -> bool:
        """Cancel a job; False when it has ended already."""
        return self._runner.cancel(job_id)

    def refresh(self) -> None:
        """Compute all visible panels again."""
        self._refresh.schedule()

    @staticmethod
    def warm_up() -> None:
        """Begin to load the compiled kernels in the background (at the latest after the first results); harmless when repeated."""
        from docops_desktop.kernels import warmup

        warmup.start()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until no job waits or runs; for programs without an event loop, never from the thread that ``dispatch`` posts to."""
        return self._runner.wait_idle(timeout)

    # --- inside

    def _question(self) -> tuple[Selection, tuple[TimeSpan, ...], ViewSettings]:
        return self.selection, self.baseline, self.view

    def _select(self, selection: Selection, text: str) -> None:
        self._commit(replace(self.state, selection=selection), text)

    def _commit(self, state: AnalystState, text: str) -> None:
        self._change(lambda: self.history.do(text, state))

    def _change(self, act: Callable[[], object]) -> None:
        with self._lock:
            before, baseline = self.state, self.baseline
            act()
            if self.state != before:
                self._announce(before, baseline)
                self._workspaces.save_view(self.state.to_json())

    def _announce(self, before: AnalystState, baseline: tuple[TimeSpan, ...]) -> None:
        now, publish = self.state, self.topics.publish
        publish("history", (self.history.undo_text, self.history.redo_text))
        asked_anew = now.selection != before.selection or self.baseline != baseline
        if asked_anew:
            publish("selection", now.selection)
        if now.view != before.view:
            publish("view", now.view)
        if now.scenario != before.scenario:
            publish("scenario", now.scenario)
            self._whatif.ask(now.scenario.changes)
        if now.scenarios != before.scenarios:
            publish("scenarios", now.scenarios)
        if now.view.whatif_by != before.view.whatif_by:
            self._whatif.ask_again()
        self._refresh.update()

    def _opened(self, saved: Any) -> None:
        """A workspace was opened (``saved``: the view saved in it, or None)."""
        try:
            state = AnalystState() if saved is None else AnalystState.from_json(saved)
        except Exception as error:
            state = AnalystState()
            self._report(error, "restoring the view")
        self._start_anew(state)
        self.follow.opened()
        if self.workspace_info is not None:
            self.settings.remember(self.workspace_info.path)

    def _start_anew(self, state: AnalystState) -> None:
        self.history.clear(state)
        self.topics.publish("history", (None, None))
        self.topics.publish("selection", state.selection)
        self.topics.publish("view", state.view)
        self.topics.publish("scenario", state.scenario)
        self.topics.publish("scenarios", state.scenarios)
        self._whatif.ask(state.scenario.changes)
        self.cause.reset()
        self._refresh.schedule()

    def _dispatch(self, function: Callable[[], None]) -> None:
        def locked() -> None:
            with self._lock:
                function()

        self._post(locked)

    def _jobs_changed(self) -> None:
        self.topics.publish("jobs", self._runner.views())

    def _report(self, error: BaseException, doing: str) -> None:
        message: Message = message_of(error, doing)
        self.topics.publish("message", message)
