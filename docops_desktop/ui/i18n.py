"""Translation of the window's texts: one context for the shell, plural forms, and a pseudo-language that shows what was forgotten.

Texts in the source are English. Nothing that a user reads may be put together from parts that a language could order otherwise:
use ``tr("... {name} ...").format(name=...)``.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

CONTEXT = "docops"
_NUMBER = "{number}"


def tr(text: str) -> str:
    """Return the text in the user's language."""
    return QCoreApplication.translate(CONTEXT, text)


def tr_n(number: int, one: str, many: str, worded: str = "") -> str:
    """Return the form for this number; ``%n`` stands for it, in full or as ``worded``. ``one`` and ``many`` are the English forms."""
    # Qt would put the number in without grouping its digits.
    key = (one if number == 1 else many).replace("%n", _NUMBER)
    text = QCoreApplication.translate(CONTEXT, key, None, number)
    return text.replace(_NUMBER, worded or QLocale().toString(number))


class PseudoTranslator(QTranslator):
    """Marks every translated text and makes it a third longer, as other languages do; what stays plain was forgotten."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def isEmpty(self) -> bool:
        """There is a text for everything."""
        return False

    def translate(self, context: str, text: str, _disambiguation: str | None = None, _n: int = -1) -> str:
        """Return the text with accents, padding and brackets; Qt's own contexts stay as they are."""
        if context != CONTEXT:
            return ""
        padding = "~" * (len(text) // 3)
        return f"⟦{text}{padding}⟧"
