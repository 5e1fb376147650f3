"""The Home Assistant add-on: what the Supervisor reads of it, and its start without one."""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import copy, copytree
from threading import Thread
from typing import Any

import pytest
from ruamel.yaml import YAML

from bcm_mqtt.config import load
from peers.mosquitto import Mosquitto
from peers.process import Process, accepts, free_port, wait_until

ROOT = Path(__file__).parents[2]
ADD_ON = ROOT / "config" / "home-assistant" / "addon"
PASSWORD = "correct horse battery"
TOKEN = "of the Supervisor"


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load((ADD_ON / name).read_text())
    return found


CONFIG = read("config.yaml")

REQUIRED: dict[str, Callable[[Any], object]] = {
    "name": lambda value: isinstance(value, str),
    "version": lambda value: isinstance(value, str),
    "slug": lambda value: re.fullmatch(r"[-_.A-Za-z0-9]+", value),
    "description": lambda value: isinstance(value, str),
    "arch": lambda value: set(value) <= {"armhf", "armv7", "aarch64", "amd64", "i386"},
}
OPTIONAL: dict[str, Callable[[Any], object]] = {
    "services": lambda value: all(re.fullmatch(r"mqtt:(provide|want|need)", one) for one in value),
    "uart": lambda value: isinstance(value, bool),
    "map": lambda value: all(
        one.keys() <= {"type", "read_only", "path"} and one["type"] == "addon_config"
        for one in value
    ),
    "backup": lambda value: value in {"hot", "cold"},
    "timeout": lambda value: 10 <= value <= 300,
    "ingress": lambda value: value is True,
    "ingress_port": lambda value: 0 < value < 65536,
    "ingress_entry": lambda value: isinstance(value, str),
    "panel_icon": lambda value: value.startswith("mdi:"),
    "panel_title": lambda value: isinstance(value, str),
    "ports": lambda value: all(re.fullmatch(r"\d+/(tcp|udp)", port) for port in value),
    "watchdog": lambda value: re.fullmatch(r"https?://\[HOST\]:\[PORT:\d+\]/.*", value),
    "options": lambda value: isinstance(value, dict),
    "schema": lambda value: set(value.values()) <= {"password", "bool"},
}
"""Of what the developers' documentation of add-ons lists, the keys that are used here."""


@pytest.mark.parametrize("key", REQUIRED)
def test_a_key_that_every_add_on_needs_is_there_and_of_its_kind(key: str) -> None:
    assert REQUIRED[key](CONFIG[key])


@pytest.mark.parametrize("key", CONFIG)
def test_every_key_is_one_that_the_supervisor_knows(key: str) -> None:
    assert {**REQUIRED, **OPTIONAL}[key](CONFIG[key])


def test_each_option_has_a_type_and_a_text_and_so_has_each_port() -> None:
    text = read("translations/en.yaml")
    assert CONFIG["options"].keys() == CONFIG["schema"].keys() == text["configuration"].keys()
    assert CONFIG["ports"].keys() == text["network"].keys()
    assert all(entry.keys() == {"name", "description"} for entry in text["configuration"].values())
    docs = (ADD_ON / "DOCS.md").read_text()
    assert set(re.findall(r"^\| `(\w+)`", docs, re.MULTILINE)) == CONFIG["options"].keys()


def test_its_version_is_the_programs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert CONFIG["version"] == project["version"]


def test_ports_are_those_that_the_first_configuration_listens_on(tmp_path: Path) -> None:
    access = {"BCM_MQTT_USERNAME": "addons", "BCM_MQTT_PASSWORD": "secret"}
    copy(ADD_ON / "bcm.yaml", tmp_path)
    (tmp_path / "circuits.csv").write_text("panel,poles,description\n")
    settings = load(tmp_path / "bcm.yaml", environment=access)
    metrics = settings.bridge.metrics
    assert metrics
    assert CONFIG["ingress_port"] == settings.web.port
    assert CONFIG["ports"] == {f"{metrics.port}/tcp": None}
    assert f"[PORT:{metrics.port}]/healthz" in CONFIG["watchdog"]
    assert settings.web.host == metrics.host == "0.0.0.0"
    assert (settings.mqtt.broker.username, settings.mqtt.broker.password) == ("addons", "secret")
    for place in (settings.database_url.removeprefix("sqlite:///"), settings.bridge.data):
        assert Path(place).is_relative_to("/data")


def test_the_image_copies_what_is_in_the_folder_or_is_copied_into_it() -> None:
    dockerfile = (ADD_ON / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (.*) \S+$", dockerfile, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    docs = re.search(
        r"scp -r (.*) root@\S+/addons/bcm_mqtt/$", (ADD_ON / "DOCS.md").read_text(), re.MULTILINE
    )
    assert docs
    from_checkout = set(docs[1].split())
    assert all((ROOT / name).exists() for name in from_checkout)
    assert sources == from_checkout | {"run.py", "bcm.yaml"}
    assert '["python", "/opt/bcm-mqtt/run.py"]' in dockerfile


class Supervisor(BaseHTTPRequestHandler):
    """Gives the access of the Mosquitto add-on to whoever has the add-on's token."""

    def do_GET(self) -> None:
        known = (self.path, self.headers["Authorization"]) == ("/services/mqtt", f"Bearer {TOKEN}")
        self.send_response(200 if known else 403)
        self.end_headers()
        data = {"host": "core-mosquitto", "username": "addons", "password": "secret"}
        self.wfile.write(json.dumps({"result": "ok", "data": data} if known else {}).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def supervisor() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Supervisor) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def add_on(tmp_path: Path, mosquitto: Mosquitto) -> Path:
    """A copy, with the places of a container changed to those of the test."""
    folder = tmp_path / "add-on"
    copytree(ADD_ON, folder)
    (tmp_path / "data").mkdir()
    (tmp_path / "config").mkdir()
    file = folder / "bcm.yaml"
    changes = {
        "/data": f"{tmp_path}/data",
        "host: core-mosquitto": f"host: 127.0.0.1\n  port: {mosquitto.port}",
        "port: 9480": f"port: {free_port()}",
        "host: 0.0.0.0\n": f"host: 0.0.0.0\n  port: {free_port()}\n",
        "172.30.32.2": "127.0.0.1",
        "192.168.1.50, port: 502": f"127.0.0.1, port: {free_port()}",
    }
    text = file.read_text()
    for one, other in changes.items():
        assert one in text
        text = text.replace(one, other)
    file.write_text(text)
    return folder


def start(folder: Path, supervisor: str, password: str = PASSWORD) -> Process:
    here = folder.parent
    options = {"administrator_password": password, "verbose": False}
    (here / "options.json").write_text(json.dumps(options))
    return Process(
        [sys.executable, str(folder / "run.py")],
        here / "log",
        SUPERVISOR_URL=supervisor,
        SUPERVISOR_TOKEN=TOKEN,
        CONFIGURATION_FOLDER=str(here / "config"),
        OPTIONS_FILE=str(here / "options.json"),
    )


def test_the_first_start_leads_to_a_page_with_one_user_behind_ingress(
    add_on: Path, supervisor: str
) -> None:
    config = add_on.parent / "config" / "bcm.yaml"
    with start(add_on, supervisor) as service:
        wait_until(lambda: "page: " in service.said(), 120, service.said)
        port = load(
            config, environment={"BCM_MQTT_USERNAME": "a", "BCM_MQTT_PASSWORD": "b"}
        ).web.port
        wait_until(lambda: accepts(port), 60, service.said)
        status, text = asked(port, "homeassistant.local:8123")
        assert status == 200
        assert "Log in" in text
        assert asked(port, "elsewhere.example")[0] == 421
        assert "user admin may log in as admin" in service.said()
        assert service.stop(60) == 0
    config.write_text(config.read_text() + "\n# mine\n")
    with start(add_on, supervisor, "another long password") as service:
        wait_until(lambda: service.said().count("page: ") == 2, 120, service.said)
        assert service.stop(60) == 0
    assert config.read_text().endswith("# mine\n")
    assert service.said().count("user admin may log in") == 1
    assert "Traceback" not in service.said()


def asked(port: int, host: str) -> tuple[int, str]:
    """As the Supervisor's ingress asks, following one redirection."""
    path = "/"
    for _ in range(2):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Host": host, "X-Ingress-Path": "/api/hassio_ingress/x", "Accept": "text/html"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        location = answer.headers["Location"]
        connection.close()
        if not location:
            break
        path = "/" + location.removeprefix("/api/hassio_ingress/x").lstrip("./")
    return answer.status, text


def test_without_a_broker_or_a_good_password_one_line_says_what_to_do(
    add_on: Path, supervisor: str
) -> None:
    assert start(add_on, supervisor, "short").wait(120) == 2
    log = (add_on.parent / "log").read_text()
    assert "expected at least 12" in log
    assert start(add_on, "http://127.0.0.1:1").wait(120) == 2
    log = (add_on.parent / "log").read_text()
    assert "install the Mosquitto add-on" in log
    assert "BCM_MQTT_USERNAME" in log
    assert "Traceback" not in log
