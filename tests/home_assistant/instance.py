"""A real Home Assistant, started for a test and stopped after it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from home_assistant.log import LogRecord, read_log
from home_assistant.seed import seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

T = TypeVar("T")

REGISTRY = Path(__file__).with_name("registry.py")
START_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.1
# Home Assistant says this of its own event loop, which hundreds of new entities can keep busy
# for longer; the states that a test waits for show that the broker had answered.
TOO_SLOW = "No ACK from MQTT server in"


@dataclass(frozen=True, slots=True)
class State:
    """What an entity shows."""

    entity_id: str
    state: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """An entry of the entity registry; `device_id` is the `id` of a device."""

    entity_id: str
    unique_id: str
    platform: str
    device_id: str | None
    name: str | None
    category: str | None
    disabled_by: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """An entry of the device registry.

    `identifiers` are what a payload calls `ids`, without the name of the integration, and
    `via_device` is the first one of the device it is reached through.
    """

    id: str
    identifiers: tuple[str, ...]
    name: str | None
    manufacturer: str | None
    model: str | None
    sw_version: str | None
    via_device: str | None


class HomeAssistant:
    """Home Assistant as a process of its own, on a free port of 127.0.0.1.

    Used as a context manager it runs within; `start` and `stop` do the same by hand. The
    configuration is made once, so that a restart finds the registries as they were.
    """

    def __init__(
        self,
        python: Path,
        directory: Path,
        mqtt_port: int,
        *,
        custom_components: Path | None = None,
        extra_yaml: str = "",
    ) -> None:
        """Makes the configuration in `directory`; `python` is that of .venv-ha."""
        self.directory = directory
        self.port = _free_port()
        self.token = seed(
            directory,
            http_port=self.port,
            mqtt_port=mqtt_port,
            custom_components=custom_components,
            extra_yaml=extra_yaml,
        )
        self._python = python
        self._log = directory / "output.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it has finished starting."""
        if self._process is not None:
            return
        # What pytest and its Python were told is not meant for this one.
        foreign = ("PYTHON", "PYTEST", "COV", "VIRTUAL_ENV")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        command = [str(self._python), "-m", "homeassistant", "--config", str(self.directory)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--skip-pip", "--log-no-color"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for pytest, which then stops it in good order.
                start_new_session=True,
            )
        try:
            self.wait_for(self._is_running, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Asks it to end, and makes it end when it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stops it and starts it with the same configuration, on the same port."""
        self.stop()
        self.start()

    def cpu_s(self) -> float:
        """What its process has used so far, in seconds of one core; Linux only."""
        assert self._process
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def states(self) -> dict[str, State]:
        """All states, by entity id."""
        return {
            found["entity_id"]: State(found["entity_id"], found["state"], found["attributes"])
            for found in self.request("GET", "/api/states")
        }

    def state(self, entity_id: str) -> State:
        """The state of one entity; a KeyError when there is no such entity."""
        return self.states()[entity_id]

    def entities(self) -> dict[str, Entity]:
        """The entity registry, with what is disabled, by entity id."""
        [entries] = self.ask({"type": "config/entity_registry/list"})
        return {
            entry["entity_id"]: Entity(
                entity_id=entry["entity_id"],
                unique_id=entry["unique_id"],
                platform=entry["platform"],
                device_id=entry["device_id"],
                name=entry["name"] or entry["original_name"],
                category=entry["entity_category"],
                disabled_by=entry["disabled_by"],
            )
            for entry in entries
        }

    def devices(self) -> list[Device]:
        """The device registry."""
        [entries] = self.ask({"type": "config/device_registry/list"})
        identifiers = {
            entry["id"]: tuple(identifier for _, identifier in entry["identifiers"])
            for entry in entries
        }
        return [
            Device(
                id=entry["id"],
                identifiers=identifiers[entry["id"]],
                name=entry["name_by_user"] or entry["name"],
                manufacturer=entry["manufacturer"],
                model=entry["model"],
                sw_version=entry["sw_version"],
                via_device=next(iter(identifiers.get(entry["via_device_id"], ())), None),
            )
            for entry in entries
        ]

    def device(self, identifier: str) -> Device:
        """The device with this identifier; a KeyError when there is none."""
        for device in self.devices():
            if identifier in device.identifiers:
                return device
        raise KeyError(identifier)

    def log(self) -> list[LogRecord]:
        """What it has logged since the first start."""
        return read_log(self._log)

    def log_problems(self, *domains: str) -> list[LogRecord]:
        """Its warnings and errors since the first start, but those of a slow machine.

        Args:
            domains: integrations such as `mqtt`, or loggers such as `homeassistant.helpers`, with
                everything below them; none means all.
        """
        return [
            record
            for record in self.log()
            if record.is_problem
            and not record.message.startswith(TOO_SLOW)
            and (not domains or any(map(record.is_of, domains)))
        ]

    def call(self, domain: str, service: str, **data: object) -> None:
        """Calls a service, as a person does with a switch or a text field."""
        self.request("POST", f"/api/services/{domain}/{service}", data)

    def request(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """What the REST API answers; a ConnectionError when it refuses."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        ) as connection:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            text = response.read().decode()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise ConnectionError(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def ask(self, *commands: Mapping[str, object]) -> list[Any]:
        """The results of commands to the websocket API; a ConnectionError when it refuses."""
        question = {"port": self.port, "token": self.token, "commands": commands}
        answer = subprocess.run(
            [str(self._python), str(REGISTRY)],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        if answer.returncode:
            raise ConnectionError(answer.stderr.strip())
        results: list[Any] = json.loads(answer.stdout)
        return results

    def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Waits until the predicate gives something true, and returns that.

        A KeyError in it means not yet: what is looked up may still have to appear. When time is
        up it is a TimeoutError that ends with the log.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                if result := predicate():
                    return result
                reason = f"it was {result!r}"
            except KeyError as error:
                reason = f"there was no {error}"
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"Home Assistant has ended:\n{self._log_tail()}")
            if time.monotonic() >= end:
                raise TimeoutError(f"not within {seconds} s, {reason}:\n{self._log_tail()}")
            time.sleep(POLL_SECONDS)

    def _is_running(self) -> bool:
        try:
            return bool(self.request("GET", "/api/config")["state"] == "RUNNING")
        except (OSError, http.client.HTTPException):
            return False  # it does not listen yet

    def _log_tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
