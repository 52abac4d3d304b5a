"""Makes the demo: streams blocks of invented sessions into a workspace like any import, and keeps the truth beside them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.devices import PLANTED_MODEL
from docops_desktop.ingest.demo.places import PLANTED_CARRIER
from docops_desktop.ingest.demo.plan import TIME_ZONE, DemoPlan, rhythm
from docops_desktop.ingest.demo.purchases import Loss
from docops_desktop.ingest.demo.truth import TRUTH_KEY, DemoTruth
from docops_desktop.model.errors import Cancelled, RequestError

if TYPE_CHECKING:
    from docops_desktop.store.import_writer import ImportWriter
    from docops_desktop.store.workspace import Workspace

ADAPTER = "demo"
GENERATOR = 1
"""Raised whenever the same seed gives other data."""

_STAGED = 0.75
"""Part of the time until all rows are staged; the rest is the commit."""

ProgressFunction = Callable[[str, float], None]


def make_demo(
    ws: Workspace,
    sessions: int = 200_000,
    seed: int = 1,
    days: int = 14,
    progress: ProgressFunction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DemoTruth:
    """Fill a workspace with an invented shop's sessions and page views, one planted incident among them.

    The data end at a fixed date (2026-08-05, 00:00 in Berlin); the same ``sessions``, ``seed`` and ``days`` give the same rows anywhere. In an
    empty workspace the demo also sets time zone and page rules.

    Args:
        ws: the workspace; nothing else may be importing.
        sessions: sessions in all (1,000 to 100,000,000), robots included.
        seed: chooses the random world.
        days: days of data (3 to 120).
        progress: called with what is done and the fraction done.
        cancelled: polled several times a second.

    Returns:
        What was planted and what it cost; also kept in the workspace under ``truth.TRUTH_KEY``.

    Raises:
        RequestError: sessions, days or seed are out of range, or the workspace holds this demo already.
        WorkspaceError: the workspace can't be written.
        Cancelled: ``cancelled`` said so; no rows were added.
    """
    plan = DemoPlan(sessions, seed, days)
    return load_plan(ws, plan, progress, cancelled)


def load_plan(
    ws: Workspace,
    plan: DemoPlan,
    progress: ProgressFunction | None = None,
    cancelled: Callable[[], bool] | None = None,
    batch_blocks: int = 1,
) -> DemoTruth:
    """Make a demo by its plan, writing ``batch_blocks`` blocks at once (the rows do not depend on it)."""
    begun = time.monotonic()
    digest = _digest(plan)
    if ws.find_import(digest) is not None:
        raise RequestError(
            "this demo is in the workspace already", str(ws.path), "Choose another seed, or a new workspace"
        )
    if not ws.ledger():
        _set_definitions(ws)
    name = f"demo, {plan.sessions:,} sessions, seed {plan.seed}"
    what = {"sessions": plan.sessions, "seed": plan.seed, "days": plan.days, "generator": GENERATOR}
    with ws.begin_import(name, digest, 0, ADAPTER, "page_view", what, {}) as writer:
        loss = _stage(writer, plan, progress, cancelled, batch_blocks)
        writer.commit(
            time.monotonic() - begun,
            None if progress is None else lambda part: progress("Writing", _STAGED + (1 - _STAGED) * part),
            cancelled,
        )
    truth = _truth(plan, loss)
    ws.save_json_value(TRUTH_KEY, truth.to_json())
    if progress is not None:
        progress("Written", 1.0)
    return truth


def _stage(
    writer: ImportWriter,
    plan: DemoPlan,
    progress: ProgressFunction | None,
    cancelled: Callable[[], bool] | None,
    batch_blocks: int,
) -> Loss:
    import pyarrow as pa

    from docops_desktop.ingest.demo.arrow import WorkspaceCodes, session_table, view_table
    from docops_desktop.ingest.demo.blocks import make_block

    when = rhythm(plan)
    codes = WorkspaceCodes(writer.encode)
    loss = Loss()
    for first in range(0, plan.blocks, batch_blocks):
        tables = []
        for number in range(first, min(first + batch_blocks, plan.blocks)):
            if cancelled is not None and cancelled():
                raise Cancelled("the demo was cancelled; no rows were added")
            block = make_block(plan, when, number)
            first_id = writer.new_session_ids(len(block.key))
            tables.append((session_table(block, codes, first_id), view_table(block, codes, first_id)))
            loss += block.loss
        for table, parts in zip(("sessions", "page_views"), zip(*tables, strict=True), strict=True):
            writer.append(table, pa.concat_tables(parts))
        rows = sum(views.num_rows for _, views in tables)
        writer.count(read=rows, loaded=rows)
        if progress is not None:
            done = min(first + batch_blocks, plan.blocks) / plan.blocks
            progress(f"{round(done * plan.sessions):,} of {plan.sessions:,} sessions", _STAGED * done)
    return loss


def _set_definitions(ws: Workspace) -> None:
    definitions = ws.definitions()
    missing = tuple(rule for rule in pages.EXTRA_RULES if rule not in definitions.page_rules)
    ws.save_definitions(replace(definitions, page_rules=missing + definitions.page_rules, time_zone=TIME_ZONE))


def _truth(plan: DemoPlan, loss: Loss) -> DemoTruth:
    return DemoTruth(
        device_model=PLANTED_MODEL,
        carrier=PLANTED_CARRIER,
        page_group=pages.GROUPS[pages.PRODUCT],
        start_ms=plan.incident_start_ms,
        end_ms=plan.end_ms,
        lost_conversions=round(loss.conversions, 2),
        lost_revenue=round(loss.revenue_minor / 100, 2),
        expected_conversions=round(loss.expected_conversions, 2),
        sessions_hit=loss.sessions,
        sessions=plan.sessions,
        seed=plan.seed,
        days=plan.days,
        first_ms=plan.first_ms,
        effect_per_100_ms=dict(pages.EFFECT_PER_100_MS),
    )


def _digest(plan: DemoPlan) -> str:
    """Return what stands for the checksum of a file: the same demo twice is recognised."""
    text = f"demo {GENERATOR}: {plan.sessions} {plan.seed} {plan.days} {plan.planted_share} {plan.incident}"
    return hashlib.sha256(text.encode()).hexdigest()
