"""Each mistake in the YAML files: file, line, key and what was expected, all at once."""

from pathlib import Path

import pytest

from unit.config.site_files import MAIN, changed, complaints

ZONE = "expected a time zone such as America/New_York"
OFFSET = "expected a duration from 0s to 1h such as 500ms, 15s or 15min, or spread"
POLL = "expected a duration from 100ms to 1h such as 500ms, 15s or 15min, or 0s for free running"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # wrong keys
        ("host: broker", "hst: x", "bcm.yaml:5: mqtt.hst: unknown key: did you mean host?"),
        ("mqtt:", "mqqt:", "bcm.yaml:4: mqqt: unknown key: did you mean mqtt?"),
        (
            "first_unit_id: 9",
            "first_unit_id: 9\n    servce: '480'",
            "bcm.yaml:16: panels.rpp-1b.servce: unknown key: did you mean service?",
        ),
        ("  id: dc1\n", "", "bcm.yaml:1: site.id: is required"),
        (
            "    host: 10.0.0.21",
            "    timeout: 1s",
            "bcm.yaml:7: gateways.babel-1: expected host (a gateway) or serial (a port of this",
        ),
        (
            "host: 10.0.0.21",
            "host: x\n    serial: /dev/ttyUSB0",
            "bcm.yaml:9: gateways.babel-1.serial: is given with host: expected one of the two",
        ),
        (
            "host: 10.0.0.21",
            "host: x\n    parity: even",
            "bcm.yaml:9: gateways.babel-1.parity: has a meaning with serial only",
        ),
        *(
            ("host: 10.0.0.21", f"host: {host}", f"bcm.yaml:8: gateways.babel-1.host: {said}")
            for host, said in (
                ("127.0.0.1:502", "expected a host alone, and its port as port: 502, not"),
                ("'[::1]:502'", "expected a host alone, and its port as port: 502, not"),
                ("http://10.0.0.21", "expected a host such as 192.168.1.20 or meters.example.com,"),
                ("ws://10.0.0.21/mqtt", "expected a host such as 192.168.1.20 or meters.example"),
                ("10.0.0.21/24", "expected a host such as 192.168.1.20, fe80::1 or meters"),
                ("10.0.0.21,10.0.0.22", "expected a host such as 192.168.1.20, fe80::1 or meters"),
                ("meter@10.0.0.21", "expected a host such as 192.168.1.20, fe80::1 or meters"),
                ("meter:502:1", "expected a host such as 192.168.1.20, fe80::1 or meters"),
            )
        ),
        ("host: broker", "host: tcp://broker", "bcm.yaml:5: mqtt.host: expected a host such as"),
        *(
            (
                "tariffs: tariffs.yaml",
                f"database: {{url: '{url}'}}\ntariffs: tariffs.yaml",
                f"bcm.yaml:16: database.url: expected sqlite:///data/bcm.db or {said}",
            )
            for url, said in (
                ("sqllite:///x.db", "postgresql+psycopg://user@host/database, not sqllite://"),
                ("nonsense", "postgresql+psycopg://user@host/database"),
            )
        ),
        (
            "host: 10.0.0.21",
            "serial: /dev/ttyUSB0\n    framing: rtu",
            "bcm.yaml:9: gateways.babel-1.framing: has a meaning with host only",
        ),
        (
            "host: 10.0.0.21",
            "serial: /dev/ttyUSB0\n    parity: mark",
            "bcm.yaml:9: gateways.babel-1.parity: expected none, even or odd, not 'mark'",
        ),
        (
            "host: 10.0.0.21",
            "serial: /dev/ttyUSB0\n  usb-2:\n    serial: /dev/ttyUSB0",
            "bcm.yaml:10: gateways.usb-2.serial: is gateway babel-1's already: one line",
        ),
        *(
            (
                "host: 10.0.0.21",
                f"host: {first}\n  b:\n    host: {second}",
                "bcm.yaml:10: gateways.b.host: is gateway babel-1's already: one line has one",
            )
            for first, second in (
                ("10.0.0.21", "10.0.0.21\n    port: 502"),
                ("localhost", "127.0.0.1"),
                ("Gateway.example", "gateway.EXAMPLE."),
                ("'::1'", "'[0:0:0:0:0:0:0:1]'"),
            )
        ),
        *(
            (
                "host: broker",
                f"discovery: {{prefix: {prefix}}}",
                "bcm.yaml:5: mqtt.discovery.prefix: expected levels of a topic such as",
            )
            for prefix in ("'#'", "ha/+", "/ha", "ha/", "ha//x", "$SYS", f"{'x' * 201}")
        ),
        (
            "host: broker",
            "discovery: {prefix: bcm/discovery}",
            "bcm.yaml:5: mqtt.discovery.prefix: expected other topics than those of mqtt.base_t",
        ),
        *(
            (
                "host: broker",
                f"base_topic: {base}",
                "bcm.yaml:5: mqtt.base_topic: expected an id of a-z, 0-9, _ and -",
            )
            for base in ("'#'", "a/+", "a//b", "$SYS/a", "bcm/", "/bcm", "''", '"b\\tm"', "7")
        ),
        (
            "host: 10.0.0.21",
            "host: x\n    framing: ascii",
            "bcm.yaml:9: gateways.babel-1.framing: expected tcp or rtu, not 'ascii'",
        ),
        ("  rpp-1a:", "  RPP:", "bcm.yaml:10: panels.RPP: expected an id of a-z, 0-9, _ and -"),
        (
            "  rpp-1b:",
            "  bridge:",
            "bcm.yaml:13: panels.bridge: expected an id other than billing, bridge, customer",
        ),
        # wrong types
        ("host: broker", "host: 5", "bcm.yaml:5: mqtt.host: expected a text, not 5"),
        (
            "host: broker",
            "port: '18x3'",
            "bcm.yaml:5: mqtt.port: expected a whole number from 1 to 65535, not '18x3'",
        ),
        (
            "host: broker",
            "port: 70000",
            "bcm.yaml:5: mqtt.port: expected a whole number from 1 to 65535, not 70000",
        ),
        *(
            (
                "mqtt:",
                f"files: {{mode: {mode}}}\nmqtt:",
                'bcm.yaml:4: files.mode: expected a mode in quotes such as "0600", "0640" or',
            )
            for mode in ("0640", "416", "'0400'", "'0602'", "'0700'", "'640x'", "'1600'", "rw")
        ),
        ("host: broker", "retain: 1", "bcm.yaml:5: mqtt.retain: expected true or false, not 1"),
        (
            "mqtt:",
            "bridge: {metrics: {port: 70000}}\nmqtt:",
            "bcm.yaml:4: bridge.metrics.port: expected a whole number from 0 to 65535, not 70000",
        ),
        (
            "mqtt:",
            "bridge: {metrics: true}\nmqtt:",
            "bcm.yaml:4: bridge.metrics: expected a dictionary, not True",
        ),
        ("host: broker", "protocol: 4", "bcm.yaml:5: mqtt.protocol: expected 5 or 3.1.1, not 4"),
        ("[1, 2, 3, 4, 5, 6, 7, 8]", "1", "panels.rpp-1a.unit_ids: expected a list, not 1"),
        (
            "host: 10.0.0.21",
            "host: 10.0.0.21\n    framing: rtu\n    transaction_ids: lenient",
            "bcm.yaml:10: gateways.babel-1.transaction_ids: has a meaning over Modbus TCP only",
        ),
        (
            "[1, 2, 3, 4, 5, 6, 7, 8]",
            "[1, 2, 3, 4, 5, 6, 7, 256]",
            "bcm.yaml:12: panels.rpp-1a.unit_ids.7: expected a whole number from 0 to 255, not 256",
        ),
        (
            "unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]",
            "power_factor: 1.1",
            "bcm.yaml:12: panels.rpp-1a.power_factor: expected a number from 0 to 1, not 1.1",
        ),
        (
            "unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]",
            "power_factor: 0",
            "panels.rpp-1a.power_factor: expected a power factor above 0, at most 1, not 0",
        ),
        (
            "unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]",
            "power_factor: .nan",
            "panels.rpp-1a.power_factor: expected a number from 0 to 1, not nan",
        ),
        (
            "unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]",
            "service: 120/200",
            "bcm.yaml:12: panels.rpp-1a.service: unknown service '120/200': expected line-neutral/",
        ),
        (
            "unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]",
            "function_code: 1",
            "panels.rpp-1a.function_code: expected 3 (holding) or 4 (input), not 1",
        ),
        (
            "default_tariff: standard",
            "customer_pattern: '('",
            "bcm.yaml:19: billing.customer_pattern: '(' is no regular expression: ",
        ),
        (
            "default_tariff: standard",
            "customer_pattern: '(.*)'",
            "bcm.yaml:19: billing.customer_pattern: '(.*)' has no group (?P<customer>…)",
        ),
        (
            "default_tariff: standard",
            "paper: a3",
            "bcm.yaml:19: billing.paper: expected a4 or letter, not 'a3'",
        ),
        (
            "default_tariff: standard",
            "footer: [1]",
            "bcm.yaml:19: billing.footer.0: expected a text, not 1",
        ),
        # durations
        *(
            (
                "mqtt:",
                f"bridge: {{poll_offset: {written}}}\nmqtt:",
                f"bcm.yaml:4: bridge.poll_offset: {OFFSET}, not {shown}",
            )
            for written, shown in [("2h", "'2h'"), ("-1s", "'-1s'"), ("4", "4"), ("no", "'no'")]
        ),
        *(
            (
                "host: 10.0.0.21",
                f"host: x\n    poll_interval: {written}",
                f"bcm.yaml:9: gateways.babel-1.poll_interval: {POLL}, not {shown}",
            )
            for written, shown in [
                ("15", "15"),
                ("15 seconds", "'15 seconds'"),
                ("-15s", "'-15s'"),
                ("50ms", "'50ms'"),
                ("2h", "'2h'"),
                ("99999999999d", "'99999999999d'"),
                ("s", "'s'"),
            ]
        ),
        # names that lead nowhere
        (
            "America/New_York",
            "America/New_Amsterdam",
            f"bcm.yaml:3: site.time_zone: {ZONE}, not 'America/New_Amsterdam'",
        ),
        ("America/New_York", "America", "bcm.yaml:3: site.time_zone: expected a time zone such"),
        (
            "    gateway: babel-1\n    first",
            "    gateway: babel-2\n    first",
            "14: panels.rpp-1b.gateway: unknown gateway 'babel-2': expected one of babel-1",
        ),
        (
            "    gateway: babel-1\n    first",
            "    first",
            "bcm.yaml:13: panels.rpp-1b.gateway: is required",
        ),
        (
            "first_unit_id: 9",
            "first_unit_id: 9\n    profile: bg07",
            "bcm.yaml:16: panels.rpp-1b.profile: unknown profile 'bg07': expected one of bg08",
        ),
        (
            "first_unit_id: 9",
            "first_unit_id: 9\n    redundant_with: rpp-1c",
            "16: panels.rpp-1b.redundant_with: unknown panel 'rpp-1c': expected one of rpp-1a",
        ),
        (
            "default_tariff: standard",
            "default_tariff: standrad",
            "19: billing.default_tariff: unknown tariff 'standrad': expected one of standard",
        ),
        (
            "host: broker",
            "tls: {ca: no.pem}",
            "bcm.yaml:5: mqtt.tls.ca: no such file no.pem",
        ),
        # units that do not fit
        (
            "first_unit_id: 9",
            "first_unit_id: 8",
            "13: panels.rpp-1b.unit_ids: unit id 8 of gateway babel-1 is panel rpp-1a's already",
        ),
        (
            "[1, 2, 3, 4, 5, 6, 7, 8]",
            "[1, 2]",
            "bcm.yaml:12: panels.rpp-1a.unit_ids: profile bg08 expects 8 unit ids, not 2",
        ),
        (
            "[1, 2, 3, 4, 5, 6, 7, 8]",
            "[]",
            "bcm.yaml:12: panels.rpp-1a.unit_ids: profile bg08 expects 8 unit ids, not 0",
        ),
        (
            "[1, 2, 3, 4, 5, 6, 7, 8]",
            "[1, 2, 3, 4, 5, 6, 7, 7]",
            "bcm.yaml:12: panels.rpp-1a.unit_ids: expected each unit id once",
        ),
        (
            "first_unit_id: 9",
            "first_unit_id: 9\n    transaction_ids: strict",
            "panels.rpp-1b.transaction_ids: expected lenient, or strict at the gateway",
        ),
        (
            "first_unit_id: 9",
            "first_unit_id: 249",
            "15: panels.rpp-1b.first_unit_id: unit id 256: expected 0 to 255",
        ),
        (
            "8]",
            "8]\n    first_unit_id: 1",
            "13: panels.rpp-1a.first_unit_id: is given by unit_ids: expected one of the two",
        ),
    ],
)
def test_one_mistake_is_one_complaint_with_its_place_and_what_was_expected(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    found = complaints(tmp_path, changed("bcm.yaml", (old, new)))
    assert len([line for line in found if line.startswith("bcm.yaml")]) == 1, found
    assert complaint in found[0]


def test_a_mistake_of_a_gateway_is_not_repeated_by_its_panels_and_circuits(
    tmp_path: Path,
) -> None:
    assert complaints(tmp_path, changed("bcm.yaml", ("host: 10.0.0.21", "host: 5"))) == [
        "bcm.yaml:8: gateways.babel-1.host: expected a text, not 5"
    ]


@pytest.mark.parametrize("panels", ["", "panels: 5\n", "panels: [rpp-1a]\n", "panels:\n"])
def test_a_configuration_without_panels_or_gateways_is_refused_and_no_crash(
    tmp_path: Path, panels: str
) -> None:
    main = f"{panels}{MAIN[: MAIN.index('gateways:')]}{MAIN[MAIN.index('tariffs:') :]}"
    found = complaints(tmp_path, {"bcm.yaml": main})
    assert any("gateways: is required" in line for line in found)
    assert any("panels: " in line for line in found)


@pytest.mark.parametrize("main", ["", "- a\n", "text\n"])
def test_a_main_file_that_is_no_mapping_is_refused(tmp_path: Path, main: str) -> None:
    (line,) = complaints(tmp_path, {"bcm.yaml": main})
    assert line.startswith("bcm.yaml:1: expected a dictionary, not ")


def test_every_mistake_of_every_file_is_named_at_once_and_in_order(tmp_path: Path) -> None:
    files = changed(
        "bcm.yaml",
        ("America/New_York", "Nowhere"),
        ("host: broker", "host: broker\n  port: 0\n  retian: true"),
        ("first_unit_id: 9", "first_unit_id: 8\n    poll_interval: soon"),
        ("default_tariff: standard", "default_tariff: other"),
    )
    files |= changed("circuits.csv", ("rpp-1a,1,", "rpp-1x,1,"), ("0.95", "2"))
    files |= changed("tariffs.yaml", ("energy: 0.12", "energy: x"))
    files |= changed("customers.yaml", ("name:", "nmae:"))
    found = [line.split(": ")[:2] for line in complaints(tmp_path, files)]
    assert found == [
        ["bcm.yaml:3", "site.time_zone"],
        ["bcm.yaml:6", "mqtt.port"],
        ["bcm.yaml:7", "mqtt.retian"],
        ["bcm.yaml:15", "panels.rpp-1b.unit_ids"],
        ["bcm.yaml:18", "panels.rpp-1b.poll_interval"],
        ["bcm.yaml:22", "billing.default_tariff"],
        ["circuits.csv:2", "panel"],
        ["circuits.csv:3", "power_factor"],
        ["customers.yaml:3", "customers.Customer1.nmae"],
        ["tariffs.yaml:4", "tariffs.standard.versions.0.energy"],
    ]


def test_a_secret_that_is_wrong_is_named_but_never_printed(tmp_path: Path) -> None:
    files = changed(
        "bcm.yaml",
        ("host: broker", "host: broker\n  port: !secret mqtt\n  tls: {ca: !secret mqtt}"),
        ("    gateway: babel-1\n    first", "    gateway: !secret mqtt\n    first"),
    )
    files["secrets.yaml"] = "mqtt: hunter2\n"
    found = complaints(tmp_path, files)
    assert [line.split(": ")[1] for line in found] == [
        "mqtt.port",
        "mqtt.tls.ca",
        "panels.rpp-1b.gateway",
    ]
    assert "hunter2" not in "".join(found)
