"""Draws what a beacon measures beside the load time: TTFB, FCP, LCP, INP, CLS and script errors, all consistent with the load time.

Spreads follow public RUM aggregates: load a little above LCP, TTFB about a quarter of it, INP and CLS mostly good with a long tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.traffic import ViewClass

FloatArray = npt.NDArray[np.float32]

_INP_LN = np.array((4.0, 4.55, 4.4), dtype=np.float32)
_CLS_LN = np.array((-4.0, -3.9, -4.0), dtype=np.float32)
_ERROR_SHARE = 0.03
_UNMEASURED_SHARE = 0.01


@dataclass(frozen=True)
class Timings:
    """Measures of page views; whole ms as float32, CLS as is, NaN = not measured."""

    load_ms: FloatArray
    ttfb_ms: FloatArray
    lcp_ms: FloatArray
    fcp_ms: FloatArray
    inp_ms: FloatArray
    cls: FloatArray
    errors: npt.NDArray[np.int32]


def draw_timings(
    load_ms: FloatArray, kind: npt.NDArray[np.uint8], device_type: npt.NDArray[np.integer], rng: np.random.Generator
) -> Timings:
    """Draw the measures of views with these load times, traffic classes and device types (0 desktop, 1 mobile, 2 tablet)."""
    n = len(load_ms)
    noise = rng.standard_normal((4, n), dtype=np.float32)
    lcp = load_ms * np.minimum(np.exp(np.float32(0.16) * noise[0] - np.float32(0.24)), np.float32(1.0))
    ttfb = lcp * np.minimum(np.exp(np.float32(0.40) * noise[1] - np.float32(1.20)), np.float32(0.9))
    fcp = ttfb + (lcp - ttfb) * (np.float32(0.35) + np.float32(0.6) * rng.random(n, dtype=np.float32))
    inp = np.exp(_INP_LN[device_type] + np.float32(0.85) * noise[2])
    cls = np.exp(_CLS_LN[device_type] + np.float32(1.3) * noise[3])
    u = rng.random(n, dtype=np.float32)
    soft = (kind == ViewClass.SPA) | (kind == ViewClass.BFCACHE)
    nothing = u < _UNMEASURED_SHARE
    cls[(u * 64 % 1) < 0.3] = 0
    ttfb[soft | nothing] = np.nan
    fcp[soft | nothing] = np.nan
    lcp[nothing] = np.nan
    inp[(u * 16 % 1) < 0.35] = np.nan
    load = np.maximum(np.rint(load_ms), 1)
    load[nothing] = np.nan
    errors = (u > 1 - _ERROR_SHARE).astype(np.int32) + (u > 1 - _ERROR_SHARE / 5) + (u > 1 - _ERROR_SHARE / 20)
    return Timings(
        load, np.rint(ttfb), np.rint(lcp), np.rint(fcp), np.rint(inp), np.minimum(cls, 3.0), errors.astype(np.int32)
    )
