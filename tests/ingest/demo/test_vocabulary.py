from __future__ import annotations

import numpy as np

from docops_desktop.ingest.demo.acquisition import acquisitions
from docops_desktop.ingest.demo.blocks import vocabulary
from docops_desktop.ingest.demo.devices import PLANTED_MODEL, devices
from docops_desktop.ingest.demo.places import COUNTRIES, N_CARRIERS, PLANTED_CARRIER, places


def test_sizes_are_those_of_a_large_retailer() -> None:
    words = vocabulary()
    assert len(words["device_model"]) == len(set(words["device_model"])) == 18_000
    assert len(words["carrier"]) == len(set(words["carrier"])) == N_CARRIERS
    assert 40 <= len(words["country"]) == len(set(words["country"])) <= 60
    assert 180 <= len(set(words["campaign"]) - {""}) <= 230


def test_an_operator_serves_one_country_only() -> None:
    table = places()
    rows = table.carrier_tables.reshape(len(COUNTRIES), 2, -1)
    for country in range(len(COUNTRIES)):
        assert (table.carrier_country[rows[country]] == country).all()
        assert table.carriers[rows[country, 0, 0]].endswith(COUNTRIES[country].code)


def test_the_planted_names_exist() -> None:
    assert vocabulary()["device_model"][devices().planted] == PLANTED_MODEL
    assert PLANTED_CARRIER in places().carriers


def test_campaigns_belong_to_one_channel() -> None:
    channel_of: dict[str, str] = {}
    for way in acquisitions().combinations:
        if way.campaign:
            assert channel_of.setdefault(way.campaign, way.channel) == way.channel
    assert np.ptp(acquisitions().channel) == 8
