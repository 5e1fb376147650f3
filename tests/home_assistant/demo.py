"""Home Assistant beside `bcm-mqtt demo`: two whole panels, customers, two months of history."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from home_assistant.instance import HomeAssistant
from peers.process import BCM_MQTT, Process, free_port, wait_until

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-ha" / "bin" / "python"
CUSTOMERS = {
    f"demo_customer_{name}_energy"
    for name in ("Acme", "Globex", "Hooli", "House", "Initech", "Umbrella")
}
WITHOUT_STATE_AT_FIRST = re.compile("_(acknowledge|poll|reload)$")
"""A button has no state."""


class DemoHome:
    """The demo, and a Home Assistant on its broker whose person has said yes to the integration."""

    def __init__(self, folder: Path, python: Path = PYTHON, extra_yaml: str = "") -> None:
        self._stack = ExitStack()
        self._folder = folder
        self._python = python
        self._extra_yaml = extra_yaml

    def __enter__(self) -> Self:
        with self._stack as stack:
            folder = self._folder
            command = [*BCM_MQTT, "demo", "--data", str(folder / "demo"), "--broker", "mosquitto"]
            demo = Process([*command, "--port", str(free_port())], folder / "demo.log")
            stack.enter_context(demo)
            config = folder / "demo" / "bcm.yaml"
            wait_until(lambda: "page" in demo.said(), 180, demo.said)
            found = re.search(r"mqtt: {host: 127.0.0.1, port: (\d+)", config.read_text())
            assert found
            self.home = HomeAssistant(
                self._python,
                folder / "home",
                int(found[1]),
                custom_components=ROOT / "custom_components",
                extra_yaml=self._extra_yaml,
            )
            stack.enter_context(self.home)
            self._say_yes()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _say_yes(self) -> None:
        def found() -> list[str]:
            (flows,) = self.home.ask({"type": "config_entries/flow/progress"})
            return [flow["flow_id"] for flow in flows if flow["handler"] == "bcm_mqtt"]

        (flow,) = self.home.wait_for(found, 60)
        self.home.request("POST", f"/api/config/config_entries/flow/{flow}", {})

    def expected(self) -> set[str]:
        """The entities that should have a state soon after a start: once no more come."""
        before: set[str] = set()

        def all_there() -> set[str]:
            nonlocal before
            entities = self.home.entities()
            now = {
                entity_id
                for entity_id, entity in entities.items()
                if not entity.disabled_by
                and entity.platform in {"mqtt", "bcm_mqtt"}
                and not entity_id.startswith("button.")
                and not (
                    entity.platform == "mqtt" and WITHOUT_STATE_AT_FIRST.search(entity.unique_id)
                )
            }
            same, before = now == before, now
            customers = {entity.unique_id for entity in entities.values()} >= CUSTOMERS
            return now if same and customers else set()

        return self.home.wait_for(all_there, 200)

    def without_state(self, expected: set[str]) -> set[str]:
        """Those that have none."""
        states = self.home.states()
        return {
            key
            for key in expected
            if key not in states or states[key].state in {"unknown", "unavailable"}
        }
