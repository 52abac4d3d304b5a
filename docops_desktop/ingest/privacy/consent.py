"""Consent: which columns say whether a visitor agreed to be measured, and which of their cells say yes.

Names of columns, words and purposes are data (``resources/consent.toml``). Only a clear yes is one: an empty, unknown or unreadable answer is a no, as
the strictest law has it. Rows without consent are left out before anything of them is stored, under the reason ``NO_CONSENT``; at the privacy level
``off`` the columns are not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.adapters import plain
from docops_desktop.model.resources import resource_path

NO_CONSENT = "no consent"
_TC_STRING = re.compile(r"C[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*")
_TC_PURPOSES_AT = 152
"""Bit of purpose 1 (store and read on the device) in the core of a Transparency & Consent Framework string, version 2; the others follow."""
_TC_MEASURE = (7, 8, 9)
"""Purposes of measuring: advertising, content, audiences."""
_GOOGLE = re.compile(r"G1[01-]([01-])")
"""Google consent mode, version 1: storage of advertising, then of analytics."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What ``consent.toml`` lists, folded for comparing.

    Attributes:
        columns, yes: names and words.
        answered: finds a purpose of measuring and what is said of it.
        listed: finds such a purpose in a list of those that were agreed to.
    """

    columns: frozenset[str]
    yes: frozenset[str]
    answered: re.Pattern[str]
    listed: re.Pattern[str]


def says_consent(name: str) -> bool:
    """Tell whether a column of this name holds consent; of a nested name the last part counts, too."""
    columns = _words().columns
    return _folded(name) in columns or _folded(name.rsplit(".", 1)[-1]) in columns


def consented(values: Any) -> Any:
    """Return per text (an Arrow string array with nulls) whether it says yes, as NumPy booleans."""
    encoded = pc.dictionary_encode(values)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    answers = np.array([is_yes(text) for text in encoded.dictionary.to_pylist()] + [False], dtype=bool)
    return answers[pc.fill_null(encoded.indices, len(answers) - 1).to_numpy(zero_copy_only=False)]


def is_yes(text: str | None) -> bool:
    """Tell whether one cell says yes: a word, a list or object that grants the purposes of measuring it names, or a consent string that does."""
    text = (text or "").strip()
    if _folded(text) in _words().yes:
        return True
    if _TC_STRING.fullmatch(text):
        return _tc_grants(text)
    google = _GOOGLE.fullmatch(text)
    if google:
        return google.group(1) == "1"
    text = _unaccented(unquote_plus(text))  # a cookie's content is often written as it stood in the cookie
    answers = [_folded(answer) in _words().yes for answer in _words().answered.findall(text)]
    if answers:
        return all(answers)
    return ":" not in text and "=" not in text and _words().listed.search(text) is not None


@lru_cache(maxsize=1)
def _words() -> _Words:
    with resource_path("consent.toml").open("rb") as file:
        lists = tomllib.load(file)
    every = {
        kind: [word for words in lists[kind].values() for word in words] for kind in ("columns", "yes", "purposes")
    }
    purpose = "|".join(sorted((re.escape(_unaccented(word)) for word in every["purposes"]), key=len, reverse=True))
    return _Words(
        frozenset(map(_folded, every["columns"])),
        frozenset(map(_folded, every["yes"])),
        re.compile(rf"(?<!\w)(?:{purpose})(?!\w)[\"']?\s*[:=]\s*[\"']?(\w+)", re.IGNORECASE),
        re.compile(rf"(?:^|[,;|\s\[\"'])(?:{purpose})(?=$|[,;|\s\]\"'])", re.IGNORECASE),
    )


def _folded(text: str) -> str:
    return plain(_unaccented(text))


def _unaccented(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


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
