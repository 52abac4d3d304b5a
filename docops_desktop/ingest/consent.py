"""Consent: which columns say whether a visitor agreed to be measured, and which of their cells say yes.

Only a clear yes is one: an empty, unknown or unreadable answer is a no, as the strictest law has it. Rows without consent are left out before
anything of them is stored, under the reason ``NO_CONSENT``; at the privacy level ``off`` the columns are not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.adapters import plain

NO_CONSENT = "no consent"
_NAMES = frozenset(
    plain(name)
    for name in (
        "consent", "user consent", "consent given", "has consent", "consent status", "consent state", "consented", "analytics consent", "consent analytics",
        "statistics consent", "performance consent", "tracking consent", "measurement consent", "cookie consent", "cookies accepted", "gdpr consent",
        "ccpa consent", "privacy consent", "analytics storage", "tcf string", "tc string", "tcf consent", "iab consent string", "consent string",
        "optanon consent", "optanon groups", "rum consent",
    )
)  # fmt: skip
_YES = re.compile(
    r"true|t|1|1\.0|y|yes|on|ok|ja|oui|si|grant(?:ed)?|given|accept(?:ed)?(?:[ _-]all)?|agree[d]?|allow(?:ed)?(?:[ _-]all)?|"
    r"opt(?:ed)?[ _-]?in|consent(?:ed)?|all|full",
    re.IGNORECASE,
)
_PURPOSE = r"(?:analytics(?:_storage)?|statistics?|performance|measurement|C0002)"
_PURPOSE_GRANTED = re.compile(rf"\b{_PURPOSE}\b[\"']?\s*[:=]\s*[\"']?(?:true|1|yes|granted)\b", re.IGNORECASE)
_PURPOSE_LISTED = re.compile(rf"(?:^|[,;|\s\[\"'])(?:{_PURPOSE})(?=$|[,;|\s\]\"'])", re.IGNORECASE)
_TC_STRING = re.compile(r"C[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*")
_TC_PURPOSES_AT = 152
"""Bit of purpose 1 (store and read on the device) in the core of a Transparency & Consent Framework string, version 2; the others follow."""
_TC_MEASURE = (7, 8, 9)
"""Purposes of measuring: advertising, content, audiences."""


def says_consent(name: str) -> bool:
    """Tell whether a column of this name holds consent; of a nested name the last part counts."""
    return plain(name) in _NAMES or plain(name.rsplit(".", 1)[-1]) in _NAMES


def consented(values: Any) -> Any:
    """Return per text (an Arrow string array with nulls) whether it says yes, as NumPy booleans."""
    encoded = pc.dictionary_encode(values)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    answers = np.array([is_yes(text) for text in encoded.dictionary.to_pylist()] + [False], dtype=bool)
    return answers[pc.fill_null(encoded.indices, len(answers) - 1).to_numpy(zero_copy_only=False)]


def is_yes(text: str | None) -> bool:
    """Tell whether one cell says yes: a word, a list or object with a purpose of measuring, or a consent string that grants one."""
    text = (text or "").strip()
    if _YES.fullmatch(text) or _PURPOSE_GRANTED.search(text):
        return True
    if _TC_STRING.fullmatch(text):
        return _tc_grants(text)
    return ":" not in text and "=" not in text and _PURPOSE_LISTED.search(text) is not None


def _tc_grants(text: str) -> bool:
    """Whether a TC string of version 2 grants purpose 1 and one of measuring."""
    core = text.split(".", 1)[0]
    try:
        data = base64.urlsafe_b64decode(core + "=" * (-len(core) % 4))
    except (ValueError, binascii.Error):
        return False
    bits = "".join(f"{byte:08b}" for byte in data)
    if len(bits) < _TC_PURPOSES_AT + 24 or int(bits[:6], 2) != 2:
        return False
    granted = bits[_TC_PURPOSES_AT : _TC_PURPOSES_AT + 24]
    return granted[0] == "1" and any(granted[purpose - 1] == "1" for purpose in _TC_MEASURE)
