"""What was listed stays in its place; what comes up takes the free ones."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.tiles.steady_list import SteadyList, codes_of


def sessions(**by_code: int) -> np.ndarray:
    found = np.zeros(6, dtype=np.int64)
    for code, count in by_code.items():
        found[int(code[1:])] = count
    return found


def test_listed_codes_stay_and_new_ones_take_the_free_places_once():
    steady = SteadyList(np.array([4, 1]), 4, np.arange(6) != 5)
    first = steady.follow(sessions(c1=9))
    assert first.tolist() == [4, 1]
    assert steady.follow(sessions(c4=1)) is first
    assert steady.follow(sessions(c0=1, c2=8, c3=8, c5=99)).tolist() == [4, 1, 2, 3]
    assert steady.full
    assert steady.follow(sessions(c0=7)).tolist() == [4, 1, 2, 3]


def test_without_a_limit_everything_allowed_comes_in():
    steady = SteadyList(np.array([5, 0]), 0, np.arange(6) != 5)
    assert steady.follow(np.ones(6, dtype=np.int64)).tolist() == [0, 1, 2, 3, 4]


def test_texts_without_a_code_are_left_out():
    assert codes_of(("b", "?", "a"), {"a": 0, "b": 1}).tolist() == [1, 0]
