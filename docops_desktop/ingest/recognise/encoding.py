"""Which character encoding an export is in, and its text as UTF-8 bytes.

Order: byte-order mark, UTF-16 without a mark (by its zero bytes), strict UTF-8, then CP1252; only when its words can't be spelt so in a western
language is another code page of a Latin alphabet looked at (``code_pages``), and when CP1252 has no such characters, or its words would be no words
at all, is a statistical guess asked for. Nothing in a file of a legacy encoding says which one it is: ``HOW`` says how it was judged. Text is
transcoded, never repaired: bytes that do not fit make a broken line.
On the 48 generated files that ``dialect`` tells of this order gave the right text 48 times, charset-normalizer alone 39 times (short CP1252 texts
pass as other code pages).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.recognise.code_pages import letters_of
from docops_desktop.model.errors import ExportError, RequestError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_EDGES = np.zeros(256, dtype=np.bool_)
_EDGES[list(b',;|^~\t"\r\n')] = True
_LEGACY = (
    *(
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "iso8859_2",
        "koi8_r",
        "cp850",
        "mac_roman",
    ),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What a statistical guess chooses from: all others are rare, and would only be taken for these."""
_WITH_CONTROLS = ("cp850", "mac_roman")
"""The same where there are bytes that CP1252 does not know: usual letters of these."""
_STRANGE_SHARE, _STRANGE_WORDS, _COHERENT = 0.25, 5, 0.5
"""Of the words with characters beyond ASCII, more strange ones make CP1252 doubtful; when there are so many, and a guess finds a language in them so
surely (0 to 1, random characters reach 0.42), the guess counts."""
_WORD_ENDS = re.compile(r"[\s,;|\t\"]+")
_STRANGE = re.compile(
    r"[^\x00-\x7f]{3}"
    r"|(?<=[^\W\d_])[\x80-\x9f\xa1-\xbf\u201a\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u2022\u02dc\u203a](?=[^\W\d_])"
    r"|(?<=[^\W\d_])[\xbf\xa1\xa3\xa5\xaf\xbc\xbe\xa4\xa6\xac]|[\xa3\xa5](?=[a-z\xe0-\xff])"
)
"""In a word: three such characters in a row, or signs between or behind letters that no western language writes there (a pound, a turned question mark)."""
How = Literal["mark", "valid", "ascii", "zeros", "assumed", "letters", "statistics", "named"]
HOW: dict[How, str] = {
    "mark": "certain: the file begins with its byte-order mark",
    "valid": "certain: what was read is valid UTF-8",
    "ascii": "certain so far: what was read is plain ASCII",
    "zeros": "nearly certain: every other byte is zero",
    "assumed": "assumed: it is no UTF-8, and the file does not say what it is",
    "letters": "by its letters: they spell words of one language here, and of no western one in CP1252",
    "statistics": "a statistical guess: it is neither UTF-8 nor CP1252 with western words",
    "named": "as asked for",
}
"""How an encoding was judged, in words."""
ADVICE = "name the encoding (--encoding)"
"""What to do about a doubt, for those who type commands."""
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x0b\x1b\x1a\x08")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: Python's codec name, length of the byte-order mark, whether lines end with a lone CR, how it was judged, and what else it may be.

    ``language``: the one that its letters (or those that it would have in ``perhaps``) look like, "" = not judged.
    """

    name: str
    mark_bytes: int = 0
    cr_lines: bool = False
    how: How = "valid"
    perhaps: str = ""
    language: str = ""

    @property
    def guessed(self) -> bool:
        """Whether later text may show another one: all that was seen is ASCII."""
        return self.how == "ascii"

    @property
    def doubt(self) -> str:
        """What a user should know before the text is believed, "" for nothing."""
        shown = f"the text is read as {self.name}"
        if self.how in ("statistics", "letters"):
            why = f"as its letters are those of {self.language}" if self.language else "by a statistical guess"
            return f"{shown}, {why}: look at the letters, and {ADVICE} if they are wrong"
        if self.perhaps and self.language:
            return f"{shown}, but its letters look like {self.language}, perhaps it is {self.perhaps}: {ADVICE}"
        if self.perhaps:
            return (
                f"{shown}, but its words look like none of a western language; perhaps it is {self.perhaps}: {ADVICE}"
            )
        return ""

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes are UTF-8 already."""
        return self.name == "utf-8"


def named(name: str) -> str:
    """Return the codec's own name of an encoding that a user names; "" stays "".

    Raises:
        RequestError: there is no such encoding.
    """
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError) as error:
        raise RequestError(
            f"there is no encoding {name!r}", "--encoding", "Use for example utf-8, cp1252, cp1250, cp1251 or shift_jis"
        ) from error
    return codecs.lookup(name).name if name else ""


def detect(sample: bytes, *, complete: bool, where: str = "", known: str = "") -> Encoding:
    """Return the encoding of text that begins with ``sample``.

    Args:
        sample: first bytes of the file.
        complete: whether the sample is the whole file (else its last character may be cut).
        where: the file's name, for the error.
        known: an encoding that was named.

    Raises:
        ExportError: these bytes are not text.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark) and (not known or name.startswith(known)):
            return _with_lines(name, len(mark), sample, "mark")
    if known:
        return _with_lines(known, 0, sample, "named")
    wide = _wide_without_mark(sample)
    if wide:
        return _with_lines(wide, 0, sample, "zeros")
    _refuse_binary(sample, where)
    if _decodes(sample, "utf-8", complete) or not is_eight_bit(sample):
        return _with_lines("utf-8", 0, sample, "ascii" if sample.isascii() else "valid")
    judged = eight_bit(sample)
    return replace(judged, cr_lines=_with_lines(judged.name, 0, sample, judged.how).cr_lines)


def is_eight_bit(data: bytes) -> bool:
    """Tell whether bytes that are not ASCII are text of a single-byte encoding rather than UTF-8 with some broken lines.

    Text of a single-byte encoding is valid UTF-8 by accident only: a tenth of the lines is proof of UTF-8.
    """
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return 10 * sum(map(is_utf8, lines)) < len(lines)


def eight_bit(sample: bytes) -> Encoding:
    """Return the single-byte (or other legacy) encoding of text that is not UTF-8, how it was judged, and another one that is possible."""
    from charset_normalizer import from_bytes

    letters = letters_of(sample)
    is_cp1252 = _decodes(sample, "cp1252", True)
    if letters is not None and letters.sure and _decodes(sample, letters.codec, True):
        return Encoding(letters.codec, how="letters", language=letters.language)
    if not is_cp1252:
        best = from_bytes(sample[: 1 << 16], cp_isolation=[*_LEGACY, *_WITH_CONTROLS]).best()
        return Encoding(best.encoding, how="statistics") if best is not None else Encoding("cp1252", how="assumed")
    if letters is not None:
        return Encoding("cp1252", how="assumed", perhaps=letters.codec, language=letters.language)
    words = [word for word in _WORD_ENDS.split(sample.decode("cp1252")) if not word.isascii()]
    strange = sum(bool(_STRANGE.search(word)) for word in words)
    if strange <= _STRANGE_SHARE * len(words):
        return Encoding("cp1252", how="assumed")
    best = from_bytes(" ".join(words).encode("cp1252")[: 1 << 16], cp_isolation=list(_LEGACY)).best()
    if best is None or strange < _STRANGE_WORDS or best.coherence < _COHERENT:
        other = best.encoding if best is not None else "a code page of another region"
        return Encoding("cp1252", how="assumed", perhaps=other)
    return Encoding(best.encoding, how="statistics")


def _decodes(sample: bytes, name: str, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(sample, final=complete)
    except UnicodeDecodeError:
        return False
    return True


def _wide_without_mark(sample: bytes) -> str:
    head = sample[: 1 << 14]
    head = head[: len(head) & ~1]
    if len(head) < 4:
        return ""
    pairs = len(head) // 2
    low, high = head[0::2].count(0), head[1::2].count(0)
    if high > 0.6 * pairs and low < 0.05 * pairs:
        return "utf-16-le"
    if low > 0.6 * pairs and high < 0.05 * pairs:
        return "utf-16-be"
    return ""


def _refuse_binary(sample: bytes, where: str) -> None:
    controls = sum(1 for byte in sample[: 1 << 14] if byte < 32 and byte not in _TEXT_CONTROLS)
    if controls > max(2, 0.01 * min(len(sample), 1 << 14)):
        raise ExportError(
            "this is a binary file, not a table or a log",
            where,
            "Import CSV, TSV, JSON, NDJSON, Parquet or a log file, plain or packed with gzip or zip",
        )


def _with_lines(name: str, mark_bytes: int, sample: bytes, how: How) -> Encoding:
    if b"\r" not in sample:
        return Encoding(name, mark_bytes, how=how)
    text = sample[mark_bytes:].decode(name, "ignore").encode("utf-8", "surrogatepass")
    ends, inside = _line_ends(np.frombuffer(text, dtype=np.uint8), inside=False)
    outside = text if not inside.any() else bytes(bytearray(text[place] for place in ends[~inside]))
    return Encoding(name, mark_bytes, b"\n" not in outside and b"\r" in outside, how)


def _line_ends(data: npt.NDArray[np.uint8], *, inside: bool) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return where CR and LF stand, and which of them stand inside of quotes (only quotes at the edge of a cell open or close)."""
    ends = np.flatnonzero((data == 13) | (data == 10))
    quotes = np.flatnonzero(data == 34)
    if not len(quotes):
        return ends, np.full(len(ends), inside)
    before = data[np.maximum(quotes - 1, 0)]
    after = data[np.minimum(quotes + 1, len(data) - 1)]
    at_edge = _EDGES[before] | _EDGES[after] | (quotes == 0) | (quotes == len(data) - 1)
    return ends, (np.searchsorted(quotes[at_edge], ends) + inside) % 2 == 1


def _with_newlines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Make the lone CRs that end lines to LFs; those inside of quotes are text and stay."""
    inside = False
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        cut = max(data.rfind(b"\r"), data.rfind(b"\n")) + 1
        rest = data[cut:]
        array = np.frombuffer(data[:cut], dtype=np.uint8).copy()
        ends, quoted = _line_ends(array, inside=inside)
        if len(ends):
            inside = bool(quoted[-1])
            lone = ends[~quoted]
            array[lone[array[lone] == 13]] = 10
            yield array.tobytes()
    if rest:
        yield rest


def sample_text(sample: bytes, encoding: Encoding) -> str:
    """Return the text of a file's first bytes; lines end with LF (or CR LF)."""
    text = sample[encoding.mark_bytes :].decode(encoding.name, "replace")
    if not encoding.cr_lines:
        return text
    return b"".join(_with_newlines(iter([text.encode("utf-8", "surrogatepass")]))).decode("utf-8", "surrogatepass")


def utf8_chunks(stream: BinaryIO, encoding: Encoding, size: int) -> Iterator[bytes]:
    """Yield the stream's text as UTF-8 bytes in chunks of about ``size``; a UTF-8 stream passes unchanged (and unchecked)."""
    chunks = _transcoded(stream, encoding, size)
    yield from _with_newlines(chunks) if encoding.cr_lines else chunks


def _transcoded(stream: BinaryIO, encoding: Encoding, size: int) -> Iterator[bytes]:
    stream.read(encoding.mark_bytes)
    if encoding.is_utf8:
        while chunk := stream.read(size):
            yield chunk
        return
    decoder = codecs.getincrementaldecoder(encoding.name)(_errors(encoding.name))
    while True:
        chunk = stream.read(size)
        text = _decoded(decoder, chunk, encoding.name)
        if text:
            yield text.encode("utf-8", "surrogatepass")
        if not chunk:
            return


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, name: str) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        if not chunk:  # half a character at the very end: its line is told as broken
            return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end])
        raise ExportError(
            f"the text is not {name.upper()} throughout ({error.reason})",
            "",
            "Choose another encoding, or export it again as UTF-8",
        ) from error


def _errors(name: str) -> str:
    """How bytes that do not fit are kept: as C1 controls in CP1252, else as surrogates, which make the line undecodable later."""
    if name == "cp1252":
        return "docops-c1"
    return "surrogatepass" if name.startswith("utf-") else "surrogateescape"


def _keep_c1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("docops-c1", _keep_c1)


def is_utf8(data: bytes) -> bool:
    """Tell whether the bytes are valid UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def line_pieces(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield pieces of whole lines of about ``size`` bytes; the last may lack its newline."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk if rest else chunk
        cut = data.rfind(b"\n") + 1
        if cut == 0 and len(data) < 64 * size:
            rest = data
            continue
        cut = cut or len(data)
        yield data[:cut]
        rest = data[cut:]
    if rest:
        yield rest
