"""The rows of set bits are listed alike by the processor's instruction for it and without."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.kernels import environment


@pytest.mark.parametrize("features", [{}, None])
def test_rows_are_listed_with_and_without_the_instruction(features, monkeypatch):
    environment.prepare()
    numba = pytest.importorskip("numba")
    from llvmlite import binding

    from docops_desktop.kernels import rows

    if features is not None:
        monkeypatch.setattr(binding, "get_host_cpu_features", lambda: features)
    list_rows = numba.njit(rows.list_rows.py_func)  # compiled anew: what the processor has is asked then
    rng = np.random.default_rng(1)
    for n, share in (
        (1, 1.0),
        (63, 0.5),
        (64, 1.0),
        (65, 0.02),
        (1_000, 0.1),
        (1_000, 0.97),
        (4_096, 0.0),
        (4_100, 1.0),
    ):
        kept = rng.random(n) < share
        padded = np.zeros(-(-n // 64) * 64, dtype=np.bool_)
        padded[:n] = kept
        bits = np.packbits(padded, bitorder="little").view(np.uint64)
        out = np.zeros(n + 64, dtype=np.uint32)
        found = list_rows(bits, n, out)
        assert out[:found].tolist() == np.flatnonzero(kept).tolist()
    if features is not None:
        assert not any("compress" in code for code in list_rows.inspect_asm().values())


@pytest.mark.parametrize("features", [{}, None])
def test_ranges_are_listed_with_and_without_the_instruction(features, monkeypatch):
    environment.prepare()
    numba = pytest.importorskip("numba")
    from llvmlite import binding

    from docops_desktop.kernels import rows

    if features is not None:
        monkeypatch.setattr(binding, "get_host_cpu_features", lambda: features)
    list_ranges = numba.njit(rows.list_ranges.py_func)
    rng = np.random.default_rng(2)
    for n, share, most in ((1, 1.0, 255), (64, 1.0, 255), (127, 0.0, 9), (1_000, 0.1, 255), (4_097, 0.6, 5)):
        counts = rng.integers(0, most + 1, n).astype(np.uint8)
        kept = rng.random(n) < share
        padded = np.zeros(-(-n // 64) * 64, dtype=np.bool_)
        padded[:n] = kept
        low, lengths = (np.zeros(n + 64, dtype=np.uint32) for _ in range(2))
        found = list_ranges(np.packbits(padded, bitorder="little").view(np.uint64), counts, n, low, lengths)
        starts = np.cumsum(counts, dtype=np.int64) - counts
        assert low[:found].tolist() == starts[kept].tolist()
        assert lengths[:found].tolist() == counts[kept].tolist()
    if features is not None:
        assert not any("compress" in code for code in list_ranges.inspect_asm().values())
