"""Publish and subscribe: everybody is told, nobody's fault stops the others."""

from __future__ import annotations

import pytest

from docops_desktop.engine.topics import Topics


@pytest.fixture
def faults() -> list[tuple[Exception, str]]:
    return []


@pytest.fixture
def topics(faults: list[tuple[Exception, str]]) -> Topics:
    return Topics(lambda error, doing: faults.append((error, doing)))


def test_subscribers_are_told_in_order_until_they_unsubscribe(topics: Topics) -> None:
    seen: list[tuple[str, int]] = []
    stop = topics.subscribe("results", lambda n: seen.append(("a", n)))
    topics.subscribe("results", lambda n: seen.append(("b", n)))
    topics.publish("results", 1)
    stop()
    stop()
    topics.publish("results", 2)
    topics.publish("view", 3)
    assert seen == [("a", 1), ("b", 1), ("b", 2)]


def test_a_faulty_subscriber_stops_nobody_and_is_reported(topics: Topics, faults: list[tuple[Exception, str]]) -> None:
    seen: list[int] = []
    error = ValueError("broken panel")

    def broken(_: object) -> None:
        raise error

    topics.subscribe("results", broken)
    topics.subscribe("results", seen.append)
    topics.publish("results", 1)
    assert seen == [1]
    assert faults == [(error, "showing results")]


def test_who_is_taken_off_during_a_publication_hears_nothing_more(topics: Topics) -> None:
    seen: list[int] = []
    topics.subscribe("results", lambda _: stop())
    stop = topics.subscribe("results", seen.append)
    topics.publish("results", 1)
    assert seen == []


def test_an_unknown_topic_is_a_mistake(topics: Topics) -> None:
    with pytest.raises(ValueError, match="weather"):
        topics.subscribe("weather", print)
