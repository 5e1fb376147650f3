"""The supervised process that publishes: kept running, and not left behind."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread

import pytest

from bcm_mqtt.cli.services.supervised import _keep_running, supervised
from bcm_mqtt.config import FollowedSettings, Settings, load
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.errors import InputError
from unit.site_files import TARIFFS, write_site

LIVES = "import sys; open(sys.argv[1], 'a').write('started\\n'); sys.stdin.read()"
DIES = "import sys; open(sys.argv[1], 'a').write('started\\n'); sys.exit(3)"


def wait_until(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def starts(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def kept_running(script: str, file: Path) -> tuple[Thread, Event]:
    stopping = Event()
    command = [sys.executable, "-c", script, str(file)]
    thread = Thread(target=_keep_running, args=["billing", command, None, stopping])
    thread.start()
    return thread, stopping


def test_it_ends_when_its_input_does(tmp_path: Path) -> None:
    thread, stopping = kept_running(LIVES, tmp_path / "starts")
    wait_until(lambda: starts(tmp_path / "starts") == 1)
    stopping.set()
    thread.join(30)
    assert not thread.is_alive()
    assert starts(tmp_path / "starts") == 1


def test_it_is_started_again_when_it_dies_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.services.supervised._LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("bcm_mqtt.cli.services.supervised._AGAIN_AFTER_S", 0.01)
    thread, stopping = kept_running(DIES, tmp_path / "starts")
    wait_until(lambda: starts(tmp_path / "starts") >= 3)
    stopping.set()
    thread.join(30)
    assert not thread.is_alive()
    assert set(caplog.messages) == {"billing ended with status 3 and will be restarted soon"}


def test_one_that_does_not_end_by_itself_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.services.supervised._ENDS_WITHIN_S", 0.01)
    stubborn = LIVES.replace("sys.stdin.read()", "import time; time.sleep(600)")
    thread, stopping = kept_running(stubborn, tmp_path / "starts")
    wait_until(lambda: starts(tmp_path / "starts") == 1)
    stopping.set()
    thread.join(30)
    assert not thread.is_alive()


def test_nothing_is_started_where_nothing_is_to_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_site(tmp_path)
    config.write_text(config.read_text().replace("billing: {", "billing: {publish: false, "))
    started: list[object] = []
    keep_running = "bcm_mqtt.cli.services.supervised._keep_running"
    monkeypatch.setattr(keep_running, lambda *_: started.append(_))
    with supervised("billing", load(config)):
        pass
    assert started == []


def test_terms_are_read_again_only_where_a_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(write_site(tmp_path))
    followed = FollowedSettings(settings)

    def tariffs() -> Mapping[str, Tariff]:
        return followed.last_good().terms.tariffs

    loads: list[Path] = []

    def noted(file: Path) -> Settings:
        loads.append(file)
        return load(file)

    monkeypatch.setattr("bcm_mqtt.config.followed.load", noted)
    assert tariffs() == tariffs() == settings.terms.tariffs
    assert loads == []
    (tmp_path / "tariffs.yaml").write_text(TARIFFS + "  night:\n    versions: []\n")
    assert tariffs() == tariffs() == settings.terms.tariffs  # refused, and not asked again
    assert loads == [settings.file]
    (tmp_path / "tariffs.yaml").write_text(TARIFFS.replace("0.1185", "0.25"))
    assert str(tariffs()["standard"].versions[0].energy) == "0.25"
    assert loads == [settings.file] * 2


def test_terms_that_are_saved_while_they_are_read_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = FollowedSettings(load(write_site(tmp_path)))
    tariffs = tmp_path / "tariffs.yaml"

    def saved_meanwhile(file: Path) -> Settings:
        loaded = load(file)
        tariffs.write_text(TARIFFS.replace("0.1185", "0.375"))
        return loaded

    monkeypatch.setattr("bcm_mqtt.config.followed.load", saved_meanwhile)
    tariffs.write_text(TARIFFS.replace("0.1185", "0.25"))
    assert str(followed.last_good().terms.tariffs["standard"].versions[0].energy) == "0.25"
    assert str(followed.last_good().terms.tariffs["standard"].versions[0].energy) == "0.375"


def test_files_that_were_wrong_are_right_once_what_was_missing_is_there(tmp_path: Path) -> None:
    settings = load(write_site(tmp_path))
    followed = FollowedSettings(settings)
    settings.file.write_text(settings.file.read_text().replace("tariffs.yaml", "night.yaml"))
    with pytest.raises(InputError, match=r"night\.yaml"):
        followed.current()
    assert followed.last_good() is settings
    (tmp_path / "night.yaml").write_text(TARIFFS)  # not one of the files that were read
    assert followed.current().terms.tariffs == settings.terms.tariffs
    assert followed.last_good() is followed.current()
