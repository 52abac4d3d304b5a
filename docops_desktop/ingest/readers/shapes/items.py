"""What a shape hands on, and small helpers for reading documents whose numbers are texts."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Left:
    """A record left out on purpose."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A part of the document that is not what the shape promises."""

    reason: str
    text: str


Item = dict[str, Any] | Left | Bad


@dataclass
class State:
    """What earlier documents of an export said, by trace: time to first byte and start (ns), address of the page."""

    first_bytes: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def as_dict(value: Any) -> dict[str, Any]:
    """Return an object, an empty one when it is something else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a list, an empty one when it is something else."""
    return value if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """Return a finite number, None when it is none (also for booleans)."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def positive(value: Any) -> float | None:
    """Return a number from 0, None for anything else: many formats write -1 for "not measured"."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def text(value: float | None) -> str | None:
    """Return a number as text without noise (microsecond precision), None for None."""
    return None if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def bad(reason: str, value: Any) -> Bad:
    """Return a faulty part with what stood there."""
    return Bad(reason, json.dumps(value, ensure_ascii=False)[:2_000])


_KINDS = (
    ("script", r"javascript|ecmascript", r"\.m?js$"),
    ("style", r"text/css", r"\.css$"),
    ("image", r"^image/", r"\.(?:png|jpe?g|gif|svg|webp|avif|ico)$"),
    ("font", r"^font/|font", r"\.(?:woff2?|ttf|otf|eot)$"),
    ("media", r"^(?:audio|video)/", r"\.(?:mp4|webm|mp3|m3u8)$"),
    ("document", r"text/html|xhtml", r"\.html?$"),
    ("data", r"json|xml", r"\.(?:json|xml)$"),
)


def kind_of(mime: Any, url: Any) -> str | None:
    """Return what a resource is, by its type, else by its address; None when neither tells."""
    if isinstance(mime, str) and mime and mime != "x-unknown":
        for kind, pattern, _ in _KINDS:
            if re.search(pattern, mime.lower()):
                return kind
    path = re.split(r"[?#]", url, maxsplit=1)[0].lower() if isinstance(url, str) else ""
    for kind, _, pattern in _KINDS:
        if re.search(pattern, path):
            return kind
    return None
