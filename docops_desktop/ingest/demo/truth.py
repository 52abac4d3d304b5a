"""What really happened in a demo workspace, so that analyses can be held to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

TRUTH_KEY = "demo_truth"
"""Key of the truth among the workspace's definitions."""


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """The planted incident and the true effects of speed.

    Attributes:
        device_model, carrier, page_group: what was hit: views of that page group, in sessions of that model on that operator.
        start_ms, end_ms: the sessions hit start in this half-open span (UTC epoch ms).
        lost_conversions: expected conversions that the incident cost: over the sessions hit, conversion probability without it minus with it,
            from the probabilities that the demo itself drew from.
        lost_revenue: the same in major units of ``currency``, with the expected basket of each session.
        expected_conversions: expected conversions of the sessions hit, had nothing happened.
        sessions_hit: sessions of that model on that operator in the span.
        effect_per_100_ms: by page group, true relative loss of conversions per 100 ms on the session's first view of the group.
        sessions, seed, days: what was asked for; robots are part of ``sessions``.
        first_ms: begin of the data.
    """

    device_model: str
    carrier: str
    page_group: str
    start_ms: int
    end_ms: int
    lost_conversions: float
    lost_revenue: float
    expected_conversions: float
    sessions_hit: int
    sessions: int
    seed: int
    days: int
    first_ms: int
    currency: str = "EUR"
    effect_per_100_ms: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        data = asdict(self)
        data["effect_per_100_ms"] = dict(self.effect_per_100_ms)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DemoTruth:
        """Read what ``to_json`` wrote.

        Raises:
            TypeError: the data are not a demo's truth.
        """
        return cls(**data)
