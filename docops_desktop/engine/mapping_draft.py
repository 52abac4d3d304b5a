"""What a user corrects about the reading of an export before it is imported: system, grain, time zone, encoding, and what columns become.

A draft is a frozen value; it becomes a mapping file for the moment of a preview or an import, so that both read exactly what ``--mapping`` reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docops_desktop.ingest.mapping.adapters import UserMapping


@dataclass(frozen=True)
class MappingDraft:
    """Corrections; "" = as recognised.

    Attributes:
        adapter: name of the adapter.
        columns: corrected columns with target ("" = ignore) and unit ("" = find out).
    """

    adapter: str = ""
    grain: str = ""
    time_zone: str = ""
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    encoding: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was corrected."""
        return not (self.adapter or self.grain or self.time_zone or self.encoding or self.columns)

    def with_adapter(self, adapter: str) -> MappingDraft:
        """Read it as an export of another system; corrections to the former one fall away."""
        return MappingDraft(adapter, time_zone=self.time_zone, encoding=self.encoding)

    def with_encoding(self, encoding: str) -> MappingDraft:
        """Read its text in another encoding; columns whose names have other letters then are other columns."""
        kept = {name: rule for name, rule in self.columns.items() if name.isascii()}
        return replace(self, encoding=encoding, columns=kept)

    def with_column(self, name: str, target: str, unit: str = "") -> MappingDraft:
        """Make a column something else."""
        return replace(self, columns={**self.columns, name: (target, unit)})

    def without_column(self, name: str) -> MappingDraft:
        """Take the correction of a column back."""
        return replace(self, columns={key: rule for key, rule in self.columns.items() if key != name})

    def mapping(self) -> UserMapping:
        """Return it as the import layer knows it.

        Raises:
            RequestError: there is no such adapter.
        """
        from docops_desktop.ingest.mapping.own_adapters import mapping_of

        return mapping_of(self.adapter, self.columns, self.grain, self.time_zone, self.encoding)

    def toml(self) -> str:
        """Return it as the text of a mapping file."""
        from docops_desktop.ingest.mapping.own_adapters import mapping_toml

        return mapping_toml(self.mapping())

    @contextmanager
    def file(self) -> Iterator[Path | None]:
        """Lend it as a mapping file; None when nothing was corrected."""
        if self.is_empty:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="docops-mapping-") as folder:
            path = Path(folder) / "corrections.toml"
            path.write_text(self.toml(), encoding="utf-8")
            yield path


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A canonical field that a column can become: its name, how its cells are read, the units that it may have, whether it names a person."""

    name: str
    kind: str
    units: tuple[str, ...]
    personal: bool


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """A system that files can be read as."""

    name: str
    system: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a draft can say."""

    adapters: tuple[AdapterInfo, ...]
    grains: tuple[str, ...]
    targets: tuple[TargetInfo, ...]


def choices() -> Choices:
    """Return all that a draft can say; the user's own adapters first.

    Raises:
        RequestError: one of the user's adapter files is wrong.
    """
    from docops_desktop.ingest.mapping.adapters import GRAINS, UNITS, all_adapters
    from docops_desktop.ingest.mapping.targets import TARGETS

    adapters = sorted(all_adapters(), key=lambda spec: (spec.evidence != "own", spec.system.lower()))
    targets = (TargetInfo(aim.name, aim.kind, tuple(UNITS.get(aim.kind, ())), aim.personal) for aim in TARGETS.values())
    return Choices(
        tuple(AdapterInfo(spec.name, spec.system, spec.evidence) for spec in adapters),
        tuple(grain for grain in GRAINS if grain != "any"),
        tuple(sorted(targets, key=lambda aim: aim.name)),
    )


def save_as_adapter(
    system: str, draft: MappingDraft, adapter: str, header: Sequence[str], loaded: Sequence[str]
) -> Path:
    """Save corrections as an adapter of the user's own, which recognises exports like this one from now on; return its file.

    Args:
        system: what the user calls it.
        adapter: the adapter that the corrections are made to.
        header: all columns of the export; loaded: those that an export must have to be recognised.

    Raises:
        RequestError: the name can't be used or is taken, or the folder can't be written.
    """
    from docops_desktop.ingest.mapping.own_adapters import name_of, own_adapter, save_adapter

    mapping = replace(draft, adapter=draft.adapter or adapter).mapping()
    return save_adapter(own_adapter(name_of(system), system.strip(), mapping, header, loaded))
