"""How well and how fast the cause finder does on raw sessions with known truth; not part of the test run.

    python -m tests.benchmarks.cause                     # 2 million sessions, 20 seeds with a baseline and 20 without
    python -m tests.benchmarks.cause --sessions 400000 --seeds 5
    python -m tests.benchmarks.cause --state cause.jsonl --minutes 3   # in parts: what is judged is kept in the file, the next run goes on
    python -m tests.benchmarks.cause speed               # 5 million sessions, eight dimensions, depth 3: time, memory, cancel

Eight dimensions (device model 18,000 values, carrier 600, country 60, campaign 200, landing page 40, browser 12, OS 8, connection 5). Every seed gives
three instances per question: one planted cause, two, none; each with five decoys and a site-wide drift. Counted are: a true cause first, both of two
found, no finding in empty instances, no decoy named, strays (findings that are neither cause nor decoy), and seconds per instance.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from docops_desktop.analysis.cause.explain import ExplainRequest, ExplainResult, explain
from docops_desktop.kernels import cause_runner
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from tests.support.cause_worlds import World, make_world

TARGETS = {"what changed": 0.95, "what stands out": 0.90}
_PAGE_BYTES = 4096


@dataclass
class Tally:
    """Counts of one question."""

    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, judged: dict[str, Any]) -> None:
        for what, right in judged["counts"].items():
            self.done[what] += 1
            self.right[what] += int(right)
        self.seconds.append(judged["seconds"])
        self.errors += judged["errors"]
        if judged["note"]:
            self.notes.append(judged["note"])

    def document(self) -> dict[str, Any]:
        rates = {what: f"{self.right[what]}/{n}" for what, n in self.done.items()}
        ordered = sorted(self.seconds)
        errors = sorted(self.errors)
        return {
            **rates,
            "seconds_median": round(ordered[len(ordered) // 2], 2) if ordered else None,
            "seconds_max": round(ordered[-1], 2) if ordered else None,
            "relative_error_of_loss_median": round(errors[len(errors) // 2], 3) if errors else None,
            "misses": self.notes,
        }


def request_of(world: World) -> ExplainRequest:
    """The question that an instance is for."""
    if world.baseline:
        return ExplainRequest(Selection(span=world.window), True, world.baseline)
    return ExplainRequest()


def judge(world: World, result: ExplainResult, seed: int) -> dict[str, Any]:
    """Return what was right."""
    named = [dict(finding.where) for finding in result.findings]
    decoys = [where for _, where in world.decoys]
    counts = {
        "no decoy named": not any(where in decoys for where in named),
        "no stray": all(where in world.causes or where in decoys for where in named),
    }
    if not world.causes:
        right = counts["nothing found in empty"] = not named
    elif len(world.causes) == 1:
        right = counts["true cause first"] = bool(named) and named[0] in world.causes
        counts["true cause among three"] = any(where in world.causes for where in named[:3])
    else:
        right = counts["both causes found"] = all(cause in named for cause in world.causes)
    truth = {tuple(cause.items()): lost for cause, lost in zip(world.causes, world.lost, strict=True)}
    errors = [
        abs((finding.lost_conversions.value or 0.0) / lost - 1)
        for finding in result.findings
        for cause, lost in truth.items()
        if dict(finding.where) == dict(cause)
    ]
    right = right and counts["no decoy named"] and counts["no stray"]
    note = "" if right else f"seed {seed}: planted {list(world.causes)}, decoys {decoys}, named {named}"
    return {"counts": counts, "errors": errors, "note": note}


def accuracy(options: argparse.Namespace) -> dict[str, Any]:
    """Run the instances that the state file doesn't hold yet, as long as there is time, and return the counts by question."""
    sessions, strength = options.sessions or 2_000_000, options.strength
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    questions = {"changed": [True], "stands-out": [False], "both": [True, False]}[options.question]
    kept = _kept(options.state)
    tallies = {compare: Tally() for compare in questions}
    ends = time.monotonic() + 60 * options.minutes
    left = 0
    for seed, compare, causes in product(seeds, questions, (1, 2, 0)):
        key = json.dumps([sessions, strength, seed, compare, causes])
        if key not in kept and time.monotonic() > ends:
            left += 1
            continue
        if key not in kept:
            world = make_world(sessions, seed, compare=compare, causes=causes, strength=strength)
            began = time.perf_counter()
            result = explain(world.facts, request_of(world))
            kept[key] = judge(world, result, seed) | {"seconds": time.perf_counter() - began}
            _keep(options.state, key, kept[key])
            _say(f"seed {seed}, {'baseline' if compare else 'no baseline'}, {causes} planted: {kept[key]}")
        tallies[compare].add(kept[key])
    named = {"what changed" if compare else "what stands out": tally.document() for compare, tally in tallies.items()}
    return {"sessions": sessions, "seeds": len(seeds), "strength": strength, "targets": TARGETS, "left": left, **named}


def _kept(state: Path | None) -> dict[str, Any]:
    if state is None or not state.exists():
        return {}
    return {record["key"]: record for record in map(json.loads, state.read_text().splitlines())}


def _keep(state: Path | None, key: str, judged: dict[str, Any]) -> None:
    if state is not None:
        with state.open("a") as file:
            file.write(json.dumps({"key": key, **judged}) + "\n")


def speed(sessions: int) -> dict[str, Any]:
    """Time, memory beyond the columns, and the wait for a cancel."""
    report: dict[str, Any] = {"sessions": sessions}
    for compare in (True, False):
        world = make_world(sessions, 7, compare=compare)
        request = request_of(world)
        runs = []
        for _ in range(3):
            before = _resident()
            with _Peak() as peak:
                began, cpu = time.perf_counter(), time.process_time()
                result = explain(world.facts, request)
                took = time.perf_counter() - began
            runs.append((took, time.process_time() - cpu, (peak.most - before) / 1e9))
        waits = list(_cancel_waits(world, request, min(took for took, _, _ in runs)))
        report["what changed" if compare else "what stands out"] = {
            "seconds": [round(run[0], 2) for run in runs],
            "cpu_seconds": [round(run[1], 2) for run in runs],
            "peak_gb": round(max(run[2] for run in runs), 2),
            "combinations": result.combinations,
            "cancel_ms": [round(1000 * wait) for wait in waits],
        }
        _say(json.dumps(report, default=str))
    return report


def _cancel_waits(world: World, request: ExplainRequest, seconds: float) -> Iterator[float]:
    for part in (0.1, 0.3, 0.5, 0.7, 0.9):
        flag = threading.Event()
        ended: list[float] = []

        def run(flag: threading.Event = flag, ended: list[float] = ended) -> None:
            try:
                explain(world.facts, request, cancelled=flag.is_set)
            except Cancelled:
                ended.append(time.perf_counter())

        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(part * seconds)
        asked = time.perf_counter()
        flag.set()
        thread.join()
        if ended:
            yield ended[0] - asked


class _Peak:
    """The highest resident size while it is open."""

    def __enter__(self) -> _Peak:
        self.most = _resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.most = max(self.most, _resident())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main() -> None:
    """Parse the options, run, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("accuracy", "speed"), default="accuracy")
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--strength", type=float, default=6.0)
    parser.add_argument("--question", choices=("changed", "stands-out", "both"), default="both")
    parser.add_argument("--state", type=Path, help="JSON lines of what is judged already; appended to")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no further instance after these")
    options = parser.parse_args()
    if not cause_runner.wait():
        _say("the compiled kernels can't be used: times are those of the reference")
    report = speed(options.sessions or 5_000_000) if options.what == "speed" else accuracy(options)
    sys.stdout.write(json.dumps(report, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
