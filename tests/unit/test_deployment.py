"""What is shipped for systemd and containers names files, commands and options that exist."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from bcm_mqtt.cli.root import bcm_mqtt
from bcm_mqtt.config import load
from bcm_mqtt.web import connections

ROOT = Path(__file__).parents[2]
COMPOSE: Any = YAML(typ="safe", pure=True).load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
BROKER = ROOT / "config" / "mosquitto"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNITS = {file.name: file.read_text() for file in (ROOT / "config/systemd").glob("*.service")}


def instruction(name: str) -> list[str]:
    """The arguments of each instruction of that name in the Dockerfile."""
    text = DOCKERFILE.replace("\\\n", "")
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


def exec_start(unit: str) -> list[str]:
    return shlex.split(re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)[0])[1:]


COMMANDS: dict[str, list[str]] = {
    "Dockerfile": json.loads(instruction("CMD")[0]),
    **{f"compose.yaml {name}": service["command"] for name, service in OURS.items()},
    **{name: exec_start(unit) for name, unit in UNITS.items()},
}


@pytest.mark.parametrize("place", COMMANDS)
def test_a_command_is_the_programs_with_options_that_it_takes(place: str) -> None:
    name, *options = COMMANDS[place]
    context = click.Context(bcm_mqtt, info_name="bcm-mqtt", **bcm_mqtt.context_settings)
    command = bcm_mqtt.get_command(context, name)
    assert command is not None
    made = command.make_context(name, options, parent=context)
    assert made.params["config"] == Path("/etc/bcm-mqtt/bcm.yaml")


def test_what_is_started_is_there_for_every_kind_of_site() -> None:
    assert set(SERVICES) == {"mosquitto", "postgresql", "bridge", "recorder"}
    assert {command for command, *_ in COMMANDS.values()} == {"bridge", "recorder", "run", "web"}
    assert len(UNITS) == 4


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_container_mounts_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_depends_on_services_that_are_there_and_can_be_waited_for(name: str) -> None:
    needed = SERVICES[name].get("depends_on", [])
    assert set(needed) <= set(SERVICES)
    conditions = needed if isinstance(needed, dict) else {}
    for other, how in conditions.items():
        assert how["condition"] != "service_healthy" or "test" in SERVICES[other]["healthcheck"]


def test_no_image_name_holds_a_registry() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += [image.split()[0] for image in instruction("FROM")]
    assert len(images) == 5
    assert [image for image in images if "." in image.split("/")[0].split(":")[0]] == []


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    sources = {source for copy in instruction("COPY") for source in copy.split()[:-1]}
    assert all((ROOT / source).exists() for source in sources)
    kept = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sources == set(kept)


def test_the_image_installs_hashed_packages_that_the_lock_file_has() -> None:
    assert any("--require-hashes" in run for run in instruction("RUN"))
    pinned = r"^([\w.-]+==[^ ]+)"
    locked = set(re.findall(pinned, (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    installed = re.findall(pinned, (ROOT / "requirements-run.txt").read_text(), re.MULTILINE)
    assert {name.split("==")[0] for name in installed} >= {"click", "psycopg", "prometheus-client"}
    assert set(installed) <= locked


def test_what_setup_installs_is_what_services_and_the_demo_need_and_no_more() -> None:
    pinned = r"^([\w.-]+==[^ ]+)"
    installed, locked, run = (
        set(re.findall(pinned, (ROOT / f"requirements{name}.txt").read_text(), re.MULTILINE))
        for name in ("-setup", "", "-run")
    )
    assert run < installed < locked
    names = {name.split("==")[0] for name in installed}
    assert names >= {"amqtt", "hatchling", "editables"}
    assert not names & {"pytest", "mypy", "playwright", "mkdocs", "pyarrow", "schemathesis"}


def test_what_builds_the_package_is_locked_as_well() -> None:
    pinned = r"^([\w.-]+==[^ ]+)"
    locked = set(re.findall(pinned, (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    build = (ROOT / "requirements-build.txt").read_text()
    tools = re.findall(pinned, build, re.MULTILINE)
    assert "hatchling" in {name.split("==")[0] for name in tools}
    assert set(tools) <= locked
    assert build.count("--hash=sha256:") >= len(tools)


def test_every_documented_installation_checks_hashes() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "Makefile"]
    lines = [line for page in pages for line in page.read_text().splitlines()]
    installs = [line for line in lines if "pip install" in line]
    assert len(installs) >= 3
    for line in installs:
        built_here = "--no-deps" in line and "--no-build-isolation" in line
        assert "--require-hashes" in line or built_here, line


def test_each_unit_has_limits_of_files_and_memory() -> None:
    for name, unit in UNITS.items():
        assert re.search(r"^LimitNOFILE=\d+$", unit, re.MULTILINE), name
        assert re.search(r"^MemoryMax=\dG$", unit, re.MULTILINE), name
    for name in ("bcm-mqtt.service", "bcm-mqtt-web.service"):
        assert int(re.findall(r"LimitNOFILE=(\d+)", UNITS[name])[0]) > 2 * connections.MOST


def test_the_image_does_not_run_as_root() -> None:
    assert instruction("USER") == ["bcm-mqtt"]


def test_nothing_shipped_holds_a_password() -> None:
    password = SERVICES["postgresql"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${BCM_MQTT_DATABASE_PASSWORD:?")
    for role, service in OURS.items():
        assert ":${BCM_MQTT_DATABASE_PASSWORD:?" in service["environment"]["BCM_MQTT_DATABASE_URL"]
        assert (
            service["environment"]["BCM_MQTT_PASSWORD"] == f"${{BCM_MQTT_{role.upper()}_PASSWORD}}"
        )
    for password in SERVICES["mosquitto"]["environment"].values():
        assert re.match(r"\$\{BCM_MQTT_[A-Z_]+_PASSWORD:[?-]", password)


def test_the_broker_knows_the_users_that_services_log_in_as() -> None:
    users = set(re.findall(r"^user (.*)$", (BROKER / "bcm-mqtt.acl").read_text(), re.MULTILINE))
    assert {service["environment"]["BCM_MQTT_USERNAME"] for service in OURS.values()} <= users
    started = re.findall(r"^for role in (.*); do$", (BROKER / "start").read_text(), re.MULTILINE)
    assert started == ["bridge recorder web bcm-mqtt dashboard home-assistant"]
    assert set(started[0].split()) == users


def test_the_brokers_files_are_mounted_where_its_configuration_looks_for_them() -> None:
    mounted = {
        inside: ROOT / outside
        for outside, inside, *_ in (
            volume.split(":") for volume in SERVICES["mosquitto"]["volumes"] if ":ro" in volume
        )
    }
    assert {file.name for file in mounted.values()} == {file.name for file in BROKER.iterdir()}
    assert SERVICES["mosquitto"]["command"][1] in mounted
    text = "".join(file.read_text() for file in mounted.values())
    made = {"/etc/mosquitto/bcm-mqtt.passwords", "/etc/mosquitto/conf.d"}
    for place in re.findall(
        r"^(?:\w+_file|include_dir|exec mosquitto -c) (.*)$", text, re.MULTILINE
    ):
        assert place in mounted.keys() | made


def test_the_containers_configuration_loads_and_fits_the_compose_file() -> None:
    url = "postgresql+psycopg://bcm:secret@postgresql/bcm"
    environment = {"BCM_MQTT_DATABASE_URL": url, "BCM_MQTT_USERNAME": "bridge"}
    environment["BCM_MQTT_PASSWORD"] = "secret"
    assert environment.keys() == OURS["bridge"]["environment"].keys()
    settings = load(ROOT / "config/compose/bcm.yaml", environment=environment)
    assert (settings.mqtt.broker.username, settings.mqtt.broker.password) == ("bridge", "secret")
    assert settings.database_url == url
    assert settings.mqtt.broker.host in SERVICES
    metrics = settings.bridge.metrics
    assert metrics is not None
    assert metrics.host == "0.0.0.0"
    assert SERVICES["bridge"]["ports"] == [f"127.0.0.1:{metrics.port}:{metrics.port}"]
    assert f":{metrics.port}/healthz" in instruction("HEALTHCHECK")[0]
    assert f"bridge:{settings.bridge.data.parent}" in SERVICES["bridge"]["volumes"]


def test_the_service_without_a_health_page_is_not_asked_for_it() -> None:
    assert SERVICES["recorder"]["healthcheck"] == {"disable": True}
    assert "healthcheck" not in SERVICES["bridge"]


WITHOUT_EXTRAS = """
import importlib, pkgutil, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"psycopg", "pyarrow", "rfc3161_client", "amqtt", "distributed"}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
import bcm_mqtt
for module in pkgutil.walk_packages(bcm_mqtt.__path__, "bcm_mqtt."):
    if not module.name.startswith(("bcm_mqtt.__main__", "bcm_mqtt.store.migrations.")):
        importlib.import_module(module.name)
        print(module.name)
"""


def test_every_module_is_imported_without_the_extras() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert len(done.stdout.splitlines()) > 300
