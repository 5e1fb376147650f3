"""Files that are saved while the bridge reads them: the newest content is applied in the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.config import Settings, change_circuits, load, reload_directories
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import InputError
from unit.builders import NOON, SetClock
from unit.site_files import write_site

FOLLOWED = "bcm_mqtt.bridge.followed"
CHANGE = CircuitChange("rpp-1a", 1, description="Customer9-A")


@pytest.fixture(autouse=True)
def checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{FOLLOWED}._CHECK_EVERY_S", 0.0)


def description(followed: FollowedDirectory) -> str:
    return followed.panels["rpp-1a"].at(NOON)[1].description


async def following(changes: AsyncIterator[object]) -> None:
    await anext(aiter(changes))


async def test_an_edit_while_the_configuration_is_loaded_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = AppliedSettings(load(write_site(tmp_path)))
    directory = FollowedDirectory(settings.now, SetClock())
    before = settings.now

    def edited_meanwhile(file: Path) -> Settings:
        loaded = load(file)
        rewritten = change_circuits(before, [CHANGE], SetClock())
        directory.take_rewritten(before, rewritten)
        return loaded

    monkeypatch.setattr(f"{FOLLOWED}.load", edited_meanwhile)
    directory.take_settings(await settings.reloaded())
    await following(directory.changes())
    assert description(directory) == "Customer9-A"


async def test_a_configuration_that_is_saved_while_it_is_loaded_is_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = write_site(tmp_path)
    settings = AppliedSettings(load(main))

    def saved_meanwhile(file: Path) -> Settings:
        loaded = load(file)
        main.write_text(main.read_text().replace("main_rating: 225", "main_rating: 400"))
        return loaded

    monkeypatch.setattr(f"{FOLLOWED}.load", saved_meanwhile)
    await settings.reloaded()
    assert settings.now.panels["rpp-1a"].panel.main_rating == 225
    await following(settings.changes())
    assert settings.now.panels["rpp-1a"].panel.main_rating == 400


async def test_an_edit_outlives_the_refusal_of_the_file_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(write_site(tmp_path))
    good = settings.circuits.read_bytes()
    directory = FollowedDirectory(settings, SetClock())

    def edited_meanwhile(settings: Settings, **_: bool) -> dict[str, Directory]:
        settings.circuits.write_text("nonsense\n")
        with pytest.raises(InputError) as caught:
            reload_directories(settings)
        settings.circuits.write_bytes(good)
        directory.take_rewritten(settings, change_circuits(settings, [CHANGE], SetClock()))
        raise caught.value

    monkeypatch.setattr(f"{FOLLOWED}.reload_directories", edited_meanwhile)
    await directory.read()
    assert directory.problem == ""
    assert description(directory) == "Customer9-A"
