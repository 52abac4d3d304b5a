"""Imports files one after the other: each its own ledger row, a rejected one never hinders the next.

Shared by the window's import job and the command line. Synchronous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.mapping_draft import MappingDraft
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.model.errors import KnownError
from docops_desktop.model.wording import counted

if TYPE_CHECKING:
    from docops_desktop.ingest.files.increment import Increment
    from docops_desktop.store.records import ImportRecord
    from docops_desktop.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read the files; None = find out.

    Attributes:
        adapter: name of the adapter; mapping: TOML file with the columns' targets; time_zone: IANA zone of times without an offset.
        privacy: ``strict``, ``keyed`` or ``off``.
        ip_table: a table of networks of one's own, for country and carrier of addresses.
        encoding: of the text; "" = find out.
        drafts: corrections of single files, which win over ``adapter`` and ``mapping``.
    """

    adapter: str | None = None
    mapping: Path | None = None
    time_zone: str | None = None
    privacy: str = "strict"
    drafts: Mapping[Path, MappingDraft] = field(default_factory=dict)
    ip_table: Path | None = None
    encoding: str = ""

    def check(self) -> None:
        """Make sure that what is said holds for any file, so that a wrong word is told once and before anything is written.

        Raises:
            RequestError: no such adapter, encoding, zone, level or table of networks, or a wrong mapping.
        """
        from docops_desktop.ingest.importer import check_options, networks_of

        check_options(self.adapter, self.mapping, self.encoding, self.time_zone, self.privacy)
        networks_of(self.ip_table)

    @contextmanager
    def mapping_for(self, file: Path) -> Iterator[Path | None]:
        """Lend the mapping file that counts for one file."""
        draft = self.drafts.get(file)
        if draft is None or draft.is_empty:
            yield self.mapping
            return
        with draft.file() as mapping:
            yield mapping


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files behind files, folders and globs.

    Raises:
        RequestError: there is nothing there.
    """
    from docops_desktop.ingest.importer import expand

    return tuple(expand(paths))


def import_each(
    workspace: Workspace,
    files: Sequence[Path],
    options: ImportOptions,
    progress: Callable[[Any], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[ImportOutcome]:
    """Import file by file and tell the outcome of each as it is known.

    Raises:
        Cancelled: ``cancelled`` said so; what was told before is in the workspace, the file at hand is not.
    """
    for file in files:
        try:
            yield ImportOutcome(str(file), import_one(workspace, file, options, progress, cancelled))
        except KnownError as error:
            yield ImportOutcome(str(file), None, error)


def left_out_for(forgotten: ImportRecord, ledger: Sequence[ImportRecord]) -> list[tuple[ImportRecord, int]]:
    """Return the later imports of a forgotten one's system from which rows were left out as loaded before, and how many; it may have brought them."""
    from docops_desktop.ingest.load.overlaps import ALREADY_LOADED

    later = [one for one in ledger if one.adapter == forgotten.adapter and one.import_id > forgotten.import_id]
    counts = [sum(number for why, number in one.filtered.items() if why in ALREADY_LOADED) for one in later]
    return [(record, count) for record, count in zip(later, counts, strict=True) if count]


def left_out_text(record: ImportRecord, rows: int) -> str:
    """Return what to know of an import that left out rows (see ``left_out_for``)."""
    return (
        f"import {record.import_id} ({record.file_name}) left out {counted(rows, 'row')} loaded before, perhaps by the forgotten one. "
        "Forget it too and import its file again, if you want them"
    )


def import_one(
    workspace: Workspace,
    file: Path,
    options: ImportOptions,
    progress: Callable[[Any], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    part: Increment | None = None,
) -> ImportRecord:
    """Import a file, or a part of one that is followed.

    Raises:
        Cancelled: ``cancelled`` said so. KnownError: it can't be imported; the workspace is as it was.
    """
    from docops_desktop.ingest.importer import import_file

    with options.mapping_for(file) as mapping:
        return import_file(
            workspace,
            file,
            adapter=options.adapter,
            mapping=mapping,
            encoding=options.encoding,
            time_zone=options.time_zone,
            privacy=options.privacy,
            ip_table=options.ip_table,
            progress=progress,
            cancelled=cancelled,
            part=part,
        )
