"""The SHA-256 of a file whose bytes pass by in order: whoever reads the next ones adds them, so that a large file need not be read twice."""

from __future__ import annotations

import hashlib
import threading


class FileDigest:
    """Of the bytes before ``position``. Several readers may add at the same time; what comes out of turn is not taken."""

    def __init__(self) -> None:
        self.position = 0
        self._hash = hashlib.sha256()
        self._adding = threading.Lock()

    def passed(self, start: int, data: memoryview) -> None:
        """Take the bytes from ``start`` on, as far as they are the next ones."""
        end = start + len(data)
        if end <= self.position or start > self.position:
            return
        with self._adding:
            if end > self.position:
                self._hash.update(data[self.position - start :])
                self.position = end

    def hexdigest(self) -> str:
        """Return the digest as hexadecimal digits."""
        return self._hash.hexdigest()
