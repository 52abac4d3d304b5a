"""The fused pass with 64-bit histograms, for weighted facts that stand for 2^32 page views or more.

Apart from ``fused`` because hardly anybody needs it and every signature costs seconds to compile.
"""

from __future__ import annotations

from numba import njit, types

from docops_desktop.kernels import fused

scan = njit([fused.signature(types.int64)], nogil=True, cache=True, _nrt=False)(fused.scan.py_func)
