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
from pathlib import Path

from bootstrap_console import SetupError, run_scrubbed, say

GLIBC_OF_WHEELS = (2, 34)

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


def has_display(system: str, environ: Mapping[str, str]) -> bool:
    """Whether a window can be opened: always on Windows and macOS, on Linux when a display server is announced."""
    if system in ("Windows", "Darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


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


def check_platform(system: str, bits: int, libc: tuple[str, str]) -> None:
    """Raise SetupError on machines for which the libraries exist in no build: 32 bits, an old or another C library."""
    if bits < 64:
        raise SetupError("DocOps Desktop needs a 64-bit Python, but this one has 32 bits. Install the 64-bit build.")
    if system != "Linux":
        return
    name, version = libc
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if name != "glibc" or numbers < GLIBC_OF_WHEELS:
        found = f"{name or 'another C library'} {version}".strip()
        wanted = ".".join(map(str, GLIBC_OF_WHEELS))
        raise SetupError(
            f"This Linux has {found}, but the libraries are built for glibc {wanted} or newer. "
            "Use Debian 12, Ubuntu 22.04, Fedora 35, RHEL 9 or newer."
        )


def install_debian_packages(packages: list[str], root: Path, environ: Mapping[str, str]) -> None:
    """Install with apt-get, as root; SetupError with apt's last lines when that fails."""
    say("Installing system packages: " + " ".join(packages))
    quiet = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        status, last = run_scrubbed(["apt-get", "-q", *arguments], cwd=root, environ=quiet, show=lambda _line: None)
        if status:
            raise SetupError(
                f"apt-get {arguments[0]} failed with status {status}:\n  "
                + "\n  ".join(last)
                + f"\nPut that right and run the command again, or install by hand:\n  {apt_line(packages)}"
            )


def ensure_system(root: Path, environ: Mapping[str, str], *, new_environment: bool) -> None:
    """Make sure that the machine has what Qt, numba and (for a `new_environment`) pip need; SetupError otherwise."""
    system = platform.system()
    check_platform(system, 64 if sys.maxsize > 2**32 else 32, platform.libc_ver())
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
