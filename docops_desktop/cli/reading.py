"""How commands that only read come to their facts: open the workspace for reading, map the cache, check the filters against the data."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docops_desktop.cli.options import Filters
from docops_desktop.cli.output import Reporter
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import Selection

WORTH_COMPILING_ROWS = 3_000_000
"""Below, the plain reference answers sooner than the compiled kernels are loaded."""
COMPILE_SECONDS = 60.0


@contextmanager
def reading(workspace: Path, reporter: Reporter) -> Iterator[Loaded]:
    """Open a workspace and its facts for one command.

    Raises:
        RequestError: there is no such file. WorkspaceError: it can't be used.
    """
    with WorkspaceSession.open(workspace, read_only=True) as session:
        loaded = session.read(reporter.step)
        if loaded.facts.n_sessions + loaded.facts.n_page_views > WORTH_COMPILING_ROWS:
            from docops_desktop.kernels import warmup

            reporter.update("loading the compiled kernels")
            warmup.wait(COMPILE_SECONDS)
        reporter.clear()
        yield loaded


def selection_of(loaded: Loaded, filters: Filters, reporter: Reporter) -> Selection:
    """Return what the filters select in these data; a value that no row has is said.

    Raises:
        RequestError: a condition is wrong, names a dimension that these data don't have, or keeps only values that no row has.
    """
    from docops_desktop.analysis.refresh import unknown_values
    from docops_desktop.model.selection import ValueClause

    selection = filters.selection(loaded.info.time_zone, loaded.info.span)
    unknown = set(unknown_values(loaded.facts, selection))
    for clause in selection.clauses:
        if not isinstance(clause, ValueClause):
            continue
        missing = [value for value in clause.values if (clause.dimension, value) in unknown]
        for value in missing:
            if not clause.negated and len(missing) == len(clause.values):
                raise RequestError(
                    f"no row has {clause.dimension} {value!r}", "--where", _advice(loaded, clause.dimension, value)
                )
            reporter.warn(f"no row has {clause.dimension} {value!r}; it matches nothing")
    return selection


def page_group_of(loaded: Loaded, name: str) -> str:
    """Return the page group of that name.

    Raises:
        RequestError: no page view has it.
    """
    if name not in loaded.info.dictionaries.get("page_group", ()):
        raise RequestError(f"there is no page group {name!r}", "--page", _advice(loaded, "page_group", name))
    return name


def value_of(loaded: Loaded, dimension: str, value: str, option: str) -> str:
    """Return that value of a dimension.

    Raises:
        RequestError: no row has it; ``option`` is where it was asked for.
    """
    from docops_desktop.analysis.refresh import unknown_values
    from docops_desktop.model.selection import ValueClause

    if unknown_values(loaded.facts, Selection((ValueClause(dimension, (value,)),))):
        raise RequestError(f"no row has {dimension} {value!r}", option, _advice(loaded, dimension, value))
    return value


def _advice(loaded: Loaded, dimension: str, value: str) -> str:
    values = loaded.info.dictionaries.get(dimension, ())
    if not values:
        return "These data have no value of it at all"
    folded = {text.casefold(): text for text in reversed(values)}
    close = [folded[text] for text in difflib.get_close_matches(value.casefold(), folded, 3)]
    return f"Did you mean {', '.join(close)}?" if close else f"Use one of: {', '.join(values[:8])}"
