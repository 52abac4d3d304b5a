"""Whose clauses a panel ignores: one variant of the selection for each panel that has clauses of its own (see ``kernels.layout``)."""

from __future__ import annotations

from docops_desktop.kernels import layout as lay
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import Clause, RangeClause, Selection

_MOST = 7
ALL_PASS = 255
"""The mask of a row that every variant counts."""


class Authors:
    """The variants of one selection: a bit for each author that has clauses, as soon as a panel of his is added."""

    def __init__(self, selection: Selection) -> None:
        self._named = {clause.author for clause in selection.clauses if clause.author}
        self._at_view = [clause for clause in selection.clauses if _is_at_view(clause)]
        self._bits: dict[str, int] = {}

    def variant(self, author: str) -> int:
        """Return the bit of the selection without this author's clauses.

        Raises:
            RequestError: too many authors have clauses.
        """
        if author not in self._named:
            return lay.FULL_SELECTION
        if author not in self._bits:
            if len(self._bits) == _MOST:
                raise RequestError("too many panels have clauses of their own", fix="Remove some filters")
            self._bits[author] = 2 << len(self._bits)
        return self._bits[author]

    def left_by(self, clause: Clause) -> int:
        """Return the mask that is left of a row which fails a clause."""
        return self._bits.get(clause.author, 0)

    def left_without_views(self) -> int:
        """Return the variants that no clause on page views concerns."""
        left = ALL_PASS
        for clause in self._at_view:
            left &= self.left_by(clause)
        return left

    def test_views(self, author: str) -> bool:
        """Tell whether clauses that this author's panel heeds concern page views."""
        return any(not author or clause.author != author for clause in self._at_view)

    def same_as(self, first: Authors) -> None:
        """Use the bits that were given to the authors in an earlier plan."""
        self._bits = dict(first._bits)


def _is_at_view(clause: Clause) -> bool:
    return isinstance(clause, RangeClause) or dimension(clause.dimension).level == "page_view"
