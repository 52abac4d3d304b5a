"""Maps a file into memory so that letting go of it never holds up the program.

When a newer file has taken its place, whoever lets go of the old one last waits while the system frees its pages: 20 to 50 ms for 200 MB, and unmapping
holds the interpreter all that time. So the file is kept open a little longer than the map, and a thread of its own closes it, which holds nobody.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from pathlib import Path

import numpy as np
import numpy.typing as npt

LINGER_SECONDS = 0.5


def map_file(path: Path, offset: int, size: int) -> npt.NDArray[np.uint8]:
    """Map ``size`` bytes from ``offset``, writable without changing the file (compiled code that expects writable arrays takes it).

    Raises:
        OSError: the file can't be opened.
        ValueError: the file is shorter.
    """
    mapped = np.memmap(path, np.uint8, mode="c", offset=offset, shape=(size,))
    if os.name == "posix":  # elsewhere a file that is in use can't be replaced
        weakref.finalize(mapped, _close_beside, os.open(path, os.O_RDONLY)).atexit = False
    return mapped.view(np.ndarray)


def _close_beside(descriptor: int) -> None:
    """Close the file, in a moment and in another thread when that will free it."""
    if os.fstat(descriptor).st_nlink == 0:
        timer = threading.Timer(LINGER_SECONDS, os.close, [descriptor])
        timer.daemon = True
        with contextlib.suppress(RuntimeError):  # no thread can be started any more: the program ends
            timer.start()
            return
    os.close(descriptor)
