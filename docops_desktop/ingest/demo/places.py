"""Where the invented shop's visitors are: countries, regions and the 600 network operators, with their speed and their readiness to buy.

Operators are invented. Slow countries also buy less, for reasons that have nothing to do with speed: that is the confounding which the analysis
has to see through.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo.shares import IntArray, stack_tables, zipf

N_CARRIERS = 600
VOCABULARY_SEED = 20_260_805
"""Seed of names and fixed effects, so that every demo speaks of the same models and operators."""

HOME = "DE"
PLANTED_CARRIER = "Rheinfunk DE"


@dataclass(frozen=True, slots=True)
class Country:
    """Share of sessions, effect on ln(load time), effect on ln(conversion), share of mobile sessions, share of iPhone in mobile."""

    code: str
    share: float
    ln_load: float
    ln_conversion: float
    mobile: float
    iphone: float


def _rows() -> tuple[Country, ...]:
    near = (
        Country("DE", 34.0, -0.06, 0.10, 0.57, 0.72),
        Country("FR", 11.0, 0.02, 0.00, 0.58, 0.67),
        Country("GB", 11.0, 0.00, 0.05, 0.62, 0.80),
        Country("NL", 7.0, -0.10, 0.08, 0.58, 0.70),
        Country("AT", 6.0, -0.05, 0.08, 0.57, 0.68),
        Country("CH", 5.0, -0.10, 0.12, 0.59, 0.82),
        Country("PL", 5.0, 0.15, -0.25, 0.62, 0.45),
        Country("IT", 4.0, 0.15, -0.15, 0.64, 0.62),
        Country("ES", 4.0, 0.12, -0.15, 0.65, 0.55),
        Country("BE", 3.0, -0.02, 0.02, 0.57, 0.70),
        Country("SE", 1.8, -0.05, 0.05, 0.62, 0.84),
        Country("DK", 1.5, -0.08, 0.06, 0.62, 0.88),
        Country("CZ", 1.2, 0.08, -0.10, 0.56, 0.50),
        Country("IE", 0.9, 0.05, 0.00, 0.63, 0.78),
        Country("PT", 0.8, 0.18, -0.20, 0.63, 0.60),
    )
    far = "FI NO HU RO GR LU SK HR BG SI LT LV EE US TR UA RS CY MT IS CA AU IL AE BA MK AL MD GE MA TN EG ZA IN BR"
    tail = tuple(
        Country(code, 0.5 / (1 + 0.09 * i), 0.18 + 0.010 * i, -0.20 - 0.015 * i, 0.64, 0.66)
        for i, code in enumerate(far.split())
    )
    return near + tail


COUNTRIES: tuple[Country, ...] = _rows()

REGIONS: dict[str, tuple[str, ...]] = {
    "DE": (
        "Nordrhein-Westfalen",
        "Bayern",
        "Baden-Württemberg",
        "Niedersachsen",
        "Hessen",
        "Berlin",
        "Rheinland-Pfalz",
        "Sachsen",
        "Hamburg",
        "Schleswig-Holstein",
        "Brandenburg",
        "Sachsen-Anhalt",
        "Thüringen",
        "Mecklenburg-Vorpommern",
        "Saarland",
        "Bremen",
    ),
    "FR": (
        "Île-de-France",
        "Auvergne-Rhône-Alpes",
        "Occitanie",
        "Nouvelle-Aquitaine",
        "Hauts-de-France",
        "Grand Est",
        "Provence-Alpes-Côte d'Azur",
        "Pays de la Loire",
        "Normandie",
        "Bretagne",
    ),
    "GB": ("England", "Scotland", "Wales", "Northern Ireland"),
    "NL": ("Zuid-Holland", "Noord-Holland", "Noord-Brabant", "Gelderland", "Utrecht", "Overijssel", "Limburg"),
    "AT": ("Wien", "Niederösterreich", "Oberösterreich", "Steiermark", "Tirol", "Salzburg", "Kärnten"),
    "CH": ("Zürich", "Bern", "Vaud", "Aargau", "St. Gallen", "Genève", "Luzern", "Basel-Stadt"),
    "PL": ("Mazowieckie", "Śląskie", "Wielkopolskie", "Małopolskie", "Dolnośląskie", "Łódzkie", "Pomorskie"),
    "IT": ("Lombardia", "Lazio", "Campania", "Veneto", "Emilia-Romagna", "Piemonte", "Puglia", "Toscana"),
    "ES": ("Madrid", "Cataluña", "Andalucía", "Comunitat Valenciana", "Galicia", "País Vasco", "Castilla y León"),
    "BE": ("Vlaanderen", "Wallonie", "Bruxelles"),
}
"""Regions of the larger markets; elsewhere the look-up knows none."""

_STEMS = {
    "DE": "Rhein Elbe Isar Hanse Spree Weser Taunus Harz Donau Ems Saar Eifel Neckar Oder",
    "FR": "Loire Azur Seine Rhône Gaule Océan Lys Garonne",
    "GB": "Thames Albion Severn Crown Mersey Union Lark Clyde",
    "NL": "Polder Tulp Maas Oranje Delta Duin Zuider",
    "AT": "Alpen Enns Tauern Mur Wien Gletscher",
    "CH": "Säntis Edel Aare Gotthard Matter Jura",
    "PL": "Wisła Orzeł Bałtyk Tatry Warta Polan",
    "IT": "Tevere Stella Etna Arno Lupa Veloce",
    "ES": "Tajo Sol Ibero Ebro Luna Brava",
    "BE": "Schelde Lion Meuse Brabo Atom",
}
_SYLLABLES = (
    "va",
    "lo",
    "ni",
    "ter",
    "mo",
    "ka",
    "ri",
    "sol",
    "en",
    "do",
    "mar",
    "ta",
    "ve",
    "lu",
    "ga",
    "bel",
    "no",
    "ra",
    "so",
    "mi",
)
_MOBILE = ("funk", "mobil", "cell", "tel", "com")
_FIXED = ("net", "kabel", "fibre", "link", "dsl", "web")


@dataclass(frozen=True)
class Places:
    """Look-up tables of the places.

    Attributes:
        carriers: operator names; each belongs to one country.
        carrier_country: country index of each operator.
        carrier_ln_load: small fixed effect of each operator on ln(load time).
        carrier_tables: share tables, row ``2 * country + (1 if the connection is cellular)``.
        regions: region texts, "" first.
        region_tables: share tables by country.
    """

    carriers: tuple[str, ...]
    carrier_country: IntArray
    carrier_ln_load: npt.NDArray[np.float32]
    carrier_tables: IntArray
    regions: tuple[str, ...]
    region_tables: IntArray


@lru_cache(maxsize=1)
def places() -> Places:
    """Build the tables (the same in every run)."""
    rng = np.random.default_rng(VOCABULARY_SEED)
    names: list[str] = []
    home_of: list[int] = []
    rows: list[tuple[list[int], npt.NDArray[np.float64]]] = []
    for country, count in enumerate(_carriers_per_country()):
        mobile, fixed = _operators(COUNTRIES[country].code, count, rng)
        first = len(names)
        names += list(dict.fromkeys(mobile + fixed))
        home_of += [country] * (len(names) - first)
        rows += [
            ([names.index(name, first) for name in operators], zipf(len(operators), 0.9))
            for operators in (fixed, mobile)
        ]
    weights = np.zeros((len(rows), len(names)))
    for row, (codes, shares) in zip(weights, rows, strict=True):
        row[codes] = shares
    effects = rng.normal(0, 0.06, len(names)).astype(np.float32)
    effects[names.index(PLANTED_CARRIER)] = 0
    regions, region_rows = _regions()
    return Places(
        tuple(names),
        np.asarray(home_of, dtype=np.int32),
        effects,
        stack_tables(list(weights)),
        regions,
        stack_tables(list(region_rows)),
    )


def _carriers_per_country() -> list[int]:
    roots = np.sqrt([country.share for country in COUNTRIES])
    counts = np.maximum(6, np.round(roots / roots.sum() * N_CARRIERS)).astype(int)
    counts[0] += N_CARRIERS - counts.sum()
    return [int(count) for count in counts]


def _operators(code: str, count: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Return mobile and fixed-line operators of a country; the two largest offer both."""
    names: list[str] = []
    stems = _STEMS.get(code, "").split()
    for i in range(count):
        suffixes = _MOBILE if i < count * 0.4 else _FIXED
        while True:
            stem = stems.pop(0) if stems else "".join(rng.choice(_SYLLABLES, 2)).capitalize()
            name = f"{stem}{suffixes[i % len(suffixes)]} {code}"
            if name not in names:
                break
        names.append(name)
    mobile = names[: int(np.ceil(count * 0.4))]
    fixed = mobile[:2] + names[len(mobile) :]
    return mobile, fixed


def _regions() -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    texts = ["", *(region for country in COUNTRIES for region in REGIONS.get(country.code, ()))]
    weights = np.zeros((len(COUNTRIES), len(texts)))
    weights[:, 0] = 1.0
    first = 1
    for row, country in zip(weights, COUNTRIES, strict=True):
        known = len(REGIONS.get(country.code, ()))
        if known:
            row[0] = 0.03
            row[first : first + known] = zipf(known, 0.8) / zipf(known, 0.8).sum()
            first += known
    return tuple(texts), weights
