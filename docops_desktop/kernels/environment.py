"""Where compiled kernels are kept: set before Numba is imported.

The folder lies in the user's cache folder, so that a read-only install works, and carries a digest of the kernels' source, because Numba looks only
at the file of the outermost function when it decides whether a cached one is still good. Importing this module must not import Numba.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import platformdirs

VARIABLE = "NUMBA_CACHE_DIR"
"""By which Numba is told where its cache lies."""


def prepare() -> Path:
    """Point Numba at a writable cache folder and return it; a folder that the user chose by NUMBA_CACHE_DIR is left alone."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    folder = _writable(Path(platformdirs.user_cache_dir("docops-desktop")) / "kernels" / source_digest())
    os.environ[VARIABLE] = str(folder)
    if "numba" in sys.modules:  # somebody was first: it has read the variable already
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return folder


def source_digest(folder: Path | None = None) -> str:
    """Return a short digest of the kernels' source files in ``folder``, by default this one; without any (a frozen application) of the program's file."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted((folder or Path(__file__).parent).glob("*.py")) or [Path(sys.executable)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="docops-kernels-"))
    return folder
