"""User agents to device, operating system and browser, by ua-parser; each distinct text once.

Names are ua-parser's own. A person's robot flag is never invented: a robot is what ua-parser or a short list of monitoring tools names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.values.distinct import coded, recoded
from docops_desktop.ingest.values.values import Bools

CACHE_LIMIT = 200_000
_SYNTHETIC = re.compile(
    r"PTST|Catchpoint|Gomez|Lighthouse|SpeedCurve|Ruxit|DynatraceSynthetic|NewRelicSynthetics|Datadog|Pingdom|"
    r"Rigor|Splunk ?Synthetics|Site24x7|StatusCake|UptimeRobot|BlueTriangle|KeynoteSystems|AlertSite|Synthetic|sitespeed",
    re.IGNORECASE,
)
_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|phantomjs|python-requests|curl/|wget/|facebookexternalhit|"
    r"Google-Read-Aloud|preview|scrap|monitor",
    re.IGNORECASE,
)
_TABLET = re.compile(r"iPad|Tablet|Kindle|Silk/|PlayBook|Nexus (?:7|9|10)|SM-T\d|SM-X\d", re.IGNORECASE)
_TELEVISION = re.compile(r"SmartTV|SMART-TV|AppleTV|GoogleTV|HbbTV|Roku|BRAVIA|AFT[A-Z]|CrKey|Web0S", re.IGNORECASE)
_PHONE = re.compile(r"Mobi|iPhone|iPod|Windows Phone|Opera Mini", re.IGNORECASE)
_GENERIC_MODELS = frozenset({"Other", "Mac", "Spider", "Generic Smartphone", "Generic Tablet", "Generic Feature Phone"})


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says; "" = not known."""

    device_model: str = ""
    device_type: str = ""
    os: str = ""
    browser: str = ""
    bot: bool = False
    synthetic: bool = False


@dataclass(frozen=True)
class Agents:
    """The user agents of a block's rows: coded texts (null = not known) and flags."""

    columns: dict[str, Any]
    bot: Bools
    synthetic: Bools


class AgentReader:
    """Parses user agents and remembers them."""

    def __init__(self) -> None:
        self._seen: dict[str, Agent] = {}

    def read(self, values: Any) -> Agents:
        """Return what a string array of user agents says, row by row."""
        encoded = coded(values)
        agents = [self._agent(text) for text in encoded.dictionary.to_pylist()]
        columns = {
            name: recoded(encoded.indices, pa.array([getattr(agent, name) or None for agent in agents], pa.string()))
            for name in ("device_model", "device_type", "os", "browser")
        }
        indices = pc.fill_null(encoded.indices, len(agents)).to_numpy(zero_copy_only=False)
        bot = np.array([agent.bot for agent in agents] + [False], dtype=bool)[indices]
        synthetic = np.array([agent.synthetic for agent in agents] + [False], dtype=bool)[indices]
        return Agents(columns, bot, synthetic)

    def _agent(self, text: str) -> Agent:
        found = self._seen.get(text)
        if found is None:
            found = parse_agent(text)
            if len(self._seen) < CACHE_LIMIT:
                self._seen[text] = found
        return found


def parse_agent(text: str) -> Agent:
    """Return what one user agent says."""
    from ua_parser import parse

    found = parse(text[:2_000])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    device = found.device.family if found.device else ""
    synthetic = _SYNTHETIC.search(text) is not None
    bot = not synthetic and (device == "Spider" or _BOT.search(text) is not None)
    return Agent(
        "" if device in _GENERIC_MODELS else device,
        "" if bot else _type(text, system),
        "" if system == "Other" else system,
        "" if browser == "Other" else browser,
        bot,
        synthetic,
    )


def _type(text: str, system: str) -> str:
    if _TELEVISION.search(text):
        return "TV"
    if _TABLET.search(text) or (system == "Android" and not _PHONE.search(text)):
        return "Tablet"
    if _PHONE.search(text):
        return "Mobile"
    if system in ("Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "FreeBSD", "Debian"):
        return "Desktop"
    return ""
