"""How large type is in a window of some size: a wall monitor has several times a desk's room and is read from afar.

Larger room first holds more (up to about 2560x1440), then larger type. The user's own type size multiplies what is found here.
"""

from __future__ import annotations

TYPE_STEPS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
"""Few steps, because each dresses the whole window anew."""
DESK = (2400, 1350)
"""Window, in device-independent pixels, from which on type grows."""
GLANCE = (1400, 760)
"""The same for what is meant to be read at a glance from across a room."""


def type_factor(width: int, height: int, usual: tuple[int, int] = DESK) -> float:
    """Return how many times larger than usual the type is in a window of so many device-independent pixels."""
    room = min(width / usual[0], height / usual[1])
    return max(step for step in TYPE_STEPS if step <= max(room, 1.0))
