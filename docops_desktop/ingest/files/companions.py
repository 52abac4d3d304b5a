"""Files of an archive that only explain others: lookups of an Adobe data feed, the filter list of a Search Console download.

They are read together with what they explain, or not at all; they are never records of their own.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from docops_desktop.ingest.files.source import Member
from docops_desktop.ingest.readers.adobe_feed import HEADERS, is_companion

_SEARCH_CONSOLE = {"chart.csv", "queries.csv", "pages.csv"}


def records_of(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """Return the members that hold records."""
    if len(members) < 2:
        return members
    names = {PurePosixPath(member.name).name.lower() for member in members}
    kept = members
    if HEADERS in names:
        kept = tuple(member for member in members if not is_companion(member.name))
    elif len(names & _SEARCH_CONSOLE) >= 2:
        kept = tuple(member for member in members if PurePosixPath(member.name).name.lower() != "filters.csv")
    return kept or members
