"""What a good configuration becomes: defaults, overrides, values from elsewhere."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config import MetricsSettings, PublishingSettings, WebSettings, load
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.panel import System
from bcm_mqtt.modbus import Framing, Parity, Serial, Tcp, TransactionIds
from bcm_mqtt.profiles import Addressing, shipped_profiles
from unit.config.site_files import CUSTOMERS, MAIN, changed, link_of, loaded, only

ROOT = Path(__file__).parents[3]


def test_the_shipped_configuration_loads() -> None:
    settings = load(ROOT / "config" / "bcm.yaml", environment={})
    assert settings.panels
    assert settings.terms.default_tariff in settings.terms.tariffs
    circuits = sum(len(directory.versions) for directory in settings.directories.values())
    rows = (ROOT / "config" / "circuits.csv").read_text().splitlines()
    assert circuits == len(rows) - 1


def test_defaults_are_as_documented(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {})
    assert (settings.site.name, settings.site.currency) == ("dc1", "USD")
    assert (settings.bridge.id, settings.bridge.data) == ("dc1", tmp_path / "data/bridge")
    assert settings.database_url == f"sqlite:///{tmp_path}/data/bcm.db"
    mqtt = settings.mqtt
    broker = mqtt.broker
    assert (broker.port, broker.username, broker.password, broker.tls) == (1883, None, None, False)
    assert (broker.protocol, mqtt.topics.base, mqtt.topics.discovery_prefix) == (
        "5",
        "bcm",
        "homeassistant",
    )
    assert mqtt.retain
    assert mqtt.circuit_topics
    assert mqtt.discovery
    gateway = settings.gateways["babel-1"]
    link = link_of(gateway)
    assert isinstance(link, Tcp)
    assert (link.port, gateway.timeout) == (502, timedelta(milliseconds=500))
    panel = settings.panels["rpp-1a"]
    assert only(panel).poll_interval == gateway.poll_interval == timedelta(seconds=15)
    assert only(panel).profile == shipped_profiles()["bg08"]
    assert (panel.panel.name, panel.panel.pole_count, panel.panel.main_rating) == (
        "rpp-1a",
        48,
        None,
    )
    assert (panel.panel.service.system, panel.panel.service.v_ln) == (System.WYE, 120)
    assert panel.panel.power_factor == 1
    assert settings.web == WebSettings(
        enabled=True, host="127.0.0.1", port=8480, hosts=("127.0.0.1",)
    )
    assert settings.publishing == PublishingSettings(enabled=True, every=timedelta(minutes=1))
    tables = {file.name for file in settings.tables}
    assert tables == {"customers.yaml", "formulas.csv", "tariffs.yaml"}
    assert settings.terms.tariffs["standard"].currency == "USD"
    assert settings.terms.tariffs["standard"].zone == settings.site.zone


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("data: d", None),
        ("metrics: {}", MetricsSettings("127.0.0.1", 9480)),
        ("metrics: {host: '::1', port: 0}", MetricsSettings("::1", 0)),
    ],
)
def test_metrics_are_served_only_where_they_are_asked_for(
    tmp_path: Path, written: str, expected: MetricsSettings | None
) -> None:
    files = changed("bcm.yaml", ("mqtt:", f"bridge: {{{written}}}\nmqtt:"))
    found = loaded(tmp_path, files).bridge.metrics
    assert found == expected
    assert found is None or type(found.port) is int  # getaddrinfo refuses a subclass


def test_unit_ids_are_listed_or_counted_from_the_first(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {})
    assert only(settings.panels["rpp-1a"]).unit_ids == tuple(range(1, 9))
    assert only(settings.panels["rpp-1b"]).unit_ids == tuple(range(9, 17))


@pytest.mark.parametrize("unit_id", [0, 248, 255])
def test_over_modbus_tcp_a_unit_id_may_be_any_byte(tmp_path: Path, unit_id: int) -> None:
    change = ("[1, 2, 3, 4, 5, 6, 7, 8]", f"[1, 2, 3, 4, 5, 6, 7, {unit_id}]")
    assert (
        only(loaded(tmp_path, changed("bcm.yaml", change)).panels["rpp-1a"]).unit_ids[-1] == unit_id
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("host: 10.0.0.21", "host: 10.0.0.21\n    transaction_ids: lenient"),
        ("first_unit_id: 9", "first_unit_id: 9\n    transaction_ids: lenient"),
    ],
)
def test_transactions_are_lenient_where_the_gateway_or_one_of_its_panels_says_so(
    tmp_path: Path, old: str, new: str
) -> None:
    (strict,) = map(link_of, loaded(tmp_path, {}).gateways.values())
    changed_settings = loaded(tmp_path, changed("bcm.yaml", (old, new)))
    (lenient,) = map(link_of, changed_settings.gateways.values())
    assert isinstance(strict, Tcp)
    assert strict.transaction_ids is TransactionIds.STRICT
    assert lenient == replace(strict, transaction_ids=TransactionIds.LENIENT)


def test_register_numbers_may_be_those_of_the_manual(tmp_path: Path) -> None:
    generic = "profile: generic\n    parameters: {first_register: 30101, addressing: modicon}"
    files = changed("bcm.yaml", ("first_unit_id: 9", f"first_unit_id: 9\n    {generic}"))
    row = only(loaded(tmp_path, files).panels["rpp-1b"]).profile.rows()[0]
    assert (row.register, row.address, row.function_code) == (30101, 100, 4)


def test_a_panel_overrides_its_profile_and_its_gateway(tmp_path: Path) -> None:
    override = "function_code: 4\n    addressing: one-based\n    poll_interval: 2s"
    files = changed("bcm.yaml", ("first_unit_id: 9", f"first_unit_id: 9\n    {override}"))
    settings = loaded(tmp_path, files)
    panel = settings.panels["rpp-1b"]
    assert (only(panel).profile.function_code, only(panel).profile.addressing) == (
        4,
        Addressing.ONE_BASED,
    )
    assert only(panel).poll_interval == timedelta(seconds=2)
    assert only(settings.panels["rpp-1a"]).profile.function_code == 3


def test_poles_that_the_profile_does_not_measure_are_unmonitored(tmp_path: Path) -> None:
    change = ("first_unit_id: 9", "first_unit_id: 9\n    poles: 50\n    unmonitored: [7]")
    panel = loaded(tmp_path, changed("bcm.yaml", change)).panels["rpp-1b"].panel
    assert (panel.pole_count, panel.unmonitored) == (50, frozenset({7, 49, 50}))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("15s", timedelta(seconds=15)),
        ("1.5s", timedelta(seconds=1.5)),
        ("1 s", timedelta(seconds=1)),
        ("0.5min", timedelta(seconds=30)),
        ("15min", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("0.01d", timedelta(days=0.01)),
    ],
)
def test_durations_are_written_with_their_unit(
    tmp_path: Path, written: str, expected: timedelta
) -> None:
    change = ("host: 10.0.0.21", f"host: x\n    poll_interval: {written}")
    settings = loaded(tmp_path, changed("bcm.yaml", change))
    assert settings.gateways["babel-1"].poll_interval == expected


def test_values_come_from_the_environment_secrets_and_other_files(tmp_path: Path) -> None:
    files = changed(
        "bcm.yaml",
        ("host: broker", "host: !env BROKER\n  username: ann\n  password: !secret mqtt"),
        ("    gateway: babel-1\n    first_unit_id: 9", "    !include rpp-1b.yaml"),
    )
    files |= {
        "secrets.yaml": "mqtt: 0042\n",
        "rpp-1b.yaml": "gateway: babel-1\nfirst_unit_id: 20\n",
        "customers.yaml": f"{CUSTOMERS}    tax_id: !env TAX\n",
    }
    settings = loaded(tmp_path, files, BROKER="mq.example", TAX="12-34")
    assert (settings.mqtt.broker.host, settings.mqtt.broker.password) == ("mq.example", "0042")
    assert only(settings.panels["rpp-1b"]).unit_ids[0] == 20
    assert settings.terms.customers["Customer1"].tax_id == "12-34"


def test_tls_files_stand_beside_the_configuration(tmp_path: Path) -> None:
    change = ("host: broker", "host: broker\n  tls: {ca: ca.pem}")
    tls = loaded(tmp_path, {**changed("bcm.yaml", change), "ca.pem": "x"}).mqtt.broker
    assert tls.tls
    assert (tls.ca, tls.certificate, tls.key, tls.insecure) == (
        tmp_path / "ca.pem",
        None,
        None,
        False,
    )


def test_an_empty_tls_section_is_tls_with_the_systems_authorities(tmp_path: Path) -> None:
    tls = loaded(tmp_path, changed("bcm.yaml", ("host: broker", "tls: {}"))).mqtt.broker
    assert tls.tls
    assert tls.ca is None


@pytest.mark.parametrize(("written", "expected"), [("5", "5"), ("3.1.1", "3.1.1"), ("'5'", "5")])
def test_both_protocol_versions_are_known(tmp_path: Path, written: str, expected: str) -> None:
    change = ("host: broker", f"protocol: {written}")
    assert loaded(tmp_path, changed("bcm.yaml", change)).mqtt.broker.protocol == expected


def test_prices_are_the_decimals_that_were_written(tmp_path: Path) -> None:
    files = changed("tariffs.yaml", ("energy: 0.12", "energy: 0.1185"))
    (version,) = loaded(tmp_path, files).terms.tariffs["standard"].versions
    assert version.energy == Decimal("0.1185")


def test_a_customer_may_have_an_address_as_lines_or_as_text(tmp_path: Path) -> None:
    customers = "customers:\n  A:\n    address: [1 Street, Town]\n  B:\n    address: |\n"
    customers += "      1 Street\n      Town\n  C: {name: See, tariff: standard, tax_id: '7'}\n"
    found = loaded(tmp_path, {"customers.yaml": customers}).terms.customers
    assert found["A"] == Customer("A", "A", ("1 Street", "Town"))
    assert found["B"] == Customer("B", "B", ("1 Street", "Town"))
    assert found["C"] == Customer("C", "See", (), "standard", "7")


def test_what_bills_carry_is_empty_unless_it_is_said(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {})
    assert (settings.issuer.address, settings.issuer.tax_id) == ((), "")
    assert (settings.issuer.footer, settings.issuer.paper) == ((), "a4")
    files = changed(
        "bcm.yaml",
        ("  id: dc1", "  id: dc1\n  address: [1 Street, Town]\n  tax_id: '7'"),
        ("default_tariff: standard", "footer: |\n    Pay soon.\n    Thanks.\n  paper: letter"),
    )
    settings = loaded(tmp_path, files)
    assert (settings.issuer.address, settings.issuer.tax_id) == (("1 Street", "Town"), "7")
    assert (settings.issuer.footer, settings.issuer.paper) == (("Pay soon.", "Thanks."), "letter")


def test_a_customer_pattern_is_taken_from_the_configuration(tmp_path: Path) -> None:
    pattern = r"customer_pattern: '\[(?P<customer>\w+)\]'"
    files = changed("bcm.yaml", ("default_tariff: standard", pattern))
    settings = loaded(tmp_path, files)
    assert settings.terms.rule.pattern == r"\[(?P<customer>\w+)\]"
    assert settings.terms.default_tariff == ""


def test_words_that_are_no_customer_are_taken_from_the_configuration(tmp_path: Path) -> None:
    files = changed("bcm.yaml", ("default_tariff: standard", "no_customer: [House, reserve]"))
    rule = loaded(tmp_path, files).terms.rule
    assert rule.words == ("House", "reserve")
    assert rule.is_nobody("HOUSE")


def test_customers_and_tariffs_are_optional(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {"bcm.yaml": MAIN[: MAIN.index("tariffs:")]})
    assert (settings.terms.tariffs, settings.terms.customers, settings.terms.default_tariff) == (
        {},
        {},
        "",
    )


def test_a_serial_port_stands_in_the_place_of_a_gateway(tmp_path: Path) -> None:
    change = ("host: 10.0.0.21", "serial: /dev/ttyUSB0\n    baudrate: 9600\n    parity: none")
    gateway = loaded(tmp_path, changed("bcm.yaml", change)).gateways["babel-1"]
    assert link_of(gateway) == Serial("/dev/ttyUSB0", 9600, Parity.NONE, 1)


def test_a_serial_port_is_by_default_as_modbus_says(tmp_path: Path) -> None:
    change = ("host: 10.0.0.21", "serial: /dev/ttyUSB0")
    gateway = loaded(tmp_path, changed("bcm.yaml", change)).gateways["babel-1"]
    assert link_of(gateway) == Serial("/dev/ttyUSB0", 19200, Parity.EVEN, 1)


@pytest.mark.parametrize(("written", "framing"), [("", "tcp"), ("framing: rtu", "rtu")])
def test_a_gateway_frames_as_modbus_tcp_unless_told(
    tmp_path: Path, written: str, framing: str
) -> None:
    change = ("host: 10.0.0.21", f"host: 10.0.0.21\n    {written}")
    gateway = loaded(tmp_path, changed("bcm.yaml", change)).gateways["babel-1"]
    assert link_of(gateway) == Tcp("10.0.0.21", 502, Framing(framing))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", timedelta(0)),
        ("poll_offset: 0s", timedelta(0)),
        ("poll_offset: 4s", timedelta(seconds=4)),
        ("poll_offset: 1h", timedelta(hours=1)),
        ("poll_offset: spread", None),
    ],
)
def test_polls_may_be_moved_or_spread(
    tmp_path: Path, written: str, expected: timedelta | None
) -> None:
    files = changed("bcm.yaml", ("mqtt:", f"bridge: {{{written}}}\nmqtt:"))
    assert loaded(tmp_path, files).bridge.poll_offset == expected


@pytest.mark.parametrize("written", ["0s", "0ms"])
def test_a_poll_interval_of_nothing_is_free_running(tmp_path: Path, written: str) -> None:
    change = ("host: 10.0.0.21", f"host: 10.0.0.21\n    poll_interval: {written}")
    settings = loaded(tmp_path, changed("bcm.yaml", change))
    assert not only(settings.panels["rpp-1a"]).poll_interval


@pytest.mark.parametrize(("written", "mode"), [('"0640"', 0o640), ("'644'", 0o644)])
def test_modes_of_new_files_are_octal_digits(tmp_path: Path, written: str, mode: int) -> None:
    assert loaded(tmp_path, {}).file_mode == 0o600
    files = changed("bcm.yaml", ("mqtt:", f"files: {{mode: {written}}}\nmqtt:"))
    assert loaded(tmp_path, files).file_mode == mode
