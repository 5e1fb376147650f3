"""Fixtures of the tests that need Home Assistant."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from home_assistant.instance import HomeAssistant

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = Path(__file__).parents[2] / ".venv-ha"


class HomeAssistantFactory(Protocol):
    """Starts a Home Assistant that is connected to the broker at this port of 127.0.0.1."""

    def __call__(
        self, mqtt_port: int, *, custom_components: Path | None = None, extra_yaml: str = ""
    ) -> HomeAssistant: ...


@pytest.fixture(scope="session")
def home_assistant_python() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    # The stamp is the script's word that the environment is complete.
    if not python.exists() or not (ENVIRONMENT / ".ready").exists():
        pytest.fail(
            "The Home Assistant environment is missing: run scripts/home-assistant-environment, "
            'or leave these tests out with -m "not home_assistant"',
            pytrace=False,
        )
    return python


@pytest.fixture(scope="module")
def home_assistant_factory(
    home_assistant_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HomeAssistantFactory]:
    # It takes seconds to start, so the tests of a module may share one.
    with ExitStack() as running:

        def start(
            mqtt_port: int, *, custom_components: Path | None = None, extra_yaml: str = ""
        ) -> HomeAssistant:
            return running.enter_context(
                HomeAssistant(
                    home_assistant_python,
                    tmp_path_factory.mktemp("home-assistant"),
                    mqtt_port,
                    custom_components=custom_components,
                    extra_yaml=extra_yaml,
                )
            )

        yield start
