"""The SHA-256 of an export, computed beside its import where no import in the ledger can have the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from docops_desktop.ingest.files.source import ExportSource
from docops_desktop.ingest.progress import Meter
from docops_desktop.model.errors import Cancelled
from docops_desktop.store.records import ImportRecord

_WAIT_S = 0.02


class _Stop(Meter):
    """Stops the computation when nobody waits for it any more."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = threading.Event()
        self.done = 0.0

    def share(self, done: float) -> None:
        """Note which part is done."""
        self.done = done
        self.check()

    def check(self) -> None:
        """Stop here when it is of no use.

        Raises:
            Cancelled: so it is.
        """
        if self.gone.is_set():
            raise Cancelled


class Fingerprint:
    """Computes the digest in a thread of its own; close it when it is left early."""

    def __init__(self, source: ExportSource) -> None:
        """Begin."""
        self._source = source
        self._digest = ""
        self._begin()

    def _begin(self) -> None:
        self._stop = _Stop()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._compute, name="fingerprint", daemon=True)
        self._thread.start()

    def follow(self) -> None:
        """Read no further: the file is read now by another, and its bytes count as they pass. What is left in the end is read by ``digest``."""
        self.close()

    def digest(self, share: Callable[[float], None] = lambda _: None) -> str:
        """Return the digest as hexadecimal digits, when it is there.

        Args:
            share: is told meanwhile which part is done; it may raise to give up.

        Raises:
            ExportError: the file vanished or can't be read.
        """
        if self._stop.gone.is_set():
            self._begin()
        while self._thread.is_alive():
            self._thread.join(_WAIT_S)
            share(self._stop.done)
        if self._error is not None:
            raise self._error
        return self._digest

    def salt(self) -> int:
        """Return a number (64 bits, signed) that differs between exports of different content."""
        return int.from_bytes(bytes.fromhex(self.digest()[:16]), "little", signed=True)

    def close(self) -> None:
        """Stop, done or not."""
        self._stop.gone.set()
        self._thread.join()

    def _compute(self) -> None:
        try:
            self._digest = self._source.sha256(self._stop)
        except BaseException as error:
            self._error = error


def may_be_known(source: ExportSource, ledger: Iterable[ImportRecord]) -> bool:
    """Tell whether an import may have loaded this very content: one of as many bytes, or a part of a followed file."""
    return any(record.size_bytes == source.size or "followed" in record.mapping for record in ledger)
