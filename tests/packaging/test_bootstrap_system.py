"""What is asked of the operating system, on machines that these tests make up."""

import re
from dataclasses import replace

import bootstrap_system
import pytest
from bootstrap_console import SetupError
from bootstrap_system import (
    CORE_LIBRARIES,
    WAYLAND_LIBRARIES,
    X11_LIBRARIES,
    Machine,
    apt_line,
    certificates_package,
    check_machine,
    ensure_system,
    has_display,
    missing_libraries,
    needed_libraries,
    venv_package,
)

DEBIAN_12 = Machine("Linux", "x86_64", 64, (3, 11), ("glibc", "2.36"), "")
MAC = Machine("Darwin", "arm64", 64, (3, 11), ("", ""), "13.6.1")


def loader_without(*absent):
    def load(name):
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file")

    return load


def test_only_libraries_that_fail_to_load_are_missing():
    load = loader_without("libgomp.so.1", "libEGL.so.1")
    assert missing_libraries(CORE_LIBRARIES, load) == ["libgomp.so.1", "libEGL.so.1"]
    assert missing_libraries(CORE_LIBRARIES, loader_without()) == []


@pytest.mark.parametrize(
    ("system", "environ", "expected"),
    [
        ("Linux", {}, False),
        ("Linux", {"DISPLAY": ""}, False),
        ("Linux", {"DISPLAY": ":0"}, True),
        ("Linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("Windows", {}, True),
        ("Darwin", {}, True),
    ],
)
def test_where_a_window_can_be_opened(system, environ, expected):
    assert has_display(system, environ) is expected


def test_libraries_for_a_window_are_asked_for_only_where_there_is_a_display():
    assert needed_libraries("Linux", {}) == CORE_LIBRARIES
    assert needed_libraries("Linux", {"DISPLAY": ":0"}) == CORE_LIBRARIES | X11_LIBRARIES
    assert needed_libraries("Linux", {"WAYLAND_DISPLAY": "w"}) == CORE_LIBRARIES | WAYLAND_LIBRARIES
    assert needed_libraries("Windows", {}) == {}
    assert needed_libraries("Darwin", {"DISPLAY": ":0"}) == {}


def test_threads_of_numba_are_never_left_to_the_layer_that_aborts():
    assert needed_libraries("Linux", {})["libgomp.so.1"] == "libgomp1"


def test_debian_package_names_are_names_of_packages():
    for package in (CORE_LIBRARIES | X11_LIBRARIES | WAYLAND_LIBRARIES).values():
        assert re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package)


def test_the_package_for_environments_is_asked_for_when_a_half_is_missing():
    assert venv_package(lambda name: None if name == "ensurepip" else object()) == venv_package(lambda _name: None)
    assert re.fullmatch(r"python3\.\d+-venv", venv_package(lambda _name: None)[0])
    assert venv_package(lambda _name: object()) == []


def test_certificates_of_the_machine_or_of_its_settings_will_do():
    assert certificates_package({}, lambda _path: False) == ["ca-certificates"]
    assert certificates_package({}, lambda path: path == "/etc/ssl/certs/ca-certificates.crt") == []
    assert certificates_package({"PIP_CERT": "/own.pem"}, lambda path: path == "/own.pem") == []


def test_the_line_for_people_without_rights_is_one_line_that_can_be_pasted():
    line = apt_line(["libgomp1", "libegl1"])
    assert line == "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgomp1 libegl1"


@pytest.mark.parametrize("machine", [DEBIAN_12, MAC, Machine("Windows", "AMD64", 64, (3, 13), ("", ""), "")])
def test_supported_machines_pass(machine):
    check_machine(machine)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (replace(DEBIAN_12, bits=32), "64-bit"),
        (replace(DEBIAN_12, libc=("glibc", "2.31")), r"glibc 2\.31, .* glibc 2\.34 or newer"),
        (replace(DEBIAN_12, architecture="aarch64"), r"glibc 2\.39 or newer. Use Debian 13"),
        (replace(DEBIAN_12, libc=("", "")), "another C library"),
        (replace(MAC, architecture="x86_64"), "Intel Mac"),
        (replace(MAC, python=(3, 12)), "needs macOS 14"),
        (replace(MAC, macos="12.7"), "needs macOS 13"),
    ],
)
def test_machines_without_builds_are_told_so(machine, message):
    with pytest.raises(SetupError, match=message):
        check_machine(machine)


@pytest.fixture
def bare(monkeypatch):
    """A bare Debian machine; `installed` collects what apt was asked for, and from then on libraries load."""
    installed = []
    monkeypatch.setattr(bootstrap_system, "this_machine", lambda: DEBIAN_12)
    monkeypatch.setattr(bootstrap_system.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap_system, "venv_package", lambda: ["python3.11-venv"])
    monkeypatch.setattr(bootstrap_system, "certificates_package", lambda _environ: ["ca-certificates"])
    monkeypatch.setattr(bootstrap_system, "missing_libraries", lambda needed: [] if installed else list(needed)[:2])
    monkeypatch.setattr(bootstrap_system.shutil, "which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(bootstrap_system.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(
        bootstrap_system, "install_debian_packages", lambda packages, _root, _environ: installed.extend(packages)
    )
    return installed


def test_root_gets_everything_installed_at_once(bare, tmp_path):
    ensure_system(tmp_path, {}, new_environment=True)
    assert bare == ["python3.11-venv", "ca-certificates", "libglib2.0-0", "libgomp1"]


def test_an_environment_that_stands_asks_only_for_libraries(bare, tmp_path):
    ensure_system(tmp_path, {}, new_environment=False)
    assert bare == ["libglib2.0-0", "libgomp1"]


def test_without_rights_the_line_is_printed_and_nothing_is_installed(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap_system.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SetupError) as caught:
        ensure_system(tmp_path, {}, new_environment=True)
    line = str(caught.value).splitlines()[-1].strip()
    assert line == apt_line(["python3.11-venv", "ca-certificates", "libglib2.0-0", "libgomp1"])
    assert bare == []


def test_a_system_without_apt_names_the_libraries(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap_system.shutil, "which", lambda _name: None)
    with pytest.raises(SetupError, match=r"libgomp\.so\.1, libglib-2\.0\.so\.0.*package manager"):
        ensure_system(tmp_path, {}, new_environment=False)
    assert bare == []


def test_libraries_that_stay_missing_are_an_error(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap_system, "missing_libraries", lambda _needed: ["libgomp.so.1"])
    with pytest.raises(SetupError, match=r"still can't be loaded: libgomp\.so\.1"):
        ensure_system(tmp_path, {}, new_environment=False)
