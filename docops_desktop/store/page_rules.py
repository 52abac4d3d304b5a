"""URL rules applied to the dictionary of URLs: each distinct URL is looked at once, however many page views it has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from docops_desktop.model.definitions import PageRule, page_group_of

_URLS = 1_000
"""Judged between two checks: some milliseconds."""


def apply_page_rules(
    connection: sqlite3.Connection,
    rules: tuple[PageRule, ...],
    after_id: int = 0,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Set ``dim_page_url.page_group`` by the rules for the URLs with ids above ``after_id``; return how many changed.

    Args:
        connection: in a transaction.
        rules: of the workspace.
        after_id: URLs up to this id keep their group.
        check: called all the time; it may raise to give up.
    """
    urls = connection.execute("SELECT id, value, page_group FROM dim_page_url WHERE id > ?", (after_id,)).fetchall()
    names: list[str] = []
    for start in range(0, len(urls), _URLS):
        check()
        names += [page_group_of(url_path(value), rules) for _, value, _ in urls[start : start + _URLS]]
    ids = _group_ids(connection, names)
    changed = [
        (ids[name], url_id) for name, (url_id, _, before) in zip(names, urls, strict=True) if ids[name] != before
    ]
    connection.executemany("UPDATE dim_page_url SET page_group = ? WHERE id = ?", changed)
    return len(changed)


def remove_unused_groups(connection: sqlite3.Connection) -> int:
    """Remove page groups that neither a URL, nor a page view, nor a landing page names any more; return how many."""
    users = "SELECT page_group FROM dim_page_url UNION SELECT page_group FROM page_views WHERE page_group > 0 UNION SELECT landing_page FROM sessions"
    return connection.execute(f"DELETE FROM dim_page_group WHERE id NOT IN ({users})").rowcount


def url_path(url: str) -> str:
    """Return the path of a URL, or of a bare path; what can't be split is taken whole."""
    try:
        return urlsplit(url).path
    except ValueError:
        return url


def _group_ids(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    known: dict[str, int] = {
        value: group for group, value in connection.execute("SELECT id, value FROM dim_page_group")
    }
    for name in dict.fromkeys(names):
        if name not in known:
            known[name] = max(known.values(), default=0) + 1
            connection.execute("INSERT INTO dim_page_group (id, value) VALUES (?, ?)", (known[name], name))
    return known
