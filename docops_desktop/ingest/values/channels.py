"""Marketing channel from source, medium and referrer, when the export names none.

The usual default grouping: the campaign's medium first, then what kind of site referred. A referrer on the page's own site says nothing.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow.compute as pc

from docops_desktop.ingest.values.distinct import decoded, each_text

DIRECT = "Direct"
_SEARCH = re.compile(
    r"(?:^|\.)(?:google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|qwant|startpage|naver|seznam|ask|aol|brave)\."
)
_SOCIAL = re.compile(
    r"(?:^|\.)(?:facebook|instagram|twitter|x|t|linkedin|lnkd|pinterest|tiktok|youtube|reddit|snapchat|vk|weibo|threads|whatsapp)\."
    r"(?:com|co|net|in|org|me)$"
)
_MAIL = re.compile(r"(?:^|\.)(?:mail|outlook|webmail|gmail)\.")
_PAID = re.compile(r"^(?:.*cp.*|ppc|retargeting|paid.*|sem)$")
_SOCIAL_WORDS = re.compile(r"facebook|instagram|twitter|linkedin|pinterest|tiktok|youtube|reddit|snapchat|social")
_SEARCH_WORDS = re.compile(r"google|bing|yahoo|duckduckgo|baidu|yandex|adwords|search")


def channel_of(source: str, medium: str, referrer_host: str) -> str:
    """Return the channel of one visit's landing, "" when nothing says so (no campaign, no foreign referrer)."""
    source, medium = source.lower(), medium.lower()
    if medium or source:
        return _by_campaign(source, medium)
    if not referrer_host:
        return ""
    if _SEARCH.search(referrer_host) and not _MAIL.search(referrer_host):
        return "Organic Search"
    if _SOCIAL.search(referrer_host):
        return "Organic Social"
    return "Email" if _MAIL.search(referrer_host) else "Referral"


def _by_campaign(source: str, medium: str) -> str:
    if medium in ("email", "e-mail", "e_mail", "newsletter") or source in ("email", "newsletter"):
        return "Email"
    if medium in ("display", "banner", "cpm", "interstitial", "expandable"):
        return "Display"
    if _PAID.match(medium):
        return (
            "Paid Social"
            if _SOCIAL_WORDS.search(source)
            else "Paid Search"
            if _SEARCH_WORDS.search(source)
            else "Paid Other"
        )
    if medium in ("social", "social-network", "social-media", "sm", "social network", "social media"):
        return "Organic Social"
    if medium == "organic":
        return "Organic Search"
    for word, channel in (
        ("affiliate", "Affiliates"),
        ("referral", "Referral"),
        ("sms", "SMS"),
        ("video", "Video"),
        ("push", "Push"),
    ):
        if word in medium:
            return channel
    if not medium:
        if _SOCIAL_WORDS.search(source):
            return "Organic Social"
        if _SEARCH_WORDS.search(source):
            return "Organic Search"
    return DIRECT if source in ("(direct)", "direct") else "Other"


def foreign_hosts(referrers: Any, hosts: Any) -> Any:
    """Return referring hosts (without ``www.``) that are not the page's own site, else null."""
    return _by_pairs((hosts, referrers), lambda own, host: "" if _same_site(own, host) else host.removeprefix("www."))


def channels(source: Any, medium: Any, referrer_host: Any) -> Any:
    """Return the channel of each row (null when nothing says so); distinct combinations are judged once."""
    return _by_pairs((source, medium, referrer_host), channel_of)


def _same_site(own: str, host: str) -> bool:
    if not host:
        return True
    return bool(own) and _site(own) == _site(host)


def _site(host: str) -> str:
    """The last labels of a host that name its owner: two, or three below a country's second level (co.uk)."""
    labels = host.removeprefix("www.").split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3 else 2
    return ".".join(labels[-keep:])


def _by_pairs(arrays: tuple[Any, ...], judge: Any) -> Any:
    filled = [pc.fill_null(decoded(array), "") for array in arrays]
    joined = pc.binary_join_element_wise(*filled, "\x1f")
    return each_text(joined, lambda text: judge(*text.split("\x1f", len(arrays) - 1)) or None)
