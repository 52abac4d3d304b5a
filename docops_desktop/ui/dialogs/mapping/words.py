"""How targets, units, grains, systems and encodings are called and grouped in the lists of the mapping dialog. No widget."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docops_desktop.engine.mapping_draft import AdapterInfo, TargetInfo
from docops_desktop.ui.i18n import tr

NOT_LOADED = ""
Choice = tuple[str, str | None]
"""Text and value; None = a heading that can't be chosen."""


_ENCODINGS = (
    ("Unicode", (("UTF-8", "utf-8"), ("UTF-16 LE", "utf-16-le"), ("UTF-16 BE", "utf-16-be"))),
    (
        "Western European",
        (
            ("Windows-1252", "cp1252"),
            ("ISO-8859-1", "iso8859-1"),
            ("ISO-8859-15", "iso8859-15"),
            ("Mac Roman", "mac-roman"),
            ("DOS 850", "cp850"),
        ),
    ),
    ("Central European", (("Windows-1250", "cp1250"), ("ISO-8859-2", "iso8859-2"), ("DOS 852", "cp852"))),
    ("Turkish", (("Windows-1254", "cp1254"), ("ISO-8859-9", "iso8859-9"))),
    ("Baltic", (("Windows-1257", "cp1257"), ("ISO-8859-13", "iso8859-13"))),
    (
        "Cyrillic",
        (("Windows-1251", "cp1251"), ("KOI8-R", "koi8-r"), ("KOI8-U", "koi8-u"), ("ISO-8859-5", "iso8859-5")),
    ),
    ("Greek", (("Windows-1253", "cp1253"), ("ISO-8859-7", "iso8859-7"))),
    ("Hebrew, Arabic", (("Windows-1255", "cp1255"), ("Windows-1256", "cp1256"))),
    ("Japanese", (("Shift_JIS", "cp932"), ("EUC-JP", "euc_jp"))),
    ("Chinese", (("GB18030", "gb18030"), ("Big5", "big5"))),
    ("Korean", (("Windows-949", "cp949"),)),
    ("Vietnamese, Thai", (("Windows-1258", "cp1258"), ("Windows-874", "cp874"))),
)
"""By region: the usual name of an encoding, and the name of Python's codec."""


def encoding_word(codec: str) -> str:
    """Return the usual name of a codec."""
    plain = codec.replace("_", "-").lower()
    usual = {value.replace("_", "-"): text for _, encodings in _ENCODINGS for text, value in encodings}
    usual |= {"utf-8-sig": tr("UTF-8 with byte-order mark")}
    return usual.get(plain, codec.upper())


def encoding_choices(recognised: str) -> list[Choice]:
    """Return the encodings to read a text in: the recognised one, then the usual ones by region."""
    choices: list[Choice] = [(recognised, "")]
    for region, encodings in _ENCODINGS:
        choices += [(tr(region), None), *encodings]
    return choices


def target_choices(targets: Sequence[TargetInfo], column: str) -> list[Choice]:
    """Return what a column can become: not loaded, the canonical fields by kind, a dimension of the user's own."""
    headings = {
        "time": tr("Times"),
        "key": tr("Join keys (kept as keyed hashes)"),
        "personal": tr("Personal data (never stored)"),
        "duration": tr("Durations"),
        "url": tr("Addresses"),
        "money": tr("Money"),
        "flag": tr("Yes or no"),
        "count": tr("Counts"),
        "number": tr("Numbers"),
        "text": tr("Texts and dimensions"),
    }
    groups: dict[str, list[str]] = {name: [] for name in headings}
    for aim in targets:
        groups["personal" if aim.personal and aim.kind != "key" else aim.kind].append(aim.name)
    choices: list[Choice] = [(not_loaded(), NOT_LOADED)]
    for kind, names in groups.items():
        if names:
            choices += [(headings[kind], None), *((name, name) for name in names)]
    own = own_dimension(column)
    return [*choices, (tr("A dimension of your own"), None), (own, own)]


def not_loaded() -> str:
    """The word for a column that is ignored."""
    return tr("— not loaded")


def own_dimension(column: str) -> str:
    """Return the name of a custom dimension made from a column."""
    return "custom." + (re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_").lower()[:40] or "value")


def unit_choices(units: Sequence[str]) -> list[Choice]:
    """Return the units that a column can be in."""
    words = {
        "": tr("find out"),
        "major": tr("whole units (euros)"),
        "minor": tr("minor units (cents)"),
        "micros": tr("millionths"),
        "us": "µs",
    }
    return [(words.get(unit, unit), unit) for unit in units]


def unit_word(unit: str) -> str:
    """The short word for a unit in the table."""
    return {"us": "µs"}.get(unit, unit)


def grain_word(grain: str) -> str:
    """The word for what one row is."""
    return grain.replace("_", " ") if grain else tr("not clear from the columns")


def system_choices(adapters: Sequence[AdapterInfo], recognised: str) -> list[Choice]:
    """Return the systems to read a file as: the recognised one, the user's own, all others."""
    own = [(f"{one.system}", one.name) for one in adapters if one.evidence == "own"]
    others = [(f"{one.system}  ·  {one.name}", one.name) for one in adapters if one.evidence != "own"]
    choices: list[Choice] = [(recognised, "")]
    if own:
        choices += [(tr("Your own adapters"), None), *own]
    return [*choices, (tr("All systems"), None), *others]
