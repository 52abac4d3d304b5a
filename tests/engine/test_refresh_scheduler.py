"""At most one refresh is under way, the newest question wins, a stale answer never shows, the last good one stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from docops_desktop.engine import refresh_scheduler
from docops_desktop.engine.jobs import JobRunner
from docops_desktop.engine.queries import Answer, Question, request_of
from docops_desktop.engine.refresh_scheduler import RefreshScheduler
from docops_desktop.engine.state import ViewSettings
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.selection import Selection
from tests.engine.conftest import Loop

FACTS: Any = object()


@dataclass(frozen=True)
class Ranking:
    """A page ranking as far as the scheduler cares."""

    of: str
    first_estimate: bool = False


@dataclass
class Bench:
    """A scheduler whose answers a test lets go one by one."""

    loop: Loop = field(default_factory=Loop)
    selection: Selection = field(default_factory=Selection)
    view: ViewSettings = field(default_factory=ViewSettings)
    heard: list[tuple[str, Any]] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    stopped: int = 0
    ranked: list[str] = field(default_factory=list)
    go_ranking: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None
    known: bool = True

    def __post_init__(self) -> None:
        self.runner = JobRunner(self.loop, lambda error, _: self.errors.append(error))
        self.scheduler = RefreshScheduler(
            self.runner, self.loop, lambda: (self.selection, (), self.view), lambda t, p: self.heard.append((t, p))
        )

    def scan(self, _facts: Any, question: Question, on_cancel: Any) -> Answer:
        stop = threading.Event()
        on_cancel(stop.set)
        self.asked.append(question)
        while not self.go.is_set():
            if stop.is_set():
                self.stopped += 1
                raise Cancelled
            time.sleep(0.001)
        if self.fault is not None:
            raise self.fault
        text, ids = question.selection.text(), [request.panel_id for request in question.requests]
        cells: Any = text if "pages" in ids else None
        return Answer({panel_id: text for panel_id in ids if panel_id != "pages"}, to_rank=cells)

    def rank(self, cells: Any, _target: Any, adjusted: Any) -> Ranking:
        assert adjusted == "adjusted"
        self.ranked.append(cells)
        assert self.go_ranking.wait(60)
        return Ranking(cells)

    def settle(self) -> None:
        self.loop.turn_until(lambda: not self.scheduler.busy and self.runner.wait_idle(0))

    def results(self) -> list[Any]:
        return [payload for topic, payload in self.heard if topic == "results"]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench()
    monkeypatch.setattr(refresh_scheduler, "scan", bench.scan)
    monkeypatch.setattr(refresh_scheduler, "rank", bench.rank)
    monkeypatch.setattr(refresh_scheduler, "adjusted_for_cells", lambda *_: "adjusted")
    monkeypatch.setattr(refresh_scheduler, "rank_first", lambda cells, _target: Ranking(cells, first_estimate=True))
    monkeypatch.setattr(refresh_scheduler, "is_adjusted", lambda *_: bench.known)
    bench.go.set()
    bench.go_ranking.set()
    bench.scheduler.show_panel("totals")
    bench.scheduler.attach(FACTS)
    bench.settle()
    yield bench
    bench.go.set()
    bench.go_ranking.set()
    bench.runner.close()


def look_at(bench: Bench, country: str) -> None:
    bench.selection = Selection().keep("country", [country])
    bench.scheduler.update()


def test_changes_of_one_turn_are_one_refresh(bench: Bench) -> None:
    before = len(bench.asked)
    for country in ("DE", "FR", "IT"):
        look_at(bench, country)
    bench.scheduler.show_panel("timeline")
    bench.settle()
    assert len(bench.asked) == before + 1
    assert bench.results()[-1].panels.keys() == {"totals", "timeline"}
    assert bench.results()[-1].selection == bench.selection


def test_the_newest_wins_and_the_old_pass_is_stopped(bench: Bench) -> None:
    bench.go.clear()
    look_at(bench, "DE")
    bench.loop.turn_until(lambda: len(bench.asked) == 2)
    look_at(bench, "FR")
    assert bench.scheduler.busy
    bench.loop.turn_until(lambda: len(bench.asked) == 3)
    bench.go.set()
    bench.settle()
    assert bench.stopped == 1
    assert [r.get("totals") for r in bench.results()] == ["everything", "Country = FR"]
    assert bench.scheduler.results is bench.results()[-1]
    assert bench.errors == []


def test_an_answer_that_is_stale_on_arrival_is_dropped(bench: Bench) -> None:
    bench.go.clear()
    look_at(bench, "DE")
    bench.loop.turn_until(lambda: len(bench.asked) == 2)
    bench.go.set()
    while bench.runner.is_busy("analysis"):
        time.sleep(0.001)
    look_at(bench, "FR")
    bench.settle()
    assert "Country = DE" not in [r.get("totals") for r in bench.results()]
    generations = [r.generation for r in bench.results()]
    assert generations == sorted(set(generations))


def test_the_last_good_result_stays_while_busy_and_after_an_error(bench: Bench) -> None:
    good = bench.scheduler.results
    bench.fault = RequestError("there is no such dimension")
    look_at(bench, "DE")
    assert bench.scheduler.results is good
    bench.settle()
    assert bench.scheduler.results is good
    assert bench.errors == [bench.fault]
    bench.fault = None
    look_at(bench, "FR")
    bench.settle()
    assert bench.scheduler.results is not good


def test_busy_is_published_as_it_changes(bench: Bench) -> None:
    bench.heard.clear()
    look_at(bench, "DE")
    look_at(bench, "FR")
    bench.settle()
    assert [payload for topic, payload in bench.heard if topic == "busy"] == [True, False]
    assert [topic for topic, _ in bench.heard].index("busy") < [topic for topic, _ in bench.heard].index("results")


def test_the_same_question_is_not_asked_twice(bench: Bench) -> None:
    before = len(bench.asked)
    bench.scheduler.update()
    bench.scheduler.show_panel("totals")
    bench.view = ViewSettings(timeline_measure="revenue")
    bench.scheduler.update()
    bench.settle()
    assert len(bench.asked) == before
    bench.scheduler.schedule()
    bench.settle()
    assert len(bench.asked) == before + 1


def test_a_hidden_panel_is_not_asked_for(bench: Bench) -> None:
    bench.scheduler.show_panel("segments")
    bench.scheduler.hide_panel("totals")
    bench.settle()
    assert [request.panel_id for request in bench.asked[-1].requests] == ["segments"]


def test_requests_follow_the_view(bench: Bench) -> None:
    bench.view = ViewSettings(heatmap_rows="country", heatmap_columns="browser")
    bench.scheduler.show_panel("heatmap")
    bench.settle()
    assert bench.asked[-1].requests[-1] == request_of("heatmap", bench.view)


def test_without_facts_nothing_is_asked_and_old_results_are_gone(bench: Bench) -> None:
    before = len(bench.asked)
    bench.scheduler.attach(None)
    bench.settle()
    assert len(bench.asked) == before
    assert bench.scheduler.results is None
    assert not bench.scheduler.busy


def test_an_unknown_panel_is_refused(bench: Bench) -> None:
    with pytest.raises(RequestError, match="weather"):
        bench.scheduler.show_panel("weather")


def test_the_ranking_follows_and_holds_nobody_up(bench: Bench) -> None:
    bench.scheduler.show_panel("pages")
    bench.settle()
    bench.heard.clear()
    bench.go_ranking.clear()
    look_at(bench, "DE")
    bench.loop.turn_until(lambda: len(bench.results()) == 1)
    first = bench.results()[0]
    assert (first.get("totals"), first.pages, bench.scheduler.busy) == ("Country = DE", None, True)
    bench.go_ranking.set()
    bench.settle()
    second = bench.results()[1]
    assert (second.generation, second.pages) == (first.generation, Ranking("Country = DE"))
    assert second.get("pages") == second.pages
    assert bench.scheduler.results is second


def test_a_ranking_that_was_superseded_is_dropped(bench: Bench) -> None:
    bench.scheduler.show_panel("pages")
    bench.settle()
    bench.go_ranking.clear()
    look_at(bench, "DE")
    bench.loop.turn_until(lambda: "Country = DE" in bench.ranked)
    look_at(bench, "FR")
    bench.loop.turn_until(lambda: bench.results()[-1].get("totals") == "Country = FR")
    bench.go_ranking.set()
    bench.settle()
    assert [r.pages for r in bench.results() if r.pages] == [Ranking("everything"), Ranking("Country = FR")]


def test_a_first_estimate_stands_in_while_the_adjustment_is_fitted(bench: Bench) -> None:
    bench.scheduler.show_panel("pages")
    bench.settle()
    bench.heard.clear()
    bench.known = False
    bench.go_ranking.clear()
    look_at(bench, "DE")
    bench.loop.turn_until(lambda: bool(bench.results()) and bench.results()[-1].pages is not None)
    assert bench.results()[-1].pages == Ranking("Country = DE", first_estimate=True)
    assert not bench.scheduler.busy
    bench.go_ranking.set()
    bench.settle()
    assert [r.pages for r in bench.results()] == [
        None,
        Ranking("Country = DE", first_estimate=True),
        Ranking("Country = DE"),
    ]
    assert len({r.generation for r in bench.results()}) == 1
