"""What the invented shop's visitors hold in their hands: 18,000 device models with operating system and browser to match.

"Apple iPhone" is one value, as user agents name it; Android models follow a Zipf law with a generic value on top, because many browsers hide the
model. Model codes are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo.places import VOCABULARY_SEED
from docops_desktop.ingest.demo.shares import LARGE_BITS, IntArray, share_table, stack_tables, zipf

N_MODELS = 18_000
PLANTED_MODEL = "Halden H7 Lite"
PLANTED_RANK = 3
"""Rank among Android phones where it is not sold as the operator's bundle."""

DEVICE_TYPES = ("Desktop", "Mobile", "Tablet", "Robot")
DESKTOP, MOBILE, TABLET = range(3)

_COMPUTERS = {"Windows PC": 0.70, "Mac": 0.24, "Linux PC": 0.035, "Chromebook": 0.025}
_OS_OF = {
    "Windows PC": "Windows",
    "Mac": "Mac OS X",
    "Linux PC": "Linux",
    "Chromebook": "Chrome OS",
    "Apple iPhone": "iOS",
    "Apple iPad": "iPadOS",
}
OPERATING_SYSTEMS = ("Windows", "Mac OS X", "Linux", "Chrome OS", "iOS", "iPadOS", "Android", "Other")
ANDROID = OPERATING_SYSTEMS.index("Android")

_BROWSER_SHARES: dict[str, dict[str, float]] = {
    "Windows": {"Chrome": 58, "Edge": 27, "Firefox": 10, "Opera": 5},
    "Mac OS X": {"Safari": 50, "Chrome": 40, "Firefox": 7, "Edge": 3},
    "Linux": {"Firefox": 45, "Chrome": 53, "Opera": 2},
    "Chrome OS": {"Chrome": 100},
    "iOS": {"Mobile Safari": 84, "Chrome Mobile iOS": 7, "Instagram": 5, "Facebook": 4},
    "iPadOS": {"Mobile Safari": 88, "Chrome Mobile iOS": 10, "Facebook": 2},
    "Android": {
        "Chrome Mobile": 74,
        "Samsung Internet": 12,
        "Instagram": 4,
        "Facebook": 4,
        "Firefox Mobile": 3,
        "Edge Mobile": 2,
        "Opera Mobile": 1,
    },
    "Other": {"Googlebot": 55, "bingbot": 25, "SiteMonitor": 20},
}
BROWSERS = tuple(dict.fromkeys(name for shares in _BROWSER_SHARES.values() for name in shares))
MONITOR_BROWSER = "SiteMonitor"
ROBOT_MODEL = "Spider"

_BRANDS = {
    "Samsung": "SM-{letter}{number:03d}{suffix}",
    "Xiaomi": "{number:02d}{letter}{suffix}PN{digit}G",
    "Motorola": "moto {letter}{number:02d}{suffix}",
    "OPPO": "CP{letter}{number:04d}",
    "HONOR": "{letter}{suffix}N-LX{digit}",
    "Halden": "H{number:02d} {edition}",
    "Norvik": "N{number:02d} {edition}",
    "Kestrel": "K-{number:03d}{suffix}",
    "Ariso": "Ariso {letter}{number:02d}",
    "Lumo": "Lumo {number:03d} {edition}",
}
_BRAND_WEIGHTS = (30, 17, 10, 8, 8, 6, 6, 5, 5, 5)
_EDITIONS = ("Lite", "Pro", "5G", "Plus", "Max", "SE")
_LETTERS = "ABEFGJKMNSTXZ"


@dataclass(frozen=True)
class Devices:
    """Look-up tables of the devices.

    Attributes:
        models: model texts; computers, iPhone, iPad, Android phones by falling popularity, Android tablets, robots.
        model_os: operating system of each model.
        model_ln_load, model_ln_conversion: fixed effects; slow phones are cheap phones, whose owners also buy less.
        computers, phones, tablets: share tables of models (``LARGE_BITS``); ``phones`` holds Android only.
        browsers: share tables by operating system.
        iphone, planted, robot: model codes.
    """

    models: tuple[str, ...]
    model_os: IntArray
    model_ln_load: npt.NDArray[np.float32]
    model_ln_conversion: npt.NDArray[np.float32]
    computers: IntArray
    phones: IntArray
    tablets: IntArray
    browsers: IntArray
    iphone: int
    planted: int
    robot: int


@lru_cache(maxsize=1)
def devices() -> Devices:
    """Build the tables (the same in every run)."""
    rng = np.random.default_rng(VOCABULARY_SEED + 1)
    fixed = [*_COMPUTERS, "Apple iPhone", "Apple iPad"]
    n_android = N_MODELS - len(fixed) - 1
    n_tablets = 400
    names = _android_names(n_android, rng)
    models = (*fixed, *names, ROBOT_MODEL)
    systems = [OPERATING_SYSTEMS.index(_OS_OF.get(model, "Android")) for model in models]
    systems[-1] = OPERATING_SYSTEMS.index("Other")
    first = len(fixed)
    ln_load, ln_conversion = _effects(models, first, rng)
    planted = models.index(PLANTED_MODEL)
    ln_load[planted], ln_conversion[planted] = 0.0, 0.0
    return Devices(
        models,
        np.asarray(systems, dtype=np.int32),
        ln_load,
        ln_conversion,
        share_table(np.array([*_COMPUTERS.values()]), LARGE_BITS),
        first + share_table(phone_weights(n_android - n_tablets), LARGE_BITS),
        _tablet_table(fixed.index("Apple iPad"), first + n_android - n_tablets, n_tablets),
        stack_tables([[_BROWSER_SHARES[name].get(b, 0.0) for b in BROWSERS] for name in OPERATING_SYSTEMS]),
        fixed.index("Apple iPhone"),
        planted,
        len(models) - 1,
    )


def phone_weights(n: int) -> npt.NDArray[np.float64]:
    """Return the Zipf weights of Android phones; the generic value on top has twice its share."""
    weights = zipf(n, 1.0)
    weights[0] *= 2
    return weights


def _tablet_table(ipad: int, first: int, n: int) -> IntArray:
    android = zipf(n, 1.0)
    table = share_table(np.concatenate([[0.62], 0.38 * android / android.sum()]), LARGE_BITS)
    return np.where(table == 0, ipad, first - 1 + table).astype(np.int32)


def _android_names(n: int, rng: np.random.Generator) -> list[str]:
    names: dict[str, None] = {"Android (generic)": None}
    shares = np.array(_BRAND_WEIGHTS) / sum(_BRAND_WEIGHTS)
    while len(names) < n:
        size = n - len(names)
        picks = rng.choice(len(_BRANDS), size, p=shares)
        numbers = rng.integers(1, 1000, (size, 4))
        for pick, (number, a, b, c) in zip(picks, numbers, strict=True):
            brand = list(_BRANDS)[pick]
            code = _BRANDS[brand].format(
                letter=_LETTERS[a % len(_LETTERS)],
                suffix=_LETTERS[b % len(_LETTERS)],
                digit=c % 10,
                number=int(number) * (9 if brand == "OPPO" else 1),
                edition=_EDITIONS[c % len(_EDITIONS)],
            )
            names.setdefault(code if code.startswith(brand) else f"{brand} {code}")
            if len(names) == PLANTED_RANK - 1:
                names.setdefault(PLANTED_MODEL)
            if len(names) == n:
                break
    return list(names)


def _effects(
    models: tuple[str, ...], first_android: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return each model's effect on ln(load) and ln(conversion); the second falls with the first (cheap phones)."""
    slowness = rng.normal(0.10, 0.16, len(models))
    slowness[:first_android] = 0.0
    slowness[models.index("Apple iPhone")] = -0.10
    slowness[models.index("Chromebook")] = 0.25
    readiness = -0.5 * slowness
    readiness[models.index("Mac")] = 0.15
    return slowness.astype(np.float32), readiness.astype(np.float32)
