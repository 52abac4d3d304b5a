"""Free texts (labels, subjects, campaigns, dimensions of the user's own): what they hold of e-mails, full IPs, phones and queries is taken out.

Only what can be told from a text by its own shape; a phone number without its country's + is digits like any id, and stays. Names of systems
and browsers are no free texts: their versions look like IPs.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow.compute as pc

from docops_desktop.ingest.values.distinct import coded, each_text

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_RULES = (
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), "(e-mail)"),
    (re.compile(r"\?[\w.%\[\]-]+=[^\s\"'<>|]*"), "?(cut)"),
    (re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w.])"), "(ip)"),
    (
        re.compile(
            r"(?<![\w:])(?=[0-9a-f:]*[0-9a-f])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE
        ),
        "(ip)",
    ),
    (re.compile(r"(?<![\w+])\+\d[\d\s()/.-]{6,}\d(?!\w)"), "(number)"),
)
_SUSPECT = r"@|%40|\?|\+[0-9]|[0-9]\.[0-9]+\.[0-9]+\.[0-9]|[0-9a-fA-F]:[0-9a-fA-F:]*:"
_CLOCK = re.compile(r"(?:\d{1,2}:){2}\d{1,2}")


def without_personal(values: Any) -> Any:
    """Return texts, coded, without personal data; each distinct text is looked at once, and only when it has a suspect sign."""
    values = coded(values)
    if not pc.any(pc.match_substring_regex(values.dictionary, _SUSPECT)).as_py():
        return values
    return each_text(values, clean)


def clean(text: str) -> str:
    """Return one text without personal data."""
    for pattern, instead in _RULES:
        text = pattern.sub(lambda found, to=instead: found.group() if _CLOCK.fullmatch(found.group()) else to, text)  # type: ignore[misc]
    return text
