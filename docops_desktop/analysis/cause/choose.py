"""Which combinations are causes: confirmed losses, shortest true description, one after the other.

1. Slow combinations are found by load alone (Bonferroni over all combinations). A loss is then confirmed over the slow ones only: under the null the
   two are independent, so this keeps the family-wise error while it doesn't pay for everything searched. A loss without slowdown pays for all.
2. The best by evidence is refined: a value is dropped while the sessions that come in are hurt alike; a value is added while the sessions that go
   out are fine. Both are likelihood ratios of the sessions in question.
3. Its sessions are taken out of every combination, the references move, and the search goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import N, Population
from docops_desktop.analysis.cause.scoring import Model, Standards, singles_table, site_shift, spread, standards
from docops_desktop.analysis.cause.search import Cube, Floats, sums_within
from docops_desktop.kernels import cause_runner

ALPHA_SLOW = 0.03
"""Family-wise error of the losses tested among slow combinations."""
ALPHA_ALL = 0.02
"""Family-wise error of the losses tested among all; the two add up to 5 %."""
_ALPHA_LOAD = 0.05
_TEMPER = 20.0
_CLIP = 6.0
_MOST_STEPS = 6
_LOAD_WEIGHT_FLOOR = 0.02
"""A slowdown below 2 % of the load time is no slowdown that anybody could feel, however certain it is."""


@dataclass(frozen=True)
class Choice:
    """One cause: its combination's number in the cube, its rows, and how sure.

    Attributes:
        p_value: of the loss (of the slowdown, when load is explained). ``q_value``: times the number of combinations it competed with.
        slow: the combination is slower too.
    """

    number: int
    rows: npt.NDArray[np.int64]
    z_loss: float
    z_slow: float
    p_value: float
    q_value: float
    slow: bool


@dataclass
class State:
    """What is left of the sums after the causes found so far were taken out."""

    sums: Floats
    totals: Floats


class Chooser:
    """Finds causes one after the other in a cube."""

    def __init__(
        self,
        cube: Cube,
        population: Population,
        model: Model,
        measure: str,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled = cancelled
        self.cube = cube
        self.population = population
        self.model = model
        self.measure = measure
        self.state = State(cube.sums.copy(), cube.totals.copy())
        self._gone = np.zeros(0, dtype=np.int64)
        self._scaled = False
        self.tested = 0
        self.threshold = 0.0
        self._to_be_seen = 0.0
        self._scale = (1.0, 1.0)
        self._depth_prior = np.array([0.0, *(np.log(max(int((cube.depth == d).sum()), 1)) for d in (1, 2, 3))])

    def next(self) -> Choice | None:
        """Return the next cause, and take its sessions out; None when nothing stands out any more."""
        z = self.score()
        cause_runner.check(self._cancelled)
        loss, slow, competitors, eligible, evidence = self._evidence(z)
        cause_runner.check(self._cancelled)
        if not eligible.any():
            return None
        best = int(np.argmax(np.where(eligible, evidence, -np.inf)))
        best = self._refined(best, z, eligible)
        measured = z.z_slow[best] / self._scale[1] if self.measure == "load" else loss[best]
        p = _tail(measured)
        cause_runner.check(self._cancelled)
        choice = Choice(
            best,
            self._rows(best),
            float(loss[best]),
            float(z.z_slow[best] / self._scale[1]),
            p,
            min(1.0, p * float(competitors[best])),
            bool(slow[best]),
        )
        cause_runner.check(self._cancelled)
        self.remove(choice.rows)
        return choice

    def remove(self, rows: npt.NDArray[np.int64]) -> None:
        """Take a cause's sessions out of all sums; those that an earlier cause took are gone already."""
        fresh = np.setdiff1d(rows, self._gone, assume_unique=True)
        cause_runner.check(self._cancelled)
        inside, totals = sums_within(self.cube, self.population, fresh, self._cancelled)
        self.state.sums -= inside
        self.state.totals -= totals
        self._gone = np.union1d(self._gone, fresh)

    def score(self) -> Standards:
        """Return the figures of all combinations as things stand."""
        singles = singles_table(self.cube, self.state.sums) if self.model.kind == "rest" else None
        return standards(self.model, self.state.sums, self.state.totals, self.cube.ranks, singles, self.shift())

    def shift(self) -> float:
        """Return the shift of mean log load that the site as a whole shows against the baseline, as things stand."""
        if self.model.kind != "baseline":
            return 0.0
        return site_shift(self.model, self.state.sums[self.cube.depth == 1])

    def _evidence(self, z: Standards) -> tuple[Floats, npt.NDArray[np.bool_], Floats, npt.NDArray[np.bool_], Floats]:
        """Return scaled loss, slow or not, number of competitors, eligible or not, evidence in nats."""
        tested = self.state.sums[:, N] >= 0.5 * self.population.min_sessions
        if self.model.kind == "rest":
            tested &= self.cube.depth > 1
        if not self._scaled:
            self._scaled = True
            self._scale = (spread(z.z_loss[tested]), spread(z.z_slow[tested]))
            self.tested = int(tested.sum())
        loss, slowness = z.z_loss / self._scale[0], z.z_slow / self._scale[1]
        everything = max(self.tested, 1)
        slow = tested & (slowness > _quantile(_ALPHA_LOAD / everything)) & (z.slowdown > _LOAD_WEIGHT_FLOOR)
        among_slow = max(int(slow.sum()), 1)
        competitors = np.where(slow, float(among_slow), float(everything))
        # without a baseline only slow combinations are causes
        rare = ALPHA_ALL / everything if self.model.kind != "rest" else ALPHA_SLOW / among_slow
        self.threshold = _quantile(ALPHA_ALL / everything)
        self._to_be_seen = _quantile(rare)
        if self.measure == "load":
            eligible = slow
            evidence = slowness**2 / 2 - self._depth_prior[self.cube.depth]
            return loss, slow, np.full(len(loss), float(everything)), eligible, evidence
        needed = np.where(slow, _quantile(ALPHA_SLOW / among_slow), self.threshold)
        eligible = tested & (loss > needed)
        if self.model.kind == "rest":
            eligible &= slow
        load = np.where(slow, _TEMPER * np.log1p(slowness**2 / (2 * _TEMPER)), 0.0)
        evidence = np.sign(loss) * loss**2 / 2 + load - self._depth_prior[self.cube.depth]
        return loss, slow, competitors, eligible, evidence

    # the shortest true description

    def _refined(self, best: int, z: Standards, eligible: npt.NDArray[np.bool_]) -> int:
        seen = {best}
        for _ in range(_MOST_STEPS):
            step = self._shorter(best, z)
            if step is None:
                step = self._longer(best, z, eligible)
            if step is None or step in seen:
                return best
            best = step
            seen.add(best)
        return best

    def _shorter(self, best: int, z: Standards) -> int | None:
        """Return the combination without one value whose other sessions are hurt alike, if there is one.

        They must be finer than chance makes the best of its siblings look: that is how the longer one was picked.
        """
        ranks = self.cube.ranks[best]
        axes = np.flatnonzero(ranks)
        if len(axes) < (3 if self.model.kind == "rest" else 2):
            return None
        choices: list[tuple[float, int]] = []
        for axis in axes:
            fewer = ranks.copy()
            fewer[axis] = 0
            parent = self.cube.find(fewer)
            if parent < 0:
                continue
            alike = self._alike(parent, best, z)
            if alike > -max(3.0, float(np.log(self._siblings(np.flatnonzero(fewer), fewer)))):
                choices.append((alike, parent))
        return max(choices)[1] if choices else None

    def _alike(self, parent: int, child: int, z: Standards) -> float:
        """Return how much better "the parent's other sessions are hurt as the child's" explains them than "they are fine", in nats."""
        rest = self.state.sums[parent] - self.state.sums[child]
        if rest[N] < 1:
            return 0.0
        expected = max(z.expected[parent] - z.expected[child], 1e-9)
        observed = max(z.observed[parent] - z.observed[child], 0.0)
        factor = (z.observed[child] + 0.5) / (z.expected[child] + 0.5)
        loss = observed * np.log(factor) - (factor - 1) * expected
        if self.measure == "load":
            loss = 0.0
        shift = z.slowdown[child]
        if z.z_slow[child] < 4 * self._scale[1] or shift <= _LOAD_WEIGHT_FLOOR:
            return float(loss)
        own = z.slowdown[parent] * self.state.sums[parent][N] - shift * self.state.sums[child][N]
        mean = own / rest[N]
        information = rest[N] * self.model.measured / self.model.sd**2 / self._scale[1] ** 2
        load = information * (mean * shift - shift**2 / 2)
        limit = np.inf if self.measure == "load" else _CLIP
        return float(loss) + float(np.clip(load, -limit, limit))

    def _longer(self, best: int, z: Standards, eligible: npt.NDArray[np.bool_]) -> int | None:
        """Return the combination with one more value that holds the loss alone, if there is one."""
        ranks = self.cube.ranks[best]
        axes = np.flatnonzero(ranks)
        deeper = eligible & (self.cube.depth == len(axes) + 1)
        for axis in axes:
            deeper &= self.cube.ranks[:, axis] == ranks[axis]
        children = np.flatnonzero(deeper)
        if not len(children):
            return None
        price = np.log(self._siblings(axes, ranks))
        scale = self._scale
        loss = np.sign(z.z_loss) * (z.z_loss / scale[0]) ** 2 / 2
        slow = np.sign(z.z_slow) * (z.z_slow / scale[1]) ** 2 / 2
        gain = slow[children] - slow[best]
        if self.measure != "load":
            gain = loss[children] - loss[best] + np.clip(gain, -_CLIP, _CLIP)
        top = int(np.argmax(gain))
        return int(children[top]) if gain[top] > price else None

    def _siblings(self, axes: npt.NDArray[np.int64], ranks: npt.NDArray[np.uint16]) -> int:
        deeper = self.cube.depth == len(axes) + 1
        for axis in axes:
            deeper &= self.cube.ranks[:, axis] == ranks[axis]
        return max(int(deeper.sum()), 1)

    def _rows(self, number: int) -> npt.NDArray[np.int64]:
        return rows_of(self.population, self.cube.ranks[number])

    def largest_missed(self) -> tuple[float, float]:
        """Return the largest loss (in units of the outcome) that a combination could have had without being named, and what was expected of it.

        Only combinations are looked at whose total loss would have been seen, and that have at least as much to be compared with as in them: 0, 0 when
        there is none.
        """
        z = self.score()
        usable = (self.state.sums[:, N] >= self.population.min_sessions) & (z.expected > 0)
        usable &= (z.expected < 0.5 * z.expected.max(initial=0.0)) & (z.reference >= z.expected)
        if not usable.any():
            return 0.0, 0.0
        expected, reference = z.expected[usable], z.reference[usable]
        needed = self._to_be_seen * self._scale[0] * np.sqrt(expected + expected**2 / np.maximum(reference, 1e-9))
        loss = np.where(needed < expected, needed, 0.0)
        top = int(np.argmax(loss))
        return float(loss[top]), float(expected[top])


def rows_of(population: Population, ranks: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
    """Return the rows of a population that a combination holds."""
    hit: npt.NDArray[np.bool_] | None = None
    for axis in np.flatnonzero(ranks):
        here = population.axes[axis].ranks == ranks[axis]
        hit = here if hit is None else hit & here
    return np.flatnonzero(hit) if hit is not None else np.arange(population.n)


def _quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(-ndtri(max(p, 1e-300)))


def _tail(z: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-z))
