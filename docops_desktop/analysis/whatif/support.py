"""How far a change of load times may go before too many sessions would leave what was observed: the same rule as the answer's, told beforehand."""

from __future__ import annotations

from docops_desktop.analysis.ranking.exposure import exposures
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.support import Support
from docops_desktop.analysis.whatif.model import MAX_OUTSIDE
from docops_desktop.model.scenario import ALL_PAGES


def support_of(cells: PageCells) -> dict[str, Support]:
    """Return the support of each page group that can be answered, and of all of them at once ("*": where the narrowest ends; no median)."""
    found: dict[str, Support] = {}
    for exposure in exposures(cells):
        ends = exposure.support_ms() if exposure.answerable else None
        edge, median = exposure.quantile_ms(MAX_OUTSIDE), exposure.quantile_ms(0.5)
        if ends is None or edge is None or median is None or edge <= 0:
            continue
        floor, ceiling = ends
        left = min(floor / edge, 1.0)
        found[exposure.page_group] = Support(
            floor, ceiling, median, max(edge - floor, 0.0), 100 * (1 - left), median * left
        )
    if found:
        every = tuple(found.values())
        found[ALL_PAGES] = Support(
            min(s.floor_ms for s in every),
            max(s.ceiling_ms for s in every),
            max(s.median_ms for s in every),
            min(s.most_ms for s in every),
            min(s.most_percent for s in every),
            max(s.least_to_ms for s in every),
        )
    return found
