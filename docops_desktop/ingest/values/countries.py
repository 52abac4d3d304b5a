"""Countries under one spelling whatever the export calls them: ``DE`` for DE, deu, Germany, Deutschland or Allemagne. Names come from CLDR, by Babel.

A text that is no country's code or name stays as it is; nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache

_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro", "bg", "el", "tr", "ru", "uk", "ja", "zh", "zh_Hant",
    "ko", "ar", "he", "hr", "sl", "lt", "lv", "et", "vi", "th", "id",
)  # fmt: skip
"""Languages that the systems' interfaces come in."""
_OTHER_NAMES = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states of america": "US", "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "czech republic": "CZ", "turkey": "TR", "hong kong": "HK", "macau": "MO", "macao": "MO",
    "russian federation": "RU", "korea": "KR", "republic of korea": "KR", "korea, republic of": "KR", "viet nam": "VN", "uae": "AE", "holland": "NL",
    "the netherlands": "NL", "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK", "burma": "MM", "palestine": "PS",
    "iran, islamic republic of": "IR", "taiwan, province of china": "TW", "moldova, republic of": "MD", "tanzania, united republic of": "TZ",
    "bolivia, plurinational state of": "BO", "venezuela, bolivarian republic of": "VE", "syrian arab republic": "SY", "lao people's democratic republic": "LA",
}  # fmt: skip
"""Names that are common in exports and that CLDR does not have."""


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})


def country_code(text: str) -> str:
    """Return the ISO 3166 code (two letters) of a country's code or name, else the text (codes of up to three letters in capitals)."""
    short = text.strip().upper()
    found = _codes().get(short) or _names().get(text.strip().casefold())
    return found or (short if len(short) <= 3 else text)


def _territories(language: str) -> dict[str, str]:
    """Names of countries by code."""
    from babel import Locale

    named = Locale.parse(language).territories.items()
    return {code: name for code, name in named if len(code) == 2 and code not in _NO_COUNTRIES}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Codes by name, in all languages (a second's work); a name that two countries have in some language is nobody's."""
    by_name: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        for code, name in _territories(language).items():
            by_name.setdefault(name.casefold(), set()).add(code)
    return {name: next(iter(found)) for name, found in by_name.items() if len(found) == 1} | _OTHER_NAMES


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Codes by code, of two and three letters."""
    from babel.core import get_global

    codes = {code: code for code in _territories("en")}
    for code, now in get_global("territory_aliases").items():
        if len(now) == 1 and now[0] in codes and code.isalpha():
            codes[code] = now[0]
    return codes
