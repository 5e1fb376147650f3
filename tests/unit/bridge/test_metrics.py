"""The figures of `/metrics`, and that docs/operations.md has each of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from bcm_mqtt import __version__
from bcm_mqtt.bridge.vitals.metrics import exposition
from bcm_mqtt.bridge.vitals.signs import PanelVitals, Vitals
from unit.bridge.vitals import HEALTHY
from unit.builders import NOON

ROOT = Path(__file__).parents[3]
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


def samples(vitals: Vitals) -> dict[str, float]:
    """By name and labels, without those of the process."""
    _, body = exposition(lambda: vitals)("")
    lines = [line for line in body.decode().splitlines() if line.startswith("bcm_")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_every_figure_is_told_with_its_labels() -> None:
    noon = NOON.timestamp()
    assert samples(replace(HEALTHY, waiting=7, dropped=3)) == {
        f'bcm_build_info{{version="{__version__}"}}': 1,
        "bcm_bridge_connected": 1,
        "bcm_outbox_snapshots": 7,
        "bcm_outbox_bytes": 4096,
        "bcm_outbox_lasts_seconds": 604_800,
        "bcm_outbox_dropped_total": 3,
        "bcm_outbox_disk_failing": 0,
        "bcm_clock_steps_total": 0,
        "bcm_configuration_problem": 0,
        "bcm_directory_problem": 0,
        'bcm_gateway_connected{gateway="gw"}': 1,
        'bcm_gateway_reachable{gateway="gw"}': 1,
        'bcm_gateway_connections_total{gateway="gw"}': 3,
        'bcm_gateway_failures_total{gateway="gw"}': 1,
        'bcm_gateway_overruns_total{gateway="gw"}': 9,
        'bcm_unit_round_trip_seconds{gateway="gw",unit="3"}': 0.015,
        'bcm_unit_failures_total{gateway="gw",unit="3"}': 2,
        'bcm_unit_failures_total{gateway="gw",unit="4"}': 7,
        'bcm_unit_silent{gateway="gw",unit="3"}': 0,
        'bcm_unit_silent{gateway="gw",unit="4"}': 1,
        'bcm_unit_last_answer_timestamp_seconds{gateway="gw",unit="3"}': noon - 5,
        'bcm_polls_total{panel="rpp-1a"}': 12,
        'bcm_panel_last_poll_timestamp_seconds{panel="rpp-1a"}': noon - 5,
        'bcm_panel_answering{panel="rpp-1a"}': 1,
    }


def test_what_is_not_known_yet_has_no_sample_rather_than_zero() -> None:
    found = samples(replace(HEALTHY, panels={"rpp-1a": PanelVitals(0, None, None)}))
    assert found['bcm_polls_total{panel="rpp-1a"}'] == 0
    assert 'bcm_panel_answering{panel="rpp-1a"}' not in found
    assert 'bcm_panel_last_poll_timestamp_seconds{panel="rpp-1a"}' not in found


def test_troubles_are_ones() -> None:
    vitals = replace(HEALTHY, connected=False, disk_fails=True, directory_problem="row 2")
    found = samples(vitals)
    assert found["bcm_bridge_connected"] == 0
    assert found["bcm_outbox_disk_failing"] == found["bcm_directory_problem"] == 1


def test_a_figure_is_of_the_moment_of_the_scrape() -> None:
    now = [HEALTHY]
    scrape = exposition(lambda: now[0])
    assert b"bcm_outbox_snapshots 0.0" in scrape("")[1]
    now[0] = replace(HEALTHY, waiting=5)
    assert b"bcm_outbox_snapshots 5.0" in scrape("")[1]


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain; version=none", "nonsense;;,"])
def test_the_text_format_is_given_to_whoever_asks_for_nothing_better(accept: str) -> None:
    content_type, body = exposition(lambda: HEALTHY)(accept)
    assert content_type.startswith("text/plain; version=0.0.4")
    assert {family.name for family in text_format(body.decode())} >= {"bcm_polls", "bcm_build_info"}


def test_open_metrics_is_given_to_whoever_asks_for_it() -> None:
    content_type, body = exposition(lambda: HEALTHY)(OPEN_METRICS)
    assert content_type.startswith("application/openmetrics-text")
    families = open_metrics(body.decode())  # type: ignore[no-untyped-call]
    assert {family.name for family in families} >= {"bcm_polls", "bcm_build"}


def test_what_the_look_raises_the_scrape_raises() -> None:
    def hung() -> Vitals:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        exposition(hung)("")


def test_the_documented_metrics_are_the_exported_ones() -> None:
    _, body = exposition(lambda: HEALTHY)("")
    exported = {sample.name for family in text_format(body.decode()) for sample in family.samples}
    page = (ROOT / "docs" / "operations.md").read_text()
    documented = re.findall(r"^\| `((?:bcm|process)_\w+)`", page, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == exported
