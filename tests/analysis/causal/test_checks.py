"""The sensitivity figure follows its published formula and shrinks with the share of the effect that is to be explained."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.causal.checks import SelfCheck, SelfChecks, e_value


def test_the_e_value_is_that_of_its_publication() -> None:
    assert e_value(1.0) == 1.0
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)  # the worked example of VanderWeele and Ding (2017)


def test_less_is_needed_to_explain_less() -> None:
    checks = SelfChecks((), np.log(1.5), e_value(1.5), 1.2)
    needed = [checks.needed_for(share) for share in (0.0, 0.25, 0.5, 1.0)]
    assert needed[0] == 1.0
    assert needed == sorted(needed)
    assert needed[-1] == pytest.approx(checks.e_value)
    assert checks.needed_for(-1.0) == 1.0


def test_only_failed_tests_warn() -> None:
    tests = (
        SelfCheck("a", True, 1.0, "fine"),
        SelfCheck("b", None, None, "not made"),
        SelfCheck("c", False, 3.0, "failed"),
    )
    assert SelfChecks(tests, 0.1, 1.1, 1.0).warnings() == ("failed",)
