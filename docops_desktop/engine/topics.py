"""Publish and subscribe between the desk and whatever shows it.

A subscriber's fault never stops the others and is never lost: it goes to the ``on_fault`` function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Callback = Callable[[Any], None]

TOPICS: tuple[str, ...] = (
    "workspace",
    "selection",
    "view",
    "scenario",
    "history",
    "results",
    "scenarios",
    "whatif",
    "whatif_model",
    "cause",
    "findings",
    "busy",
    "jobs",
    "imports",
    "follow",
    "message",
)


class Topics:
    """Callbacks by topic, called in the order of subscription."""

    def __init__(self, on_fault: Callable[[Exception, str], None]) -> None:
        self._callbacks: dict[str, list[Callback]] = {topic: [] for topic in TOPICS}
        self._on_fault = on_fault

    def subscribe(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Call ``callback(payload)`` at each publication; return a function that ends it (calling that twice is harmless).

        Raises:
            ValueError: there is no such topic.
        """
        if topic not in self._callbacks:
            raise ValueError(f"there is no topic {topic!r}; topics: {', '.join(TOPICS)}")
        callbacks = self._callbacks[topic]
        callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in callbacks:
                callbacks.remove(callback)

        return unsubscribe

    def publish(self, topic: str, payload: Any) -> None:
        """Hand ``payload`` to each subscriber that is still subscribed when its turn comes."""
        callbacks = self._callbacks[topic]
        for callback in tuple(callbacks):
            if callback not in callbacks:
                continue
            try:
                callback(payload)
            except Exception as error:
                self._on_fault(error, f"showing {topic}")
