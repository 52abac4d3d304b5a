"""The lock files: complete, nested in each other, and tied to no place."""

import itertools
import re

import lock
import pytest
from bootstrap_environment import LOCKS

NAMES = list(LOCKS.values())


def entries(text):
    """Requirement line -> number of its hashes."""
    logical = text.replace("\\\n", " ").splitlines()
    return {line.split(" --hash")[0].strip(): line.count("--hash=sha256:") for line in logical if line[:1] not in "#"}


@pytest.mark.parametrize("name", NAMES)
def test_every_version_is_exact_and_has_hashes(project, name):
    found = entries((project / name).read_text(encoding="utf-8"))
    assert len(found) > 30
    for requirement, hashes in found.items():
        assert re.match(r"[a-z0-9-]+==[^\s;]+( ; .+)?$", requirement), requirement
        assert hashes > 0, requirement


@pytest.mark.parametrize("name", NAMES)
def test_no_lock_names_an_index_or_a_folder(project, name):
    assert lock.foreign_lines((project / name).read_text(encoding="utf-8")) == []


def test_a_line_that_names_a_place_is_found():
    text = "--index-url https://a.example/simple\n--find-links /some/folder\nx @ file:///x\nnumpy==1 \\\n    --hash=sha256:0\n"
    assert lock.foreign_lines(text) == text.splitlines()[:3]


def test_each_lock_contains_the_one_before(project):
    texts = [(project / name).read_text(encoding="utf-8") for name in NAMES]
    assert list(lock.LOCKS) == NAMES
    for smaller, larger in itertools.pairwise(texts):
        assert entries(smaller).items() <= entries(larger).items()


def test_qt_for_python_is_not_the_release_that_loses_references(project):
    found = entries((project / "requirements.lock").read_text(encoding="utf-8"))
    old_python = [name for name in found if name.startswith("pyside6-essentials==") and "< '3.12'" in name]
    assert len(old_python) == 1
    assert old_python[0].startswith("pyside6-essentials==6.11.")


def test_pins_are_the_requirements_without_their_hashes():
    text = "# head\nnumpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:00\nrich==15.0.0 \\\n    --hash=sha256:11\n"
    assert lock.pins(text) == ["numpy==2.4.6 ; python_full_version < '3.12'", "rich==15.0.0"]
