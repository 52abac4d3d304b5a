"""Further columns of a record, where a system says in several columns (or in a nested one) what a target needs in one.

A rule adds columns beside the export's own and never changes or drops a row; a rule may merge the rows of one record, and then says so as a
filtered reason. Which rule an export needs is said by its adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.derive import adobe, ga4, ga_report, meta, optimizely, salesforce, shopify
from docops_desktop.ingest.derive.columns import Columns, Rule
from docops_desktop.ingest.mapping.adapters import AdapterSpec
from docops_desktop.model.errors import RequestError

_BY_ROW: dict[str, Rule] = {
    "adobe_feed": adobe.derive,
    "ga4_events": ga4.derive,
    "ga_report": ga_report.derive,
    "meta_ads": meta.derive,
    "optimizely": optimizely.derive,
    "salesforce": salesforce.derive,
}
_BY_STREAM: dict[str, Callable[[Iterator[Block]], Iterator[Block]]] = {"shopify": shopify.merged}


def derived(spec: AdapterSpec, blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks with the adapter's further columns.

    Raises:
        RequestError: the adapter names a rule that does not exist.
    """
    if not spec.derive:
        yield from blocks
        return
    if spec.derive in _BY_STREAM:
        yield from _BY_STREAM[spec.derive](blocks)
        return
    rule = _BY_ROW.get(spec.derive)
    if rule is None:
        names = ", ".join(sorted({*_BY_ROW, *_BY_STREAM}))
        raise RequestError(f"adapter {spec.name!r}: there is no rule {spec.derive!r}", fix=f"Use one of: {names}")
    for block in blocks:
        table = block.table
        for name, values in rule(Columns(table)).items():
            if name not in table.column_names:
                table = table.append_column(name, values)
        yield Block(table, block.lines, block.broken, block.filtered)
