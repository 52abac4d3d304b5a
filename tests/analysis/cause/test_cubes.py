"""Causes in aggregated cubes: exactly what was planted is named, nothing is where nothing was planted, and odd cubes get an answer."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.cause.cubes import localize, noise
from tests.support.cause_cubes import LARGE, SMALL, CubeWorld, Where, grid, layered, synthetic


def named(world: CubeWorld) -> set[Where]:
    return {tuple(sorted(cause.where.items())) for cause in localize(world.codes, world.real, world.forecast)}


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("error", [0.008, 0.032])
def test_causes_of_any_layer_are_named_exactly(layer: int, error: float) -> None:
    for count, seed in ((1, 1), (3, 2)):
        world = layered(layer, count, error, seed)
        assert named(world) == world.causes


def test_published_settings_are_solved() -> None:
    right = wrong = missed = 0
    for world in [synthetic(SMALL, seed) for seed in range(3)] + [synthetic(LARGE, seed) for seed in range(3)]:
        found = named(world)
        right += len(found & world.causes)
        wrong += len(found - world.causes)
        missed += len(world.causes - found)
    assert 2 * right / (2 * right + wrong + missed) > 0.85


def test_the_sums_of_a_cause_are_its_cells() -> None:
    world = layered(2, 1, 0.008, 5)
    (cause,) = localize(world.codes, world.real, world.forecast)
    inside = np.logical_and.reduce([world.codes[:, axis] == code for axis, code in cause.where.items()])
    assert cause.real == pytest.approx(world.real[inside].sum())
    assert cause.forecast == pytest.approx(world.forecast[inside].sum())
    assert cause.evidence > 0


def test_noise_alone_has_no_cause() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        codes = grid((8, 9, 5, 4))
        forecast = rng.lognormal(5, 1.5, len(codes))
        real = np.maximum(forecast * (1 + rng.normal(0, 0.15, len(codes))), 0)
        assert localize(codes, real, forecast) == ()


def test_rises_are_explained_as_drops_are() -> None:
    world = layered(2, 2, 0.02, 9)
    mirrored = CubeWorld(world.codes, world.forecast, world.real, world.causes)
    assert named(world) == named(mirrored) == world.causes


def test_odd_cubes() -> None:
    codes = grid((3, 2))
    zero, one = np.zeros(6), np.ones(6)
    assert localize(codes, zero, zero) == ()
    assert localize(codes, one, one) == ()
    assert localize(np.zeros((0, 2), dtype=np.int64), np.zeros(0), np.zeros(0)) == ()
    assert localize(codes[:1], one[:1], 2 * one[:1]) is not None


def test_small_cells_scatter_more() -> None:
    rng = np.random.default_rng(3)
    size = np.exp(rng.uniform(0, 8, 20_000))
    sd = 0.5 * size**-0.3
    assert noise(rng.normal(0, sd), size) == pytest.approx(sd, rel=0.15)
