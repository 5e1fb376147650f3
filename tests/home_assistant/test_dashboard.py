"""Two whole panels with customers: everything is there, and the example dashboard finds it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from home_assistant.demo import ROOT, DemoHome

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(600)]

DASHBOARD = ROOT / "config" / "home-assistant" / "dashboard.yaml"
WITHIN_S = 180
"""For things that take a second on a quiet machine: benchmarks/home_assistant.py."""


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, home_assistant_python: Path
) -> Iterator[DemoHome]:
    with DemoHome(tmp_path_factory.mktemp("demo"), home_assistant_python) as running:
        yield running


def test_all_entities_have_a_state_again_after_a_restart_and_nothing_complains(
    demo: DemoHome,
) -> None:
    expected = demo.expected()
    assert len([key for key in expected if key.endswith("_current")]) > 2 * 30
    demo.home.restart()
    demo.home.wait_for(lambda: not demo.without_state(expected), WITHIN_S)
    assert demo.home.log_problems("mqtt", "bcm_mqtt", "homeassistant.helpers.frame") == []


def test_the_example_dashboard_names_what_there_is(demo: DemoHome) -> None:
    found = set(named(YAML(typ="safe").load(DASHBOARD)))
    statistics = {name for name in found if name.startswith("bcm_mqtt:")}
    assert len(statistics) == 2
    assert len(found) > 15
    assert demo.without_state(found - statistics) == set()

    def known() -> bool:
        (listed,) = demo.home.ask({"type": "recorder/list_statistic_ids"})
        return statistics <= {item["statistic_id"] for item in listed}

    demo.home.wait_for(known, WITHIN_S)


def test_the_example_dashboard_lists_the_fullest_circuits(demo: DemoHome) -> None:
    (card,) = [
        card
        for view in YAML(typ="safe").load(DASHBOARD)["views"]
        for card in view["cards"]
        if card["type"] == "markdown"
    ]
    template = f"{{% set text %}}{card['content']}{{% endset %}}{{{{ text | tojson }}}}"

    def loads() -> list[float]:
        text = demo.home.request("POST", "/api/template", {"template": template})
        return [float(load) for load in re.findall(r"\| ([\d.]+)&nbsp;% \|", text)]

    found = demo.home.wait_for(loads, WITHIN_S)
    assert len(found) == 8
    assert found == sorted(found, reverse=True)


def named(part: object, key: str = "") -> Iterator[str]:
    """Entities and statistics below `entity` and `entities`."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from named(value, name)
    elif isinstance(part, list):
        for item in part:
            yield from named(item, key)
    elif isinstance(part, str) and key in {"entity", "entities"}:
        yield part
