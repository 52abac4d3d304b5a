"""What the operating system has to bring, and how to get what is missing on Debian and its relatives.

Qt's wheels carry Qt, but link against libraries that a desktop has and a bare server image lacks; numba's parallel
kernels need an OpenMP library, without which they abort the process as soon as two threads use them. Presence is found
out by loading a library, never by asking a package manager. Must not touch the Python environment.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import ssl
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap_console import SetupError, run_scrubbed, say

# What the locked wheels were built for.
OLDEST_GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY")

# Library name as the dynamic loader knows it -> Debian package which has it.
CORE_LIBRARIES = {
    "libgomp.so.1": "libgomp1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libz.so.1": "zlib1g",
}
X11_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


@dataclass(frozen=True)
class Machine:
    """What decides whether the locked libraries exist for this machine; versions as the platform reports them."""

    system: str
    architecture: str
    bits: int
    python: tuple[int, int]
    libc: tuple[str, str]
    macos: str


def this_machine() -> Machine:
    """The machine and Python that this runs on."""
    return Machine(
        system=platform.system(),
        architecture=platform.machine(),
        bits=64 if sys.maxsize > 2**32 else 32,
        python=(sys.version_info.major, sys.version_info.minor),
        libc=platform.libc_ver(),
        macos=platform.mac_ver()[0],
    )


def numbers(version: str) -> tuple[int, ...]:
    """`2.36` -> (2, 36), for comparing versions; what is not a number is left out."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def has_display(system: str, environ: Mapping[str, str]) -> bool:
    """Whether a window can be opened: always on Windows and macOS, on Linux when a display server is announced."""
    if system in ("Windows", "Darwin"):
        return True
    return any(environ.get(name) for name in DISPLAY_VARIABLES)


def needed_libraries(system: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Library -> Debian package for this machine; empty where Qt's wheels bring everything along."""
    if system != "Linux":
        return {}
    needed = dict(CORE_LIBRARIES)
    if environ.get("DISPLAY"):
        needed |= X11_LIBRARIES
    if environ.get("WAYLAND_DISPLAY"):
        needed |= WAYLAND_LIBRARIES
    return needed


def missing_libraries(needed: Iterable[str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """Those of `needed` that the dynamic loader can't load, in the given order."""
    missing = []
    for name in needed:
        try:
            load(name)
        except OSError:
            missing.append(name)
    return missing


def venv_package(find: Callable[[str], object] = importlib.util.find_spec) -> list[str]:
    """The package that lets this Python make environments with pip, when it can't; Debian splits it off."""
    if find("venv") and find("ensurepip"):
        return []
    return [f"python{sys.version_info.major}.{sys.version_info.minor}-venv"]


def certificates_package(environ: Mapping[str, str], exists: Callable[[str], bool] = os.path.exists) -> list[str]:
    """The package with certificate authorities, when none are found; downloads can't be verified without."""
    paths = ssl.get_default_verify_paths()
    places = [environ.get("PIP_CERT"), environ.get("SSL_CERT_FILE"), paths.cafile, paths.openssl_cafile]
    places.append("/etc/ssl/certs/ca-certificates.crt")
    return [] if any(place and exists(place) for place in places) else ["ca-certificates"]


def apt_line(packages: Iterable[str]) -> str:
    """The one line that a person without root's rights has to run, or to have run."""
    names = " ".join(packages)
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"


def check_machine(machine: Machine) -> None:
    """Raise SetupError on machines for which one of the locked libraries exists in no build."""
    if machine.bits < 64:
        raise SetupError("DocOps Desktop needs a 64-bit Python, but this one has 32 bits. Install the 64-bit build.")
    if machine.system == "Linux":
        _check_libc(machine)
    if machine.system == "Darwin":
        _check_mac(machine)


def _check_libc(machine: Machine) -> None:
    name, version = machine.libc
    oldest = OLDEST_GLIBC.get(machine.architecture, OLDEST_GLIBC["x86_64"])
    if name == "glibc" and numbers(version) >= oldest:
        return
    raise SetupError(
        f"This Linux has {name or 'another C library'} {version}".rstrip()
        + f", but the libraries are built for glibc {oldest[0]}.{oldest[1]} or newer. "
        + ("Use Debian 13 or Ubuntu 24.04." if oldest > (2, 34) else "Use Debian 12, Ubuntu 22.04 or Fedora 35.")
    )


def _check_mac(machine: Machine) -> None:
    if machine.architecture == "x86_64":
        raise SetupError(
            "The compiler behind the kernels (llvmlite) is not built for Intel Macs any more. "
            "On a Mac with Apple silicon use the arm64 build of Python; an Intel Mac can't run DocOps Desktop."
        )
    oldest = 13 if machine.python < (3, 12) else 14
    if numbers(machine.macos) < (oldest,):
        raise SetupError(
            f"This is macOS {machine.macos}, but Qt for Python {machine.python[0]}.{machine.python[1]} needs "
            f"macOS {oldest} or newer."
        )


def install_debian_packages(packages: list[str], root: Path, environ: Mapping[str, str]) -> None:
    """Install with apt-get, as root; SetupError with apt's last lines when that fails.

    A failed update alone is no failure: often only some other source is out of reach and the packages are known.
    """
    say("Installing system packages: " + " ".join(packages))
    quiet = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    _, of_update = run_scrubbed([*apt, "update"], cwd=root, environ=quiet, show=lambda _line: None)
    status, of_install = run_scrubbed(
        [*apt, "install", "-y", "--no-install-recommends", *packages], cwd=root, environ=quiet, show=lambda _line: None
    )
    if status:
        raise SetupError(
            f"apt-get failed with status {status}:\n  "
            + "\n  ".join([*of_update[-5:], *of_install])
            + f"\nPut that right and run the command again, or install by hand:\n  {apt_line(packages)}"
        )


def ensure_system(root: Path, environ: Mapping[str, str], *, new_environment: bool) -> None:
    """Make sure that the machine has what Qt, numba and (for a `new_environment`) pip need; SetupError otherwise."""
    system = platform.system()
    check_machine(this_machine())
    needed = needed_libraries(system, environ)
    missing = missing_libraries(needed)
    packages = sorted({needed[name] for name in missing})
    if new_environment and system == "Linux":
        packages = [*venv_package(), *certificates_package(environ), *packages]
    if not packages:
        return
    if not shutil.which("apt-get"):
        raise SetupError(
            "This machine lacks what DocOps Desktop needs from the system: "
            + ", ".join(missing or packages)
            + ". Install it with the system's package manager (Debian's names: "
            + " ".join(packages)
            + ") and run the command again."
        )
    if os.geteuid() != 0:
        raise SetupError(f"System packages are missing. Run this line, then the command again:\n  {apt_line(packages)}")
    install_debian_packages(packages, root, environ)
    if still := missing_libraries(missing):
        raise SetupError(
            "apt-get installed "
            + " ".join(packages)
            + ", but these libraries still can't be loaded: "
            + ", ".join(still)
        )
