"""Imports and previews files: the door of this layer.

One file is one import, wholly in or wholly out. Synchronous; callers bring the thread, a progress callback and a cancel callback.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from docops_desktop.ingest.blocks import Reconsider
from docops_desktop.ingest.context import Context, Tally
from docops_desktop.ingest.derive import derived
from docops_desktop.ingest.files.companions import records_of
from docops_desktop.ingest.files.fingerprint import Fingerprint, may_be_known
from docops_desktop.ingest.files.increment import Increment, require_not_followed
from docops_desktop.ingest.files.paths import expand
from docops_desktop.ingest.files.source import ExportSource
from docops_desktop.ingest.load.loaders import make_loader
from docops_desktop.ingest.load.loading import RowSink, WriterSink
from docops_desktop.ingest.load.overlaps import ALREADY_LOADED
from docops_desktop.ingest.mapping.adapters import AdapterSpec, all_adapters, check_zone
from docops_desktop.ingest.mapping.decisions import Decisions
from docops_desktop.ingest.plan import Plan, Request, check_request, make_plan, require_loadable
from docops_desktop.ingest.preview import Preview, preview_file
from docops_desktop.ingest.privacy.keys import KeyMaker
from docops_desktop.ingest.privacy.personal_data import check_level, personal_columns, privacy_log
from docops_desktop.ingest.progress import GATHERED, READ, STORED, Meter, Progress
from docops_desktop.ingest.read_ahead import read_ahead
from docops_desktop.ingest.recognise.encoding import HOW
from docops_desktop.ingest.recognise.sniff import blocks
from docops_desktop.ingest.values.networks import Networks
from docops_desktop.model.errors import ExportError, WorkspaceError
from docops_desktop.store.records import DUPLICATE, ImportRecord
from docops_desktop.store.workspace import Workspace

MAX_READINGS = 12
"""A file is read again at most this often because later rows contradicted a guess."""

__all__ = [
    "Preview",
    "Progress",
    "check_options",
    "expand",
    "import_file",
    "list_adapters",
    "networks_of",
    "preview_file",
]


def list_adapters() -> tuple[AdapterSpec, ...]:
    """Return all adapters by name, the user's own included.

    Raises:
        RequestError: one of the files is wrong.
    """
    return tuple(sorted(all_adapters(), key=lambda spec: spec.name))


def check_options(
    adapter: str | None, mapping: Path | None, encoding: str, time_zone: str | None, privacy: str
) -> None:
    """Make sure that what ``import_file`` is told is there and can be read, whatever the file.

    Raises:
        RequestError: no such adapter, encoding, zone or level, or a wrong mapping.
    """
    check_level(privacy)
    if time_zone:
        check_zone(time_zone)
    check_request(Request(adapter, mapping, encoding))


def networks_of(ip_table: Path | None) -> Networks:
    """Return the tables of networks that addresses are looked up in, one's own first.

    Raises:
        RequestError: there is no such table, or it can't be read.
    """
    networks = Networks(ip_table)
    if ip_table is not None:
        networks.tables()
    return networks


def import_file(
    ws: Workspace,
    path: Path | str,
    *,
    adapter: str | None = None,
    mapping: Path | None = None,
    encoding: str = "",
    time_zone: str | None = None,
    privacy: str = "strict",
    ip_table: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    part: Increment | None = None,
) -> ImportRecord:
    """Import one file into a workspace and return its ledger row; a file that is there already comes back with status ``duplicate``.

    Args:
        adapter: name of the adapter; None = recognise.
        mapping: a mapping file, or a whole adapter file.
        encoding: of the text; "" = find out.
        time_zone: IANA zone of times without an offset; None = the adapter's, else the workspace's.
        privacy: ``strict``, ``keyed`` or ``off``.
        ip_table: a table of networks of one's own (MaxMind DB, CSV), asked before the shipped ones.
        progress: called about 20 times a second.
        cancelled: polled; True stops the import.
        part: of a followed file: what of it is new. How much is loaded then is kept in the same transaction.

    Raises:
        ExportError: the file was rejected; the workspace is unchanged.
        RequestError: no such file, adapter, zone or level, or a wrong mapping.
        WorkspaceError: the workspace can't be written.
        Cancelled: ``cancelled`` said so; the workspace is unchanged.
    """
    path = Path(path)
    started = time.monotonic()
    check_options(adapter, mapping, encoding, time_zone, privacy)
    networks = networks_of(ip_table)
    source = ExportSource(path, part)
    meter = Meter(path.name, source.size, progress, cancelled)
    with closing(Fingerprint(source)) as fingerprint:
        if may_be_known(source, ws.ledger()):
            known = ws.find_import(fingerprint.digest(meter.share))
            if known is not None:
                if part is not None:
                    ws.save_followed(
                        replace(part.followed, adapter=part.followed.adapter or known.adapter), part.before
                    )
                return _duplicate(known, path, time.monotonic() - started)
        if part is None:
            require_not_followed(ws, path, source.size)
        elif part.continues and mapping is None:
            adapter = part.followed.adapter
        run = _Run(
            ws,
            source,
            part,
            fingerprint,
            Request(adapter, mapping, encoding),
            time_zone,
            privacy,
            networks,
            meter,
            started,
            cancelled,
        )
        return _repeated(run, meter, source)


def _repeated(run: _Run, meter: Meter, source: ExportSource) -> ImportRecord:
    """Import; again, when later rows contradict what the first rows suggested."""
    learnt: dict[str, str] = {}
    for _ in range(MAX_READINGS):
        try:
            return run.once(learnt)
        except Reconsider as news:
            learnt[news.topic] = news.value
            meter.restart()
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise WorkspaceError(
                    "the disk is full", str(run.workspace), "Free some space; nothing was changed"
                ) from error
            raise
    raise ExportError(
        "the file contradicts itself too often to be read", str(source.path), "State formats in a mapping file"
    )


def _duplicate(known: ImportRecord, path: Path, seconds: float) -> ImportRecord:
    purged = f"; {known.rows_purged:,} of its rows were purged since" if known.rows_purged else ""
    return replace(
        known,
        file_name=path.name,
        status=DUPLICATE,
        reason=f"the same content was imported before, as import {known.import_id} ({known.file_name}){purged}",
        rows_read=0,
        rows_loaded=0,
        rows_filtered=0,
        rows_quarantined=0,
        filtered={},
        seconds=seconds,
    )


class _Run:
    """One import while it is tried."""

    def __init__(
        self,
        ws: Workspace,
        source: ExportSource,
        part: Increment | None,
        fingerprint: Fingerprint,
        request: Request,
        time_zone: str | None,
        privacy: str,
        networks: Networks,
        meter: Meter,
        started: float,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._ws = ws
        self._source = source
        self._part = part
        self._decided: dict[str, str] = {}
        self._doubts: list[str] = []
        self._fingerprint = fingerprint
        self._request = request
        self._zone = time_zone
        self._privacy = privacy
        self._networks = networks
        self._meter = meter
        self._started = started
        self._cancelled = cancelled

    @property
    def workspace(self) -> Path:
        """The workspace file."""
        return self._ws.path

    def once(self, learnt: dict[str, str]) -> ImportRecord:
        """Read the whole file and load it.

        Raises:
            Reconsider: a guess was wrong.
        """
        plans = self._plans(learnt)
        grain = plans[0].grain
        log = self._mapping_log(plans, learnt)
        name, size = self._source.path.name, self._source.size
        with self._ws.begin_import(name, "", size, plans[0].spec.name, grain, log, self._privacy_log(plans)) as writer:
            sink = WriterSink(writer, self._part.line_shift if self._part is not None else 0)
            self._meter.stage(READ)
            tally = self._load(plans, grain, sink, learnt)
            doubts = dict.fromkeys([*(plan.layout.encoding.doubt for plan in plans), *self._doubts])
            if any(doubts):
                log["doubts"] = [doubt for doubt in doubts if doubt]  # the ledger row is written at the commit
            writer.fingerprint(self._fingerprint.digest())
            self._source.verify_unchanged()
            goes_on = self._part is not None and self._part.continues and tally.read
            if not (tally.loaded or goes_on or says_empty(plans, tally) or brings_nothing_new(tally)):
                raise self._nothing_loaded(tally)
            if self._part is not None:
                kept = replace(self._part.followed, adapter=plans[0].spec.name, decided=self._decided)
                writer.follow(kept, self._part.before)
            writer.count(tally.read, tally.loaded, tally.filtered, tally.quarantined)
            self._meter.stage(STORED)
            record = writer.commit(time.monotonic() - self._started, self._meter.share, self._cancelled)
        self._meter.finish()
        return record

    def _plans(self, learnt: dict[str, str]) -> list[Plan]:
        plans: list[Plan] = []
        for member in records_of(self._source.members()):
            self._meter.check()
            plan = make_plan(self._source, member, self._request, learnt)
            where = f"{self._source.path} ({member.name})" if member.name else str(self._source.path)
            require_loadable(plan, where)
            plans.append(plan)
        for plan in plans[1:]:
            if plan.grain != plans[0].grain:
                raise ExportError(
                    f"the archive mixes {plans[0].grain} and {plan.grain} records ({plan.member.name})",
                    str(self._source.path),
                    "Unpack it and import the files one by one",
                )
        return plans

    def _load(self, plans: list[Plan], grain: str, sink: RowSink, learnt: dict[str, str]) -> Tally:
        loader = make_loader(plans[0].spec, grain, self._fingerprint.salt)
        self._fingerprint.follow()
        tally = Tally()
        context: Context | None = None
        earlier = self._ws.earlier(plans[0].spec.name, self._part.followed.path if self._part is not None else "")
        aliases = earlier.aliases()
        try:
            for plan in plans:
                context = Context(
                    plan.spec,
                    plan.layout,
                    Decisions(
                        {topic: value for topic, value in learnt.items() if topic != "encoding"},
                        self._part.decided if self._part is not None else None,
                    ),
                    self._zone or plan.spec.time_zone or self._ws.definitions().time_zone,
                    self._privacy,
                    KeyMaker(self._ws.secret),
                    self._meter,
                    sink,
                    tally,
                    networks=self._networks,
                    member=plan.member.name,
                    asks_consent=plan.mapping.has("consent"),
                    earlier=earlier,
                    aliases=aliases,
                    alive=partial(self._ws.open_sessions, plan.spec.name) if self._part is not None else None,
                )
                read = partial(blocks, self._source, plan.member, plan.layout, keep=plan.keep)
                with closing(read_ahead(read, self._meter)) as records:
                    loader.load(context, derived(plan.spec, records))
                self._doubts += context.decisions.doubts()
            if context is not None:
                self._meter.stage(GATHERED)
                loader.finish(context)
                self._decided = context.decisions.to_json()
        finally:
            loader.close()
        return tally

    def _mapping_log(self, plans: list[Plan], learnt: dict[str, str]) -> dict[str, Any]:
        plan = plans[0]
        log: dict[str, Any] = {"columns": plan.mapping.to_json(), "confidence": plan.confidence}
        log["format"] = plan.layout.format
        log["encoding"] = plan.layout.encoding.name
        log["encoding_evidence"] = HOW[plan.layout.encoding.how]
        log["time_zone"] = self._zone or plan.spec.time_zone or self._ws.definitions().time_zone
        if plan.layout.dialect is not None:
            log["delimiter"] = plan.layout.dialect.delimiter
        if self._request.mapping is not None:
            log["mapping_file"] = self._request.mapping.name
        if self._part is not None:
            log["followed"] = self._part.to_json()
        if learnt:
            log["decided"] = dict(learnt)
        if plan.mapping.has("ip"):
            log["networks"] = self._networks.describe()
        if plan.grain == "page_view":
            log["sessions"] = session_rule(plan)
        return log

    def _privacy_log(self, plans: list[Plan]) -> dict[str, Any]:
        found: dict[str, str] = {}
        for plan in plans:
            if plan.first is not None:
                found |= personal_columns(plan.first.table, plan.mapping)
        return privacy_log(self._privacy, found, plans[0].mapping)

    def _nothing_loaded(self, tally: Tally) -> ExportError:
        where = str(self._source.path)
        if not tally.read:
            return ExportError("the file holds no records", where, "Export it again for a span that holds data")
        reasons = sorted({**tally.reasons, **tally.filtered}.items(), key=lambda pair: -pair[1])
        listed = "; ".join(f"{reason}: {count:,}" for reason, count in reasons[:3])
        return ExportError(
            f"none of the {tally.read:,} records could be loaded ({listed})",
            where,
            'Look at it with preview, correct the export, or map (or ignore, with "") the column in a mapping file',
        )


def says_empty(plans: list[Plan], tally: Tally) -> bool:
    """Tell whether the export itself says that it holds no data: such a file is valid, and empty."""
    reasons = {rule.reason for plan in plans for rule in plan.spec.filters if rule.empty}
    return bool(tally.filtered) and not tally.quarantined and reasons.issuperset(tally.filtered)


def brings_nothing_new(tally: Tally) -> bool:
    """Tell whether all that is of use was loaded before, from a download that overlaps this one."""
    return not ALREADY_LOADED.isdisjoint(tally.filtered)


def session_rule(plan: Plan) -> str:
    """Say in words how page views become sessions in this export."""
    if plan.mapping.has("session"):
        return "by session id"
    if plan.mapping.has("user", "ip"):
        return "by user and 30 minutes of silence"
    return "no session or user in this export: each page view stands alone"
