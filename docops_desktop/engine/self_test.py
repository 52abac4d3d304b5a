"""Proves on a tiny workspace that this installation works: write, read, compute, and that the compiled pass agrees with its plain reference."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docops_desktop.engine.queries import Answer, Question, answer, request_of
from docops_desktop.engine.state import ViewSettings
from docops_desktop.engine.workspace_session import Loaded

SESSIONS = 2_000
COMPILE_SECONDS = 300.0
PANELS = ("timeline", "pages", "heatmap", "segments", "distribution", "totals")
NOT_COMPARED = frozenset({"seconds", "compiled", "rows_scanned"})
"""How long it took and what was read for it: figures of the unfiltered data are read once only."""


@dataclass(frozen=True, slots=True)
class TestStep:
    """One step of the self-test."""

    name: str
    ok: bool
    detail: str
    seconds: float


def run_self_test() -> tuple[TestStep, ...]:
    """Run all steps in a temporary folder; a step that fails ends the test, its detail says why."""
    steps: list[TestStep] = []
    with tempfile.TemporaryDirectory(prefix="docops-self-test-") as folder:
        found: dict[str, Any] = {}
        path = Path(folder) / "self-test.docops"
        for name, act in _acts(path, found):
            started = time.monotonic()
            try:
                ok, detail = act()
            except Exception as error:  # a broken installation fails in ways nobody foresaw; the doctor says how
                ok, detail = False, f"{type(error).__name__}: {error}"
            steps.append(TestStep(name, ok, detail, time.monotonic() - started))
            if not ok:
                break
        _let_go(found)
    return tuple(steps)


def _let_go(found: dict[str, Any]) -> None:
    """Unmap the facts and close the file, so that the folder can be deleted on every system."""
    session = found.pop("session", None)
    found.clear()
    if session is not None:
        session.close()


def _acts(path: Path, found: dict[str, Any]) -> tuple[tuple[str, Callable[[], tuple[bool, str]]], ...]:
    def make() -> tuple[bool, str]:
        from docops_desktop.engine.demo import create_demo

        found["session"] = create_demo(path, SESSIONS, seed=1)
        return True, f"{SESSIONS:,} sessions written"

    def read() -> tuple[bool, str]:
        found["loaded"] = found["session"].read()
        info = found["loaded"].info
        return info.sessions > 0, f"{info.sessions:,} sessions, {info.page_views:,} page views in the columns"

    def check() -> tuple[bool, str]:
        from docops_desktop.store.checks import check_workspace

        wrong = [f"{c.name}: {c.detail}" for c in check_workspace(found["session"].workspace) if not c.ok]
        return not wrong, "; ".join(wrong) or "ledger, tables and cache agree"

    def compute() -> tuple[bool, str]:
        found["plain"] = _refresh(found["loaded"])
        missing = [panel for panel in PANELS if panel not in found["plain"].panels]
        return not missing, f"no result for {', '.join(missing)}" if missing else f"{len(PANELS)} panels"

    def compare() -> tuple[bool, str]:
        from docops_desktop.kernels import warmup

        if found["plain"].compiled:
            return True, "the compiled pass was in use before; nothing to compare with"
        if not warmup.wait(COMPILE_SECONDS):
            why = warmup.failure() or "not ready in time"
            return False, f"the compiled pass can't be used ({why}); the slower reference serves"
        fast = _refresh(found["loaded"])
        if not fast.compiled:
            return False, "the compiled pass was ready and wasn't used"
        other = difference(found["plain"].panels, fast.panels)
        return not other, f"differs from the reference at {other}" if other else "equal to the reference"

    return (
        ("make a workspace", make),
        ("read it", read),
        ("check it", check),
        ("compute all panels", compute),
        ("compiled kernels", compare),
    )


def _refresh(loaded: Loaded) -> Answer:
    view = ViewSettings()
    return answer(loaded.facts, Question(requests=tuple(request_of(panel, view) for panel in PANELS)))


def difference(first: Any, second: Any, where: str = "") -> str:
    """Return the place of the first difference between two results, "" when there is none; what it took doesn't count."""
    if hasattr(first, "tolist") and hasattr(second, "tolist"):
        return difference(first.tolist(), second.tolist(), where)
    if dataclasses.is_dataclass(first) and type(first) is type(second):
        names = (field.name for field in dataclasses.fields(first) if field.name not in NOT_COMPARED)
        return _first(difference(getattr(first, n), getattr(second, n), f"{where}.{n}") for n in names)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        if first.keys() != second.keys():
            return where or "keys"
        return _first(difference(first[key], second[key], f"{where}[{key}]") for key in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        if len(first) != len(second):
            return where or "length"
        return _first(difference(a, b, f"{where}[{n}]") for n, (a, b) in enumerate(zip(first, second, strict=True)))
    if isinstance(first, float) and isinstance(second, float):
        same = math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(first) and math.isnan(second))
        return "" if same else where or "value"
    return "" if first == second else where or "value"


def _first(places: Any) -> str:
    return next((place for place in places if place), "")
