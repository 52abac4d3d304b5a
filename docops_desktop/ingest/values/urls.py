"""Addresses: the path is kept, of the query string only the campaign parameters; host and rest only serve to judge referrers.

No other part of a query string leaves this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.values.distinct import coded, decoded, each_text, recoded

_PARTS = r"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
_CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}
CLICK_IDS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", "social"),
    "ttclid": ("tiktok", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
}
_CLICK = r"(?:^|&)(" + "|".join(CLICK_IDS) + r")=[^&]"
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_LONG_TOKEN = re.compile(r"(?<=/)(?=[0-9a-fA-F-]*\d)[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}(?=/|$)")
PATH_LIMIT = 1_000
_PLAIN_LENGTH = 32
"""A path that is no longer holds no long token."""


@dataclass(frozen=True)
class Addresses:
    """Parts of a column of URLs, each a coded string array with nulls."""

    path: Any
    host: Any
    query: Any


def split_urls(values: Any) -> Addresses:
    """Return path, host (lower case, no port) and query of each URL.

    A path without a host counts as one; a bare ``host/path`` cannot be told from a path and stays one.
    """
    encoded = coded(values)
    parts = pc.extract_regex(encoded.dictionary, _PARTS)
    fields = {field.name: child for field, child in zip(parts.type, parts.flatten(), strict=True)}
    paths = _paths(fields["path"])
    hosts = decoded(each_text(fields["host"], _host))
    return Addresses(*(recoded(encoded.indices, part) for part in (paths, hosts, fields["query"])))


def _host(name: str) -> str:
    """A host in small letters, without user and port."""
    return re.sub(r":\d+$", "", name.rsplit("@", 1)[-1]).lower()


def _paths(paths: Any) -> Any:
    """Return each path as it is kept; only those are looked at one by one that may hold more than a path, or are long."""
    paths = pc.if_else(pc.equal(paths, ""), "/", paths)
    odd = pc.or_(pc.match_substring_regex(paths, "[;%@]"), pc.greater(pc.binary_length(paths), _PLAIN_LENGTH))
    if not pc.any(odd).as_py():
        return paths
    looked_at = [_path(path) for path in paths.filter(odd).to_pylist()]
    return pc.replace_with_mask(paths, pc.fill_null(odd, False), pa.array(looked_at, pa.string()))


def _path(path: str) -> str:
    path = path.split(";", 1)[0] if ";" in path else path
    if "%" in path:
        path = unquote(path, errors="replace").replace("?", "%3F").replace("\x00", "")
    if "@" in path or "%40" in path:
        path = _EMAIL.sub("(e-mail)", path)
    if len(path) > _PLAIN_LENGTH:
        path = _LONG_TOKEN.sub("(id)", path)
    return path[:PATH_LIMIT] or "/"


def campaign_parameters(query: Any) -> dict[str, Any]:
    """Return source, medium and campaign of query strings (coded, with nulls): utm parameters, else known click ids."""
    query = coded(query)
    found = _campaign_texts(query.dictionary)
    rows = len(query)
    return {
        name: pa.nulls(rows, pa.string()) if texts.null_count == len(texts) else recoded(query.indices, texts)
        for name, texts in found.items()
    }


def _campaign_texts(query: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: pa.nulls(len(query), pa.string()) for name in _CAMPAIGN}
    if pc.any(pc.match_substring(query, "utm_")).as_py():
        for name, parameter in _CAMPAIGN.items():
            part = pc.extract_regex(query, rf"(?:^|[&;]){parameter}=(?P<value>[^&;]+)")
            found[name] = _decoded(part.field("value") if hasattr(part, "field") else part.flatten()[0])
    if pc.any(pc.match_substring_regex(query, _CLICK)).as_py():
        click = pc.extract_regex(query, _CLICK.replace("(gclid", "(?P<id>gclid")).flatten()[0]
        for position, name in enumerate(("source", "medium")):
            implied = pa.array(
                [CLICK_IDS[text][position] if text in CLICK_IDS else None for text in click.to_pylist()], pa.string()
            )
            found[name] = pc.coalesce(found[name], implied)
    return found


def _decoded(values: Any) -> Any:
    def clean(text: str) -> str | None:
        return _EMAIL.sub("(e-mail)", unquote_plus(text, errors="replace"))[:200].strip() or None

    return decoded(each_text(values, clean))


def without_addresses(values: Any) -> Any:
    """Return texts with e-mail addresses replaced (only those are looked at that hold an @)."""
    values = coded(values)
    if not pc.any(pc.match_substring_regex(values.dictionary, "@|%40")).as_py():
        return values
    return each_text(values, lambda text: _EMAIL.sub("(e-mail)", text))
