"""What distinguishes one simulated world from another, and the catalogue of worlds that the validation runs.

Every world has the same shop, visitors and load times; a world switches on what fakes or bends an effect. Strengths are on the log scale: of load
time, or of the probability to convert.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

PAGE_GROUPS = (
    "Home",
    "Category",
    "Product",
    "Search",
    "Offers",
    "Article",
    "Help",
    "Store finder",
    "Account",
    "Wishlist",
    "Cart",
    "Delivery",
    "Checkout",
)
"""The thirteen page groups that a visitor sees before converting."""
CONFIRMATION = "Order confirmation"


@dataclass(frozen=True, slots=True)
class World:
    """One world.

    Attributes:
        name: for tables.
        effect: mean elasticity of conversion to the load time of one view (0.05: a view 10 % slower loses 0.5 % of the conversions behind it; all
            views of a session come to about 0.3, or 1 % of conversions per 100 ms at 3 s).
        spread: coefficient of variation of the elasticity over page groups; one group in eight has none.
        by_device, by_country, by_connection: how much less the slow values convert, relative to how much slower they are.
        by_channel: channels that bring visitors with weak intent load slowly, as a factor of the default channel effect.
        depth: how much faster later views of a session are, beyond the ordinary warm cache, while deep sessions buy more.
        plateau: load time matters between 1.5 and 6 s only.
        only_mobile: load time matters on phones only (there so much more that the average elasticity holds).
        drift: load times rise and conversion falls over the days.
        hidden: strength of a cause that nothing recorded shows, which slows views and lowers conversion.
        sessions: sessions to draw, as a share of what is asked for.
    """

    name: str
    effect: float = 0.05
    spread: float = 0.5
    by_device: float = 0.0
    by_country: float = 0.0
    by_connection: float = 0.0
    by_channel: float = 0.0
    depth: float = 0.0
    plateau: bool = False
    only_mobile: bool = False
    drift: float = 0.0
    hidden: float = 0.0
    sessions: float = 1.0

    @property
    def is_null(self) -> bool:
        """Load time does nothing."""
        return self.effect == 0.0

    @property
    def observed(self) -> bool:
        """What confounds is recorded, so that an adjustment can work."""
        return self.hidden == 0.0


CLEAN = World("clean")
DEVICE = World("device", by_device=1.0)
COUNTRY = World("country", by_country=1.0)
CONNECTION = World("connection", by_connection=1.0)
SEGMENTS = World("device x country x connection", by_device=0.8, by_country=0.8, by_connection=0.8)
CHANNEL = World("channel and intent", by_channel=1.0)
DEPTH = World("session depth", depth=1.0)
PLATEAU = World("plateau", plateau=True, by_device=0.5, by_connection=0.5)
MOBILE = World("effect on phones only", only_mobile=True, by_device=0.5, by_country=0.5)
DRIFT = World("drift", drift=1.0)
EVERYTHING = World(
    "everything at once", by_device=0.5, by_country=0.5, by_connection=0.5, by_channel=0.5, depth=0.5, drift=0.5
)
HIDDEN = World("hidden cause", hidden=0.15, by_device=0.5)
WEAK = World("weak effect", effect=0.02, by_device=0.5, by_connection=0.5)
UNEQUAL = World("very unequal pages", spread=0.9, by_device=0.5, by_connection=0.5)
SMALL = World("small data", by_device=0.5, by_connection=0.5, sessions=0.01)


def without_effect(world: World) -> World:
    """Return the same world in which load time does nothing."""
    return replace(world, name=f"null: {world.name}", effect=0.0)


WITH_EFFECT = (CLEAN, DEVICE, COUNTRY, CONNECTION, SEGMENTS, CHANNEL, DEPTH, PLATEAU, MOBILE, DRIFT, EVERYTHING)
NULL = tuple(without_effect(w) for w in (CLEAN, SEGMENTS, CHANNEL, DEPTH, DRIFT, EVERYTHING))
BEYOND = (WEAK, UNEQUAL, HIDDEN, without_effect(HIDDEN), SMALL)
"""Harder worlds, told apart in the table: an effect near the noise, an unrecorded cause, too little data."""
ALL_WORLDS = (*WITH_EFFECT, *NULL, *BEYOND)
