from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.ui.charts.colour_scale import ColourScale, diverging, sequential
from docops_desktop.ui.theme import THEMES
from docops_desktop.ui.theme.contrast import luminance


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_more_is_always_further_from_the_ground_in_lightness(theme):
    """Then the order can be read by any eye, and on a grey print."""
    scale = ColourScale(theme.sequential_stops, 0.0, 1.0)
    steps = [luminance(scale.hex_of(x)) for x in np.linspace(0, 1, 12)]
    differences = np.diff(steps)
    assert (differences > 0).all() or (differences < 0).all()


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_no_change_is_the_ground(theme):
    scale = diverging(np.array([-0.2, 0.3]), theme.diverging_stops, higher_is_worse=True)
    assert scale.low == -scale.high
    assert scale.hex_of(0.0) == theme.diverging_stops[2]
    assert scale.hex_of(scale.high) == theme.diverging_stops[-1]
    turned = diverging(np.array([-0.2, 0.3]), theme.diverging_stops, higher_is_worse=False)
    assert turned.hex_of(turned.low) == theme.diverging_stops[-1]


def test_one_extreme_cell_neither_flattens_the_rest_nor_drowns():
    values = np.concatenate([np.linspace(2000, 2600, 999), [60_000.0]])
    scale = sequential(values, THEMES["dark"].sequential_stops)
    assert scale.position(60_000.0) == 1.0
    assert scale.position(2600.0) - scale.position(2000.0) > 0.03
    assert scale.high < 20_000


@pytest.mark.parametrize("values", [[], [np.nan], [5.0], [5.0, 5.0], [0.0, 0.0]])
def test_few_or_equal_values_have_a_scale_too(values):
    array = np.array(values, dtype=float)
    for scale in (
        sequential(array, ("#000000", "#ffffff")),
        diverging(array, ("#000000", "#ffffff"), higher_is_worse=True),
    ):
        assert scale.high > scale.low
        assert scale.rgba(array).shape == (len(values), 4)


def test_missing_values_are_transparent():
    scale = ColourScale(("#000000", "#ffffff"), 0.0, 10.0)
    colours = scale.rgba(np.array([[0.0, np.nan], [10.0, 99.0]]))
    assert colours[0, 1].tolist() == [0, 0, 0, 0]
    assert colours[0, 0].tolist() == [0, 0, 0, 255]
    assert colours[1, 0].tolist() == colours[1, 1].tolist() == [255, 255, 255, 255]
