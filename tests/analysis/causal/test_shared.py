"""One fit serves all who ask for the same selection; it dies with its data."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from docops_desktop.analysis.causal import shared
from docops_desktop.analysis.causal.model import CausalModel
from docops_desktop.analysis.causal.shared import shared_model
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from tests.support.synthetic_facts import synthetic_facts


def test_a_selection_is_fitted_once_and_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = synthetic_facts(200)
    fitted: list[Selection] = []

    def fit(_facts: object, selection: Selection, _cancelled: object) -> CausalModel:
        fitted.append(selection)
        return CausalModel("not today")

    monkeypatch.setattr(shared.CausalModel, "fit", fit)
    selections = [Selection().keep("country", [f"country-{k}"]) for k in range(shared.KEPT + 1)]
    first = shared_model(facts, selections[0])
    assert shared_model(facts, selections[0]) is first
    for selection in selections[1:]:
        shared_model(facts, selection)
    assert fitted == selections
    shared_model(facts, selections[0])
    assert fitted == [*selections, selections[0]]


def test_who_waits_for_another_fit_can_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = synthetic_facts(200)
    started, go_on = threading.Event(), threading.Event()

    def fit(*_: object) -> CausalModel:
        started.set()
        assert go_on.wait(60)
        return CausalModel("slow")

    monkeypatch.setattr(shared.CausalModel, "fit", fit)
    first = threading.Thread(target=shared_model, args=(facts, Selection()))
    first.start()
    assert started.wait(60)
    with pytest.raises(Cancelled):
        shared_model(facts, Selection(), lambda: True)
    go_on.set()
    first.join()
    assert shared_model(facts, Selection()).reason == "slow"


def test_a_remembered_model_does_not_keep_the_data() -> None:
    facts = synthetic_facts(4_000)
    assert not shared_model(facts, Selection()).reason
    gone = weakref.ref(facts)
    del facts
    gc.collect()
    assert gone() is None
