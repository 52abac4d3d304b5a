"""Chooses a segment for the what-if: a dimension of the session and some of its values. The filter editor, limited to what can be a segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from docops_desktop.model.dimensions import dimension
from docops_desktop.model.scenario import Segment
from docops_desktop.model.selection import NUMERIC_FIELDS, ValueClause
from docops_desktop.ui.dialogs.filter_editor import FilterEditor
from docops_desktop.ui.i18n import tr

LIKELY = ("carrier", "device_model", "country")
"""The dimension offered first is the first of these that the data have."""


class SegmentEditor(FilterEditor):
    """``segment()`` is what is ticked."""

    def __init__(self, dictionaries: Mapping[str, Sequence[str]], parent: QWidget | None = None) -> None:
        usable = {name: values for name, values in dictionaries.items() if dimension(name).level == "session"}
        super().__init__(usable, None, parent, next((name for name in LIKELY if usable.get(name)), ""))
        self.setWindowTitle(tr("Change a segment"))
        for name in NUMERIC_FIELDS:
            self._field.removeItem(self._field.findData(name))
        self._sense.hide()

    def segment(self) -> Segment | None:
        """Return the segment, None while no value is ticked."""
        clause = self.clause()
        return Segment(clause.dimension, clause.values) if isinstance(clause, ValueClause) else None


def choose_segment(
    parent: QWidget, dictionaries: Mapping[str, Sequence[str]], chosen: Callable[[Segment], object]
) -> SegmentEditor:
    """Open the editor without blocking; ``chosen(segment)`` when the user accepts. Returns the open dialog."""
    editor = SegmentEditor(dictionaries, parent)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def accepted() -> None:
        segment = editor.segment()
        if segment is not None:
            chosen(segment)

    editor.accepted.connect(accepted)
    editor.open()
    return editor
