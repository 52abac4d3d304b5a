"""Output of child processes: shown as it comes, without addresses."""

import os
import sys

import pytest
from bootstrap_console import SetupError, pip_progress, run_plain, run_scrubbed, scrub


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Looking in indexes: https://user:secret@index.example/simple", "Looking in indexes: <address>"),
        ("Err:1 http://mirror.example/debian bookworm InRelease", "Err:1 <address> bookworm InRelease"),
        ("HTTPSConnectionPool(host='index.example', port=443)", "HTTPSConnectionPool(host=<address>, port=443)"),
        ("Failed to resolve 'index.example' ([Errno -3])", "Failed to resolve <address> ([Errno -3])"),
        ("Successfully installed numpy-2.4.6", "Successfully installed numpy-2.4.6"),
    ],
)
def test_addresses_are_taken_out_and_the_rest_stays(line, expected):
    assert scrub(line) == expected


def test_pip_shows_a_line_for_each_package_only():
    assert pip_progress("Collecting numpy==2.4.6 (from -r requirements.lock (line 7))") == "  numpy 2.4.6"
    assert pip_progress("  Downloading numpy-2.4.6-cp311.whl (16 MB)") is None
    assert pip_progress("Installing collected packages: numpy, scipy") == "  unpacking..."


def test_the_last_lines_come_back_scrubbed_with_the_status(tmp_path, capfd):
    code = "import sys; [print('line', n) for n in range(40)]; print('at https://a.example/x'); sys.exit(3)"
    status, last = run_scrubbed([sys.executable, "-c", code], cwd=tmp_path, environ=os.environ, show=lambda _line: None)
    assert status == 3
    assert last[-2:] == ["line 39", "at <address>"]
    assert len(last) < 40
    assert capfd.readouterr().out == ""


def test_a_program_that_is_not_there_is_an_error_that_names_it(tmp_path):
    missing = str(tmp_path / "no-such-program")
    with pytest.raises(SetupError, match="no-such-program could not be started"):
        run_plain([missing], cwd=tmp_path, environ=os.environ)
