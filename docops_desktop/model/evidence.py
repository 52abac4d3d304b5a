"""How sure we are of the layout of a system's export, in words for people: one list for the command line and the window."""

from __future__ import annotations

from collections.abc import Mapping

EVIDENCE: Mapping[str, str] = {
    "seen": "real files",
    "documented": "the vendor's documentation",
    "parser": "a public parser or connector",
    "inferred": "what such systems usually write",
    "unknown": "nothing public: check each column",
    "own": "your own adapter",
}
"""What an adapter's evidence grade means."""
