"""The class of each page-view row: a person's page view, or something that must not be mixed with it.

An adapter's rules judge the export's own columns; flags and user agents are judged for every export. Where several apply, the strongest wins:
synthetic, bot, background request, error page, hidden tab, back/forward cache, single-page navigation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.adapters import AdapterSpec, ClassRule
from docops_desktop.ingest.values.user_agents import Agents
from docops_desktop.ingest.values.values import Bools, Cells, as_bools
from docops_desktop.model.traffic import ViewClass

Classes = npt.NDArray[np.int8]
_WEAKEST_FIRST = (
    ViewClass.PAGE_VIEW,
    ViewClass.SPA,
    ViewClass.BFCACHE,
    ViewClass.HIDDEN,
    ViewClass.ERROR_PAGE,
    ViewClass.XHR,
    ViewClass.BOT,
    ViewClass.SYNTHETIC,
)
_STRENGTH = {view_class: strength for strength, view_class in enumerate(_WEAKEST_FIRST)}
_TRUE = r"^(?i:1|true|yes|y|t)$"


def classify(cells: Cells, spec: AdapterSpec, agents: Agents | None) -> tuple[Classes, Bools]:
    """Return the class of each row, and which rows are unload beacons."""
    strength = np.zeros(cells.rows, dtype=np.int8)
    unload = np.zeros(cells.rows, dtype=bool)
    judged: dict[str, Bools] = {}
    for rule in spec.classes:
        mask = _matches(cells, rule)
        if mask is None:
            continue
        seen = judged.setdefault(rule.column, np.zeros(cells.rows, dtype=bool))
        mask &= ~seen
        seen |= mask
        if rule.view_class == "unload":
            unload |= mask
        else:
            _raise(strength, mask, ViewClass[rule.view_class.upper()])
    for target, view_class in (
        ("hidden", ViewClass.HIDDEN),
        ("bot", ViewClass.BOT),
        ("synthetic", ViewClass.SYNTHETIC),
    ):
        if cells.has(target):
            _raise(strength, as_bools(pc.match_substring_regex(cells.text(target), _TRUE)), view_class)
    if cells.has("http_status"):
        _raise(
            strength,
            as_bools(pc.match_substring_regex(cells.text("http_status"), r"^[45][0-9]{2}(?:\.0)?$")),
            ViewClass.ERROR_PAGE,
        )
    if agents is not None:
        _raise(strength, agents.bot, ViewClass.BOT)
        _raise(strength, agents.synthetic, ViewClass.SYNTHETIC)
    strength[unload & (strength == _STRENGTH[ViewClass.HIDDEN])] = 0  # a page that is left is hidden by then
    codes = np.array([int(view_class) for view_class in _WEAKEST_FIRST], dtype=np.int8)
    return codes[strength], unload


def _matches(cells: Cells, rule: ClassRule) -> Bools | None:
    values = cells.raw(rule.column)
    if values is None:
        return None
    present = pc.is_valid(values)
    if not rule.pattern:
        return as_bools(present)
    return as_bools(pc.match_substring_regex(values, rule.pattern, ignore_case=True))


def _raise(strength: npt.NDArray[np.int8], mask: Bools, view_class: ViewClass) -> None:
    np.maximum(strength, np.where(mask, np.int8(_STRENGTH[view_class]), np.int8(0)), out=strength)
