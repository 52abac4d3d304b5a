"""A handful of kills; ``kill_import.py`` runs as many as one likes."""

from __future__ import annotations

import random
from pathlib import Path

from tests.endurance.kill_import import EARLY, IN, OUT, KillRig, moments


def test_a_killed_import_is_wholly_in_or_wholly_out(tmp_path: Path) -> None:
    rig = KillRig(tmp_path, 15_000)
    for moment in moments(4, random.Random(7)):
        outcome, faults = rig.kill_at(moment)
        assert faults == []
        assert outcome in (IN, OUT, EARLY)
