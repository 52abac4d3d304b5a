"""What a slider may ask is just what the answer doesn't refuse."""

from __future__ import annotations

import pytest

from docops_desktop.analysis.whatif.model import WhatIfModel
from docops_desktop.analysis.whatif.support import support_of
from docops_desktop.model.scenario import ALL_PAGES, Change, ChangeKind
from tests.support.page_worlds import page_cells


@pytest.mark.parametrize(("kind", "sign"), [("ms", -1), ("percent", -1), ("to_ms", 1)])
@pytest.mark.parametrize("group", ["Product", ALL_PAGES])
def test_up_to_the_limit_is_answered_and_well_beyond_is_refused(kind: ChangeKind, sign: int, group: str) -> None:
    cells = page_cells(slope=-0.5, groups=("Home", "Product"), sessions=20_000)
    model, support = WhatIfModel.fit(cells), support_of(cells)[group]
    limit = {"ms": support.most_ms, "percent": support.most_percent, "to_ms": support.least_to_ms}[kind]
    inside, outside = (0.85, 1.25) if kind != "to_ms" else (1.15, 0.75)
    assert model.answer((Change((group,), kind, sign * limit * inside),)).supported
    if kind != "percent" or limit * outside < 100:
        assert not model.answer((Change((group,), kind, sign * limit * outside),)).supported


def test_what_cannot_be_answered_has_no_support() -> None:
    assert support_of(page_cells(slope=-0.5, sessions=100)) == {}
