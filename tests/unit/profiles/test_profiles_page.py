"""docs/profiles.md says what the profiles say."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from bcm_mqtt.profiles import load_profile, shipped_profiles

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    spec = spec_from_file_location("profiles_page", ROOT / "scripts" / "profiles_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "profiles.md").read_text()
    assert page == module.written(), "make profiles"


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_the_page_has_every_profile_with_its_source(name: str) -> None:
    page = (ROOT / "docs" / "profiles.md").read_text()
    assert f"### `{name}`" in page
    assert f"Source: {shipped_profiles()[name].source}." in page


def test_the_example_on_the_page_is_a_profile(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "profiles.md").read_text()
    (example,) = [block for block in page.split("```") if "id: my-meter" in block]
    file = tmp_path / "my-meter.yaml"
    file.write_text(example.removeprefix("yaml\n"))
    assert [row.address for row in load_profile(file).rows()] == [500, 501, 502]
