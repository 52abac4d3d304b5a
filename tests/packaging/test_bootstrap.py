"""The entry script: what a person with any Python sees first."""

import ast
import subprocess
import sys

import bootstrap
import pytest


def test_an_old_python_is_named_with_the_one_that_is_needed():
    message = bootstrap.too_old((3, 9))
    assert "3.11 or newer" in message
    assert "this is Python 3.9" in message


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (4, 0)])
def test_a_supported_python_is_not_complained_about(version):
    assert bootstrap.too_old(version) is None


def test_the_entry_script_can_be_read_by_an_old_python(project):
    source = (project / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in top] == ["import sys"]


def test_an_unknown_verb_is_a_usage_error_that_lists_the_verbs(project):
    script = project / "packaging" / "bootstrap.py"
    outcome = subprocess.run([sys.executable, script, "install"], capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    for verb in ("env", "demo", "test", "bench"):
        assert verb in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("name", ["bootstrap_console", "bootstrap_environment", "bootstrap_system", "bootstrap_verbs"])
def test_the_set_up_needs_nothing_but_the_standard_library(project, name):
    tree = ast.parse((project / "packaging" / f"{name}.py").read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    own = {module for module in imported if module.startswith("bootstrap_")}
    assert imported - own <= sys.stdlib_module_names


def test_continuous_integration_runs_what_the_readme_says(project):
    lines = (project / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "exec python3 packaging/bootstrap.py test"
