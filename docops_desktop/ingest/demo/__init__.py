"""The demo workspace: an invented European retailer with one planted incident whose true cost is known.

Shop, device models, operators and campaigns are invented or generic. Nothing here is used to read a real export.
"""

from __future__ import annotations

from docops_desktop.ingest.demo.make import make_demo
from docops_desktop.ingest.demo.truth import DemoTruth

__all__ = ["DemoTruth", "make_demo"]
