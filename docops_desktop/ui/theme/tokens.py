"""The looks of the window as values: colours by role, status signs, sizes, fonts; dark, light and high contrast.

A widget asks for a role ("surface", "text_muted"), never for a colour, so that a theme change reaches everything. Text colours keep 4.5:1 on every
ground they stand on (a test measures it); marks and control borders keep 3:1. Nothing here may create a widget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

ThemeName = Literal["dark", "light", "contrast"]
ThemeChoice = Literal["dark", "light", "contrast", "system"]
StatusName = Literal["red", "amber", "green", "n/a"]


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """How a status looks: a colour and, since colour alone says nothing to many, a shape of its own and a word (untranslated)."""

    colour: str
    glyph: str
    word: str


@dataclass(frozen=True, slots=True)
class Spacing:
    """Gaps, margins and radii in device-independent pixels."""

    xs: int = 4
    s: int = 8
    m: int = 12
    l: int = 16  # noqa: E741 - the usual t-shirt size
    xl: int = 24
    radius: int = 6
    row: int = 26
    """Height of a table row."""


@dataclass(frozen=True, slots=True)
class FontSizes:
    """Type sizes in device-independent pixels."""

    small: int = 12
    body: int = 13
    title: int = 14
    heading: int = 20
    kpi: int = 32
    hero: int = 38

    def scaled(self, factor: float) -> FontSizes:
        """Return the sizes times ``factor``, rounded, never below 9 px."""
        names = ("small", "body", "title", "heading", "kpi", "hero")
        return FontSizes(*(max(9, round(getattr(self, name) * factor)) for name in names))


@dataclass(frozen=True, slots=True)
class Theme:
    """One look.

    Attributes:
        window: ground behind everything; ``surface``: of panels; ``raised``: of headers, buttons, menus, hovered rows.
        text, text_muted: on any of these three; ``accent``: links, focus ring, the selected part's marks; ``on_accent``: text on it.
        grid: chart grid lines; ``border``: separators; ``control_border``: edges of things to type or click in (3:1).
        selection, on_selection: selected rows and the brushed window.
        baseline: the baseline's line and span; ``context_grey``: the unfiltered whole behind the selected part.
        series: colours for categories, told apart under the common colour-vision deficiencies (Okabe-Ito, tuned for the ground).
        sequential, diverging: names of CVD-safe colour maps of pyqtgraph.
        sequential_stops, diverging_stops: the same idea as evenly spaced hex stops which begin at, or turn round, this theme's surface.
            In ``diverging_stops`` the first is better, the last is worse.
        status: style by status name.
        factor: how many times larger than usual the type is; what stands beside type (icons, paddings) grows with it.
    """

    name: ThemeName
    window: str
    surface: str
    raised: str
    text: str
    text_muted: str
    accent: str
    on_accent: str
    grid: str
    border: str
    control_border: str
    selection: str
    on_selection: str
    baseline: str
    context_grey: str
    series: tuple[str, ...]
    sequential: str
    diverging: str
    sequential_stops: tuple[str, ...]
    diverging_stops: tuple[str, ...]
    status: Mapping[StatusName, StatusStyle]
    spacing: Spacing = field(default_factory=Spacing)
    fonts: FontSizes = field(default_factory=FontSizes)
    font_families: tuple[str, ...] = ("Segoe UI", "SF Pro Text", "Inter", "Noto Sans", "DejaVu Sans", "sans-serif")
    factor: float = 1.0

    @property
    def is_dark(self) -> bool:
        """Light text on a dark ground."""
        return self.name != "light"

    @property
    def disabled(self) -> str:
        """Colour of what can't be used now; in high contrast muted text is too near to plain text to tell."""
        return self.context_grey if self.name == "contrast" else self.text_muted

    @property
    def disabled_mark(self) -> str:
        """Colour of the icon of what can't be used now."""
        return self.context_grey if self.name == "contrast" else self.control_border

    def px(self, length: float) -> int:
        """Return a length that goes with type, given for the usual size, in device-independent pixels."""
        return round(length * self.factor)

    def scaled(self, factor: float) -> Theme:
        """Return the theme with type, rows and what stands beside them ``factor`` times as large."""
        row = max(18, round(self.spacing.row * factor))
        spacing = replace(self.spacing, row=row)
        return replace(self, fonts=self.fonts.scaled(factor), spacing=spacing, factor=self.factor * factor)


def _status(red: str, amber: str, green: str, na: str) -> Mapping[StatusName, StatusStyle]:
    styles: dict[StatusName, StatusStyle] = {
        "red": StatusStyle(red, "▲", "act"),
        "amber": StatusStyle(amber, "◆", "watch"),
        "green": StatusStyle(green, "●", "good"),
        "n/a": StatusStyle(na, "○", "n/a"),
    }
    return MappingProxyType(styles)


DARK = Theme(
    name="dark",
    window="#0e1318",
    surface="#151b23",
    raised="#1e2630",
    text="#e6ebf1",
    text_muted="#9dabb9",
    accent="#5aa9ff",
    on_accent="#06121f",
    grid="#26303b",
    border="#2b3642",
    control_border="#6b7a8a",
    selection="#1f4a78",
    on_selection="#f2f7fc",
    baseline="#c79bff",
    context_grey="#5f6c7a",
    series=("#5aa9ff", "#e6a23c", "#3ecf9a", "#f0e05a", "#d98ac0", "#f07f4f", "#9bd1f5"),
    sequential="cividis",
    diverging="CET-CBD1",
    sequential_stops=("#1b2430", "#22416b", "#2f67a8", "#5a93c9", "#a7bb8f", "#f2d96b"),
    diverging_stops=("#58aeff", "#356a9f", "#27313d", "#a8682a", "#ffa24a"),
    status=_status("#ff7b7b", "#f2b53f", "#45cf8f", "#9dabb9"),
)

LIGHT = Theme(
    name="light",
    window="#f1f4f7",
    surface="#ffffff",
    raised="#e9eef3",
    text="#16202b",
    text_muted="#536170",
    accent="#0a5cbd",
    on_accent="#ffffff",
    grid="#e3e8ee",
    border="#d3dae2",
    control_border="#7b8895",
    selection="#c9dffa",
    on_selection="#0b1a2b",
    baseline="#7436bd",
    context_grey="#a3aeb9",
    series=("#0a5cbd", "#b36b00", "#007a5a", "#8a7a00", "#a8387f", "#c4480f", "#2f86b5"),
    sequential="CET-CBL1",
    diverging="CET-CBD1",
    sequential_stops=("#f5f3e4", "#d9d3a0", "#9fb08b", "#5f8c9d", "#2e5f93", "#12305e"),
    diverging_stops=("#0a62c4", "#8fbbe8", "#f4f5f6", "#eeb577", "#b85a00"),
    status=_status("#bd2323", "#8a5600", "#0c7343", "#536170"),
)

CONTRAST = Theme(
    name="contrast",
    window="#000000",
    surface="#000000",
    raised="#1c1c1c",
    text="#ffffff",
    text_muted="#e2e2e2",
    accent="#ffd800",
    on_accent="#000000",
    grid="#4a4a4a",
    border="#ffffff",
    control_border="#ffffff",
    selection="#0048b3",
    on_selection="#ffffff",
    baseline="#e0b3ff",
    context_grey="#8a8a8a",
    series=("#5cc0ff", "#ffb52e", "#3dffb0", "#fff04d", "#ff9ade", "#ff8a5c", "#c4e9ff"),
    sequential="cividis",
    diverging="CET-CBD1",
    sequential_stops=("#101010", "#12448f", "#1f7be0", "#7db8e8", "#d9d98a", "#ffee00"),
    diverging_stops=("#4db8ff", "#1f5f99", "#1a1a1a", "#a35f00", "#ffa826"),
    status=_status("#ff8f8f", "#ffc24d", "#5dffa5", "#e2e2e2"),
)

THEMES: Mapping[ThemeName, Theme] = MappingProxyType({"dark": DARK, "light": LIGHT, "contrast": CONTRAST})
"""All looks by name."""
