from __future__ import annotations

from urllib.parse import urlsplit

import numpy as np

from docops_desktop.ingest.demo import pages
from docops_desktop.model.definitions import DEFAULT_PAGE_RULES, page_group_of


def test_every_url_falls_into_its_group_by_the_workspace_rules() -> None:
    texts, tables = pages.urls()
    rules = pages.EXTRA_RULES + DEFAULT_PAGE_RULES
    for group, name in enumerate(pages.GROUPS):
        codes = np.unique(tables[group << pages.URL_BITS : (group + 1) << pages.URL_BITS])
        assert {page_group_of(urlsplit(texts[i]).path, rules) for i in codes} == {name}


def test_there_are_some_thousand_distinct_urls_in_13_groups() -> None:
    texts, tables = pages.urls()
    assert len(pages.GROUPS) == len(set(pages.GROUPS)) == 13
    assert 2_000 < len(texts) == len(set(texts)) == len(np.unique(tables))


def test_the_walk_reaches_browsed_groups_only() -> None:
    assert pages.walk_tables().max() < pages.N_BROWSE
    assert pages.landing_tables().max() < pages.N_BROWSE
