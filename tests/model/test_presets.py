"""Published figures come with their source and kind of evidence, and a damaged file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.model.errors import KnownError, RequestError
from docops_desktop.model.presets import EVIDENCE, Preset, preset_of, published, read


def test_every_figure_names_source_evidence_and_how_it_was_measured() -> None:
    found = published()
    assert len({preset.name for preset in found}) == len(found) >= 6
    assert all(preset.source and preset.note and preset.evidence in EVIDENCE for preset in found)
    assert [p.evidence for p in found] == sorted((p.evidence for p in found), key=list(EVIDENCE).index)


def test_correlations_are_far_above_experiments() -> None:
    experiments = [p.high for p in published() if p.evidence == "randomised"]
    correlations = [p.low for p in published() if p.evidence == "correlation"]
    assert max(experiments) < min(correlations)


def test_figures_in_words() -> None:
    def figure(low: float, high: float) -> str:
        return Preset("x", "x", 2020, "randomised", "revenue", low, high, "x").figure()

    assert (figure(0.7, 0.7), figure(0.2, 0.3), figure(0, 0.2)) == ("0.7 %", "0.2 to 0.3 %", "up to 0.2 %")


def test_names_are_found_in_any_case_and_unknown_ones_are_told() -> None:
    assert preset_of("Zalando").name == "zalando"
    with pytest.raises(RequestError) as error:
        preset_of("amazon")
    assert "zalando" in error.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[preset]]\nname = 'x'",
        "[[preset",
        "[[preset]]\nname='x'\nsource='x'\nyear=1\nevidence='hearsay'\noutcome='x'\nlow=1\nhigh=2\nnote='x'",
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "published.toml"
    file.write_text(text)
    with pytest.raises(KnownError, match="can't be read") as error:
        read(file)
    assert str(file) in error.value.where
