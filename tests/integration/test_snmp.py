"""A rack PDU over SNMP: Debian's snmpd as its agent, a real broker, our services as processes."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.snmp import (
    Agent,
    AgentLine,
    AgentPlan,
    AgentReader,
    Auth,
    Privacy,
    User,
    agent_plan,
    answers,
)
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site
from peers.snmpd import AUTH_PASSWORD, AUTHS, COMMUNITY, PRIVACY_PASSWORD, Snmpd

APC = "1.3.6.1.4.1.318.1.1.26"
OUTLETS = f"{APC}.9.4.3.1"


def outlets(first_kwh_tenths: int = 1000, count: int = 24) -> dict[str, tuple[str, int]]:
    """Of a PDU whose outlets carry 0.1 A, 0.2 A, ... ."""
    values = dict[str, tuple[str, int]]()
    for number in range(1, count + 1):
        of_number = {6: number, 7: 24 * number, 11: first_kwh_tenths + number}
        for column, value in of_number.items():
            values[f"{OUTLETS}.{column}.{number}"] = "integer", value
    return values


@pytest.fixture
def pdu(tmp_path: Path) -> Iterator[Snmpd]:
    with Snmpd(tmp_path / "pdu", "1.3.6.1.4.1.318.1.3.4.6", APC) as agent:
        agent.write(outlets())
        yield agent


def plan(count: int = 24) -> AgentPlan:
    table = agent_profiles()["apc-rpdu2"].tables["outlets"]
    numbers = {number: number for number in range(1, count + 1)}
    return agent_plan("pdu-a1", table, numbers, {}, table.quantities)


def line_to(pdu: Snmpd, credentials: str | User, within: float = 5.0) -> AgentLine:
    return AgentLine("pdu-a1", Agent(pdu.host, pdu.port, credentials), within, lambda: 0.5)


async def polled(
    pdu: Snmpd, credentials: str | User, count: int = 24, within: float = 5.0
) -> Snapshot:
    """What one poll gives."""
    with closing(line_to(pdu, credentials, within)) as line:
        return (await AgentReader(line, plan(count)).read(now, 1, 15_000)).snapshot


def now() -> datetime:
    return datetime.now(UTC)


def with_pdu(site: Site, pdu: Snmpd) -> None:
    """The site with a second panel: a PDU whose password is in secrets.yaml."""
    text = site.config.read_text()
    agent = f"{{host: 127.0.0.1, port: {pdu.port}, community: !secret pdus}}"
    text = text.replace(
        "gateways:\n", f"gateways:\n  pdu-a1: {{snmp: {agent}, poll_interval: 500ms}}\n"
    )
    panel = "{snmp: pdu-a1, profile: apc-rpdu2, poles: 24, service: 230/400}"
    text = text.replace("panels:\n", f"panels:\n  pdu-a1: {panel}\n")
    site.config.write_text(text)
    (site.folder / "secrets.yaml").write_text(f"pdus: {COMMUNITY}\n")
    rows = [f"pdu-a1,{outlet},Customer2-{outlet},16" for outlet in range(1, 25)]
    site.write_circuits([f"rpp-1a,{pole},Customer1-{pole},20" for pole in range(1, 49)] + rows)


def test_a_pdu_is_polled_published_and_recorded(
    site: Site, mosquitto: Mosquitto, pdu: Snmpd, tmp_path: Path
) -> None:
    with_pdu(site, pdu)
    with mosquitto.listening("bcm/pdu-a1/#", tmp_path / "sub.log") as listener:
        recorder = site.start("recorder")
        wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
        bridge = site.start("bridge")
        topic = "bcm/pdu-a1/circuit/24/energy"
        wait_until(lambda: topic in listener.said(), 60, bridge.said)
    rows = "SELECT DISTINCT pole, amps FROM reading WHERE panel = 'pdu-a1'"
    wait_until(lambda: len(site.query(rows)) == 24, 60, recorder.said)
    assert dict(site.query(rows)) == {number: number / 10 for number in range(1, 25)}
    assert "Traceback" not in bridge.said() + recorder.said()


def test_read_shows_a_pdu_and_why_another_is_silent(site: Site, pdu: Snmpd) -> None:
    with_pdu(site, pdu)
    rows = site.json("read", "pdu-a1")
    assert [(row["amps"], row["watts"]) for row in rows[:2]] == [(0.1, 24), (0.2, 48)]
    pdu.stop()
    said = site.run("read", "pdu-a1", expect=1)
    assert f"pdu-a1: agent 127.0.0.1:{pdu.port}: nothing answers on this port" in said


async def test_users_are_read_by_each_auth_with_privacy(pdu: Snmpd) -> None:
    for name in AUTHS:
        user = User(name, Auth(name), AUTH_PASSWORD, Privacy.AES, PRIVACY_PASSWORD)
        snapshot = await polled(pdu, user)
        assert snapshot.errors == {}, name
        assert snapshot.current[23] == 2400


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        (User("nobody", Auth.SHA, AUTH_PASSWORD), "user nobody: it knows no such user"),
        (
            User("sha", Auth.SHA, "another password", Privacy.AES, PRIVACY_PASSWORD),
            "user sha: auth or auth_password is not as it has them",
        ),
        (
            User("sha", Auth.SHA256, AUTH_PASSWORD, Privacy.AES, PRIVACY_PASSWORD),
            "user sha: auth or auth_password is not as it has them",
        ),
        (User("sha", Auth.SHA, AUTH_PASSWORD), "answers with an authorization error"),
        ("writers", "no answer in 0.5 s: it is not there, lets other machines"),
    ],
)
async def test_credentials_that_are_wrong_are_named(
    pdu: Snmpd, credentials: str | User, reason: str
) -> None:
    snapshot = await polled(pdu, credentials, within=0.5)
    assert reason in snapshot.errors[0]
    assert snapshot.current == (None,) * 24


async def test_an_agent_that_restarts_is_read_on_as_community_and_as_user(pdu: Snmpd) -> None:
    user = User("sha256", Auth.SHA256, AUTH_PASSWORD, Privacy.AES, PRIVACY_PASSWORD)
    with closing(line_to(pdu, COMMUNITY)) as first, closing(line_to(pdu, user)) as second:
        readers = [AgentReader(line, plan()) for line in (first, second)]
        for reader in readers:
            assert (await reader.read(now, 1, 15_000)).snapshot.errors == {}
        pdu.stop()
        pdu.start()
        for reader in readers:
            poll = await reader.read(now, 2, 15_000)
            assert poll.snapshot.errors == {}
            assert poll.snapshot.energy is not None
            assert poll.snapshot.energy[0] == 100_100


async def test_an_agent_that_forgets_its_starts_is_discovered_again(pdu: Snmpd) -> None:
    pdu.stop()
    pdu.start()  # its second start
    user = User("sha", Auth.SHA, AUTH_PASSWORD, Privacy.AES, PRIVACY_PASSWORD)
    with closing(line_to(pdu, user, 0.5)) as line:
        reader = AgentReader(line, plan())
        assert (await reader.read(now, 1, 15_000)).snapshot.errors == {}
        pdu.stop()
        pdu.forget()
        pdu.start()  # its first, once more
        polls = [await reader.read(now, seq, 15_000) for seq in (2, 3)]
        while polls[-1].snapshot.errors:  # it is backed off for a moment
            assert "agent" in polls[-1].snapshot.errors[0]
            await asyncio.sleep(0.1)
            polls.append(await reader.read(now, 4, 15_000))
    assert polls[-1].snapshot.current[0] == 100


async def test_a_pdu_that_is_dead_delays_no_other(pdu: Snmpd) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        agent = Agent("127.0.0.1", silent.getsockname()[1])
        with closing(AgentLine("dead", agent, 30.0, lambda: 0.5)) as dead:
            waiting = asyncio.create_task(AgentReader(dead, plan()).read(now, 1, 15_000))
            for _ in range(5):
                assert (await polled(pdu, COMMUNITY)).errors == {}
            assert not waiting.done()
            waiting.cancel()


async def test_a_standby_finds_out_whether_an_agent_is_there(pdu: Snmpd) -> None:
    places = [Agent(pdu.host, pdu.port, one) for one in (COMMUNITY, User("nobody"), "writers")]
    assert [await answers(one, 0.5, lambda: 0.5) for one in places] == [True, True, False]


async def test_outlets_beyond_those_that_there_are_are_named(pdu: Snmpd) -> None:
    snapshot = await polled(pdu, COMMUNITY, 48)
    assert snapshot.current[23:25] == (2400, None)
    assert "of outlets 25-48" in snapshot.errors[0]


def test_scan_recognises_a_pdu_and_its_configuration_is_good(site: Site, pdu: Snmpd) -> None:
    address = f"127.0.0.1:{pdu.port}"
    said = site.scan("--snmp", address, "--community", COMMUNITY)
    assert f"pdu-1: {{snmp: {{host: 127.0.0.1, port: {pdu.port}, community: !secret" in said
    assert "pdu-1: {snmp: pdu-1, profile: apc-rpdu2, poles: 24}" in said
    assert COMMUNITY not in said
    site.config.write_text(said)
    (site.folder / "secrets.yaml").write_text(f"snmp_community: {COMMUNITY}\n")
    site.write_circuits([])
    assert "good: 1 gateway, 1 panel" in site.run("check")


def test_scan_writes_files_that_are_good_and_leaves_others_alone(site: Site, pdu: Snmpd) -> None:
    address, folder = f"127.0.0.1:{pdu.port}", site.folder / "new"
    options = ("--snmp", address, "--community", COMMUNITY, "--output", str(folder))
    said = site.scan(*options)
    assert said.splitlines() == [
        f"{folder / name}: written" for name in ("bcm.yaml", "secrets.yaml", "circuits.csv")
    ]
    secrets = folder / "secrets.yaml"
    assert secrets.read_text() == f'snmp_community: "{COMMUNITY}"\n'
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert COMMUNITY not in (folder / "bcm.yaml").read_text()
    rows = (folder / "circuits.csv").read_text().splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [["pdu-1", str(pole)] for pole in range(1, 25)]
    main = folder / "bcm.yaml"
    settings = load(main)
    assert settings.panels["pdu-1"].sources[0].poles == tuple(range(1, 25))
    assert len(settings.directories["pdu-1"].versions) == 24
    before = main.read_bytes()
    assert "is there already" in site.scan(*options, expect=2)
    assert main.read_bytes() == before
    assert '"apc-rpdu2"' in site.scan("--snmp", address, "--community", COMMUNITY, "--format=json")


def test_scan_leaves_passwords_that_are_there_alone(site: Site, pdu: Snmpd) -> None:
    folder = site.folder / "new"
    folder.mkdir()
    (folder / "secrets.yaml").write_text("mine: 1\n")
    options = ("--community", COMMUNITY, "--output", str(folder))
    said = site.scan("--snmp", f"127.0.0.1:{pdu.port}", *options, expect=2)
    assert "secrets.yaml: is there already" in said
    assert [file.name for file in folder.iterdir()] == ["secrets.yaml"]
    assert (folder / "secrets.yaml").read_text() == "mine: 1\n"


def test_scan_says_who_is_silent_and_what_does_not_apply(site: Site, pdu: Snmpd) -> None:
    address = f"127.0.0.1:{pdu.port}"
    said = site.scan("--snmp", address, "--community", "writers", "--timeout-ms", "200", expect=1)
    assert "no answer in 0.2 s: it is not there, lets other machines" in said
    said = site.scan("--snmp", address, "--units", "1-8", expect=2)
    assert "--units does not apply to --snmp" in said
    said = site.scan("--snmp-auth", "sha", expect=2)
    assert "--snmp-auth and --snmp-privacy apply with --snmp-user only" in said


def test_scan_finds_an_agent_that_another_maker_renamed(site: Site, tmp_path: Path) -> None:
    with Snmpd(tmp_path / "renamed", "1.3.6.1.4.1.99999.7", APC) as pdu:
        pdu.write(outlets(count=17))
        said = site.scan("--snmp", f"127.0.0.1:{pdu.port}", "--community", COMMUNITY)
    assert "sysObjectID 1.3.6.1.4.1.99999.7 is not known; it has what apc-rpdu2 reads" in said
    assert "profile: apc-rpdu2, poles: 17}" in said
