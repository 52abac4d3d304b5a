"""SipHash-2-4 is the published one, for texts of any length, wherever they stand in their buffer."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.ingest.privacy import siphash as module
from docops_desktop.ingest.privacy.siphash import siphash

KEY = bytes(range(16))
PUBLISHED = {
    0: 0x726FDB47DD0E0E31, 1: 0x74F839C593DC67FD, 7: 0xAB0200F58B01D137, 8: 0x93F5F5799A932462, 15: 0xA129CA6149BE45E5,
    63: 0x958A324CEB064572,
}  # fmt: skip
"""By length of the text 00 01 02 ...; 15 is the example of the paper."""


def test_published_vectors() -> None:
    texts = pa.array([bytes(range(size)) for size in PUBLISHED])
    assert siphash(KEY, texts).tolist() == list(PUBLISHED.values())


def one_by_one(key: bytes, text: bytes) -> int:
    """SipHash as the paper writes it, word by word."""
    k0, k1 = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count: int) -> None:
        for _ in range(count):
            for total, other, bits, turned in ((0, 1, 13, 0), (2, 3, 16, None), (0, 3, 21, None), (2, 1, 17, 2)):
                v[total] = (v[total] + v[other]) % 2**64
                v[other] = ((v[other] << bits) | (v[other] >> (64 - bits))) % 2**64 ^ v[total]
                if turned is not None:
                    v[turned] = ((v[turned] << 32) | (v[turned] >> 32)) % 2**64

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


@settings(deadline=None)
@given(
    texts=st.lists(st.text(max_size=40), max_size=30), skip=st.integers(0, 5), key=st.binary(min_size=16, max_size=16)
)
def test_each_text_has_its_hash_wherever_it_stands(texts: list[str], skip: int, key: bytes) -> None:
    column = pa.array(texts, pa.string()).slice(skip)
    assert siphash(key, column).tolist() == [one_by_one(key, text.encode()) for text in texts[skip:]]


def test_lengths_count_modulo_256() -> None:
    texts = ["x" * size for size in (255, 256, 300, 1_000)]
    assert siphash(KEY, pa.array(texts)).tolist() == [one_by_one(KEY, text.encode()) for text in texts]


def test_texts_are_hashed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.array([f"session-{number:05d}" for number in range(1_000)])
    at_once = siphash(KEY, texts)
    monkeypatch.setattr(module, "_AT_ONCE", 7)
    assert (siphash(KEY, texts) == at_once).all()
    assert len(set(at_once.tolist())) == 1_000
