"""Minor units of currencies: how many decimal digits an amount has before it becomes a whole number.

Only the currencies that differ from two digits are listed (ISO 4217); amounts are stored as whole minor units so that sums are exact.
"""

from __future__ import annotations

_DIGITS: dict[str, int] = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_digits(currency: str | None) -> int:
    """Return the decimal digits of a currency's minor unit (EUR 2, JPY 0, KWD 3); an unknown or absent code has 2."""
    return _DIGITS.get((currency or "").upper(), 2)
