"""Every topic string, against the table of INTERFACES.md, which dashboards and scripts rely on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bcm_mqtt
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, MAIN_QUANTITIES, Topics

PUBLISHED: dict[str, tuple[str, Callable[[Topics], str]]] = {
    "bridge_state": ("bcm/bridge/dc1/state", lambda topics: topics.bridge_state("dc1")),
    "bridge_info": ("bcm/bridge/dc1/info", lambda topics: topics.bridge_info("dc1")),
    "bridge_lease": ("bcm/bridge/dc1/lease", lambda topics: topics.bridge_lease("dc1")),
    "availability": ("bcm/rpp-1a/availability", lambda topics: topics.availability("rpp-1a")),
    "directory": ("bcm/rpp-1a/directory", lambda topics: topics.directory("rpp-1a")),
    "snapshot": ("bcm/rpp-1a/snapshot", lambda topics: topics.snapshot("rpp-1a")),
    "circuit": (
        "bcm/rpp-1a/circuit/13/current",
        lambda topics: topics.circuit("rpp-1a", 13, "current"),
    ),
    "main": ("bcm/rpp-1a/main/current_a", lambda topics: topics.main("rpp-1a", "current_a")),
    "plain_alarm": (
        "bcm/rpp-1a/circuit/13/overload",
        lambda topics: topics.plain_alarm("rpp-1a", 13, AlarmKind.OVERLOAD),
    ),
    "circuit_directory": (
        "bcm/rpp-1a/circuit/13/directory",
        lambda topics: topics.circuit_directory("rpp-1a", 13),
    ),
    "alarm": (
        "bcm/rpp-1a/circuit/13/alarm",
        lambda topics: topics.alarm("rpp-1a", 13, AlarmKind.OVERLOAD),
    ),
    "recorder_state": ("bcm/recorder/dc1/state", lambda topics: topics.recorder_state("dc1")),
    "stored": ("bcm/recorder/dc1/stored", lambda topics: topics.stored("dc1")),
    "request": ("bcm/bridge/dc1/request/poll", lambda topics: topics.request("dc1", "poll")),
    "response": ("bcm/bridge/dc1/response/poll", lambda topics: topics.response("dc1", "poll")),
    "instance_request": (
        "bcm/bridge/dc1/request/instance",
        lambda topics: topics.instance_request("dc1"),
    ),
    "instance_response": (
        "bcm/bridge/dc1/response/instance",
        lambda topics: topics.instance_response("dc1"),
    ),
    "month_to_date": (
        "bcm/customer/Customer1/month_to_date",
        lambda topics: topics.month_to_date("Customer1"),
    ),
    "site_month_to_date": (
        "bcm/billing/month_to_date",
        lambda topics: topics.site_month_to_date,
    ),
    "hours_request": ("bcm/billing/request/hours", lambda topics: topics.hours_request),
    "hours_response": ("bcm/billing/response/hours", lambda topics: topics.hours_response),
    "report_request": ("bcm/billing/request/report", lambda topics: topics.report_request),
    "report_response": ("bcm/billing/response/report", lambda topics: topics.report_response),
    "discovery": (
        "homeassistant/device/dc1_rpp-1a_13/config",
        lambda topics: topics.discovery("dc1_rpp-1a_13"),
    ),
}
"""What INTERFACES.md names, by the method that makes it."""
SUBSCRIBED = {
    "home_assistant_status": "homeassistant/status",
    "every_snapshot": "bcm/+/snapshot",
    "every_directory": "bcm/+/directory",
    "every_circuit_value": "bcm/+/circuit/+/+",
    "every_month_to_date": "bcm/customer/+/month_to_date",
}
FOR_ONE = {
    "every_request": "bcm/bridge/dc1/request/+",
    "every_snapshot_shared": "$share/dc1/bcm/+/snapshot",
}
"""Of one bridge, or one group of recorders."""
WATCHED = {"everything_live", "every_alarm", "every_recorder"}
"""Several filters; see test_watching.py."""
READING = {
    *("circuit_of", "customer_of", "panel_of", "is_snapshot", "is_info", "subject_of"),
    "recorder_of",
}
"""Methods that take topics apart."""
MADE = {name: make(Topics()) for name, (_, make) in PUBLISHED.items()}


def test_no_topic_is_missing_from_this_table() -> None:
    public = {name for name in vars(Topics) if not name.startswith("_")}
    assert public - {"base", "discovery_prefix"} == {
        *PUBLISHED,
        *SUBSCRIBED,
        *FOR_ONE,
        *READING,
        *WATCHED,
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_topic_is_the_one_of_the_interfaces(name: str) -> None:
    assert MADE[name] == PUBLISHED[name][0]


@pytest.mark.parametrize("name", SUBSCRIBED)
def test_a_subscription_is_the_one_of_the_interfaces(name: str) -> None:
    assert getattr(Topics(), name) == SUBSCRIBED[name]


@pytest.mark.parametrize("name", FOR_ONE)
def test_a_subscription_of_one_is_the_one_of_the_interfaces(name: str) -> None:
    assert getattr(Topics(), name)("dc1") == FOR_ONE[name]


@pytest.mark.parametrize("quantity", ["current", "power", "energy", "load"])
def test_a_circuits_quantities_are_topics_of_their_own(quantity: str) -> None:
    topic = Topics().circuit("rpp-1a", 13, quantity)
    assert topic == f"bcm/rpp-1a/circuit/13/{quantity}"
    assert Topics().circuit_of(topic) == ("rpp-1a", 13, quantity)
    deep = Topics("site/dc1/bcm")
    assert deep.circuit_of(deep.circuit("rpp-1a", 13, quantity)) == ("rpp-1a", 13, quantity)


BASES = ["site-2", "site/dc1/bcm"]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_base_and_prefix_are_the_first_levels_of_every_topic(name: str, base: str) -> None:
    moved = PUBLISHED[name][1](Topics(base=base, discovery_prefix="ha"))
    first = "ha" if name == "discovery" else base
    assert moved == f"{first}/{MADE[name].split('/', 1)[1]}"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_topic_means_the_same_below_any_base(name: str, base: str) -> None:
    moved = Topics(base=base)
    topic = PUBLISHED[name][1](moved)
    assert moved.subject_of(topic) == Topics().subject_of(MADE[name])
    assert moved.recorder_of(topic) == Topics().recorder_of(MADE[name])
    assert moved.is_info(topic) == Topics().is_info(MADE[name])


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", SUBSCRIBED)
def test_base_and_prefix_are_the_first_levels_of_every_subscription(name: str, base: str) -> None:
    moved = getattr(Topics(base=base, discovery_prefix="ha"), name)
    first = "ha" if name == "home_assistant_status" else base
    assert moved == f"{first}/{SUBSCRIBED[name].split('/', 1)[1]}"


@pytest.mark.parametrize("name", ["snapshot", "directory"])
@pytest.mark.parametrize("base", ["bcm", "snapshot", *BASES])
def test_a_panel_is_read_back_from_its_topic(base: str, name: str) -> None:
    topics = Topics(base)
    topic = PUBLISHED[name][1](topics)
    assert topics.panel_of(topic) == "rpp-1a"
    assert topics.is_snapshot(topic) is (name == "snapshot")


@pytest.mark.parametrize(
    ("customer", "level"),
    [
        ("Customer 1", "Customer%201"),
        ("A/B+C#D", "A%2FB%2BC%23D"),
        ("100%", "100%25"),
        ("a%2Fb", "a%252Fb"),
        ("Zürich", "Z%C3%BCrich"),
        ("\0\x85\uffff", "%00%C2%85%EF%BF%BF"),
        ("..", ".."),
    ],
)
def test_a_customer_of_any_name_has_a_topic(customer: str, level: str) -> None:
    assert Topics().month_to_date(customer) == f"bcm/customer/{level}/month_to_date"


@given(st.text(min_size=1), st.sampled_from(["bcm", "customer", *BASES]))
def test_a_customer_is_read_back_from_its_topic_which_every_broker_takes(
    customer: str, base: str
) -> None:
    topics = Topics(base)
    topic = topics.month_to_date(customer)
    assert topics.customer_of(topic) == customer
    assert re.fullmatch(rf"{base}/customer/[\w.~%-]+/month_to_date", topic, re.ASCII)


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_published_topic_has_a_wildcard(name: str) -> None:
    assert not {"+", "#"} & set(MADE[name])


@pytest.mark.parametrize("kind", [kind for kind in AlarmKind if kind.main or kind.pair])
def test_every_alarm_of_a_panel_has_a_topic_that_is_taken_back_with_the_panel(
    kind: AlarmKind,
) -> None:
    assert Topics().alarm("rpp-1a", MAIN, kind) in {
        Topics().main("rpp-1a", quantity) for quantity in MAIN_QUANTITIES
    }


@pytest.mark.parametrize("kind", [AlarmKind.OVERLOAD, AlarmKind.NO_DATA])
def test_every_alarm_of_a_circuit_has_a_topic_that_is_taken_back_with_the_circuit(
    kind: AlarmKind,
) -> None:
    assert Topics().alarm("rpp-1a", 13, kind) in {
        Topics().circuit("rpp-1a", 13, quantity) for quantity in CIRCUIT_QUANTITIES
    }


def test_no_other_module_spells_a_topic() -> None:
    spelt = re.compile(
        r"""["'{}/](bridge|circuit|main|customer|billing|request|response|device)/[{+#a-z]"""
        r"""|/(snapshot|directory|availability|state|info|month_to_date|config|request)["']"""
    )
    package = Path(bcm_mqtt.__file__).parent
    pages = {package / "web", package / "cli"}  # whose paths look the same
    found = {
        str(file.relative_to(package))
        for file in package.rglob("*.py")
        if not pages & {*file.parents} and spelt.search(file.read_text())
    }
    assert found == {"mqtt/topics.py"}
