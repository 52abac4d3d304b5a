"""Feeds damaged exports of every reader and adapter to preview and import: a clear refusal or a reconciling ledger, never a crash, a hang or a lost record.

    python -m tests.endurance.fuzz_readers --seconds 600

Hypothesis draws how an export is written (encoding, line ends, JSON as lines, array, one after the other or bulk lines), the damage (bytes changed,
cut, doubled and put in, pieces of other exports spliced in, wild cells) and whether it is packed afterwards, and shrinks what fails. Of each case:
only a ``KnownError`` may leave the importer, and then the ledger is as it was; read = loaded + filtered + quarantined; a preview of all rows foretells
the import; of a plain table every line that is not blank is accounted for; a case that takes longer than ``LIMIT_SECONDS`` counts as a hang. Content
that fails is kept beside ``--keep``. The test suite runs a short version.
"""

from __future__ import annotations

import argparse
import faulthandler
import gzip
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.ingest.load.overlaps import BEACON_REPEATED
from docops_desktop.ingest.preview import Preview
from docops_desktop.model.errors import KnownError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.records import LOADED
from docops_desktop.store.workspace import Workspace
from tests.support.adapter_exports import adapter_exports
from tests.support.system_exports import READER_SEEDS, tarred, zipped

LIMIT_SECONDS = 60
CASES = 12
"""So many versions of one export, one after the other."""
PIECES = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\n\n", b"\x00", b"\x1f", b"{", b"}", b"[", b"]", b"\\", b'\\"', b"\xff", b"\xfe\xff",
    b"\xef\xbb\xbf", b"1e999", b"nan", b"-", b"#", b"%", b"9" * 30, b'"\\ud800":1', b"\xed\xa0\x80",
    b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"<!ENTITY", b" " * 50,
    b"^", b"~", b"|", b"\xe2\x80\xa8", b"\xc2\xb2", b"\xd9\xa3", b"9999-12-31", b"0001-01-01", b"1" * 400, b"-" + b"1" * 25, b"null", b"[[", b"{}",
    b'{"index":{}}\n', b"=1+1", b"1.234.567,89", b"2026-13-45T99:99:99Z", b"%ff%fe", b"&#0;", b"\xf0\x9f\x98\x80",
)  # fmt: skip
KEPT = 4
"""Every so many loaded files stay in the workspace, so that later ones overlap them."""
SEEDS = {name: make() for name, make in READER_SEEDS.items()}
ADAPTER_SEEDS = {name: data for name, _, data in adapter_exports()}
EVERY = SEEDS | ADAPTER_SEEDS
BINARY = (".parquet", ".gz", ".zip")


class HangError(Exception):
    """A case took too long."""


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """Draw a damaged export."""
    data = bytearray(draw(written(name)))
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3, 4, 6)))):
        place = draw(st.integers(0, len(data)))
        size = draw(st.integers(1, 60))
        match draw(st.sampled_from(["change", "insert", "cut", "double", "splice", "drawn", "end"])):
            case "change":
                data[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
            case "insert":
                data[place:place] = draw(st.sampled_from(PIECES))
            case "cut":
                del data[place : place + size]
            case "double":
                data[place:place] = data[place : place + size]
            case "splice":
                other = EVERY[draw(st.sampled_from(sorted(EVERY)))]
                data[place:place] = other[: 20 * size]
            case "drawn":
                data[place:place] = draw(st.binary(max_size=30))
            case "end":
                del data[max(place, 1) :]
    return packed(bytes(data), draw(st.sampled_from(["plain"] * 8 + ["gzip", "zip", "tar"])))


@st.composite
def written(draw: st.DrawFn, name: str) -> bytes:
    """Draw another way to write an export."""
    data = EVERY[name]
    if name.endswith(BINARY):
        return data
    if name.endswith((".json", ".ndjson")):
        data = rewritten(
            data, draw(st.sampled_from(["as it is", "as it is", "array", "concatenated", "indented", "bulk"]))
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    text = text.replace("\n", draw(st.sampled_from(["\n"] * 4 + ["\r\n", "\r"])))
    encoding = draw(
        st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mixed"])
    )
    if encoding == "mixed":  # the first half is not in the encoding of the second
        half = len(text) // 2
        return (text[:half] + "\u00e9").encode("cp1252", "replace") + (text[half:] + "\u00e9").encode()
    return text.encode(encoding, "replace")


def rewritten(data: bytes, way: str) -> bytes:
    """Return records as another kind of JSON text; what is not one object per line stays as it is."""
    try:
        records = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
    except ValueError:
        return data
    match way:
        case "array":
            return json.dumps(records, indent=1).encode()
        case "concatenated":
            return "".join(map(json.dumps, records)).encode()
        case "indented":
            return "\n".join(json.dumps(record, indent=2) for record in records).encode()
        case "bulk":
            return "".join(f'{{"index":{{}}}}\n{json.dumps(record)}\n' for record in records).encode()
    return data


def packed(data: bytes, how: str) -> bytes:
    """Return content in an archive."""
    if how == "gzip":
        return gzip.compress(data)
    if how == "zip":
        return zipped({"folder/one.dat": data})
    return tarred({"one.dat": data}) if how == "tar" else data


class Fuzzer:
    """Runs cases in a workspace of their own and counts what became of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.outcomes: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.failed = b""
        self._cases = 0
        self._ws = Workspace.create(folder / "fuzz.docops")

    def run(self, name: str, data: bytes) -> None:
        """Preview and import one file.

        Raises:
            AssertionError, HangError, or whatever the importer should not have raised.
        """
        self._cases += 1
        path = self._folder / f"{self._cases}-{name}"
        path.write_bytes(data)
        started = time.monotonic()
        try:
            with limited():
                self._run(path, data)
        except BaseException:
            self.failed = data  # the last one is the smallest
            raise
        finally:
            self.slowest = max(self.slowest, (time.monotonic() - started, path.name))
            path.unlink()

    def _run(self, path: Path, data: bytes) -> None:
        before = len(self._ws.ledger())
        try:
            seen = preview_file(path, rows=None)
            record = import_file(self._ws, path)
        except KnownError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert len(self._ws.ledger()) == before, "a refused file left a ledger row"
            assert str(path) in refusal, f"a refusal that does not name its file: {refusal}"
            self.outcomes["refused"] += 1
            return
        self.outcomes[record.status] += 1
        if record.status == LOADED:
            accounted = record.rows_loaded + record.rows_filtered + record.rows_quarantined
            assert record.rows_read == accounted, record
            estimate = seen.estimate
            assert estimate.read == estimate.loaded + estimate.filtered + estimate.quarantined, estimate
            expected = plain_records(seen, data)
            assert expected is None or record.rows_read == expected, (record.rows_read, expected)
            one_file = not any(warning.startswith("the archive holds") for warning in seen.warnings)
            if one_file and not any(
                reason.endswith("already loaded") or reason == BEACON_REPEATED for reason in record.filtered
            ):
                foretold = (estimate.read, estimate.loaded, estimate.filtered, estimate.quarantined)
                happened = (record.rows_read, record.rows_loaded, record.rows_filtered, record.rows_quarantined)
                assert foretold == happened, (foretold, happened)
            assert record.rows_read >= least_records(seen, data), (record.rows_read, least_records(seen, data))
            if self._cases % KEPT:
                self._ws.forget(record.import_id)

    def close(self) -> None:
        """Check the workspace, and close it."""
        faults = [result for result in check_workspace(self._ws) if not result.ok]
        self._ws.close()
        assert not faults, faults


def plain_records(seen: Preview, data: bytes) -> int | None:
    """Return how many records a table must have when counting its lines can tell, else None."""
    if (
        seen.format != "delimited"
        or seen.encoding != "utf-8"
        or any(mark in data for mark in (b'"', b"'", b"\r", b"\x1f\x8b", b"PK"))
    ):
        return None
    return sum(bool(line) for line in data.split(b"\n")[seen.preamble_lines + 1 :])


def least_records(seen: Preview, data: bytes) -> int:
    """Return how many records an export of one JSON object per line has at the least: one per line, broken or not."""
    if (
        seen.format != "json_lines"
        or seen.encoding != "utf-8"
        or data.startswith((b"PK", b"\x1f\x8b"))
        or b"folder" in data
    ):
        return 0
    return sum(
        line.strip(b" \t\r\n,\x1e") not in (b"", b"[", b"]") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    )


@contextmanager
def limited() -> Iterator[None]:
    """Let nothing take longer than the limit; what does not even answer a signal ends the process with its stack."""

    def stop(*_: object) -> None:
        raise HangError(f"longer than {LIMIT_SECONDS} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    faulthandler.dump_traceback_later(3 * LIMIT_SECONDS, exit=True)
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


def attack(fuzzer: Fuzzer, name: str, cases: int, number: int) -> None:
    """Run that many damaged versions of one export; the first failure, shrunk, is raised."""

    @seed(number)
    @settings(
        max_examples=cases, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    @given(damaged(name))
    def case(data: bytes) -> None:
        fuzzer.run(name, data)

    case()


def main() -> int:
    """Attack one export after the other until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for content that fails")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    outcomes: Counter[str] = Counter()
    slowest = (0.0, "")
    failed = 0
    number = options.seed
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            fuzzer = Fuzzer(Path(folder))
            for name in Random(number).sample(sorted(EVERY), len(EVERY)):  # a short run meets others than the last one
                number += 1
                if time.monotonic() > end:
                    break
                try:
                    attack(fuzzer, name, CASES, number)
                except Exception as error:
                    failed += 1
                    sys.stdout.write(f"{name}, seed {number}: {type(error).__name__}: {error}\n")
                    error.__notes__ = []  # the whole content
                    sys.excepthook(*sys.exc_info())
                    if options.keep is not None:
                        (options.keep / f"{number}-{name}").write_bytes(fuzzer.failed)
            fuzzer.close()
            outcomes += fuzzer.outcomes
            slowest = max(slowest, fuzzer.slowest)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    sys.stdout.write(
        f"{outcomes.total():,} files: {told}; {failed} failures; the slowest took {slowest[0]:.2f} s ({slowest[1]})\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
