"""`notify`: a test to receivers, and what became of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bcm_mqtt.cli.root import bcm_mqtt
from bcm_mqtt.errors import BcmError
from unit.notifications.conftest import Server
from unit.site_files import write_site


def notify(folder: Path, url: str, *names: str) -> tuple[str, str]:
    """What it prints, and why it failed."""
    main = write_site(folder)
    hook = {"webhook": url, "secret": "hush"}
    receivers = {"desk": hook, "away": {**hook, "webhook": "http://127.0.0.1:9/address"}}
    text = json.dumps({"receivers": receivers})
    main.write_text(f"{main.read_text()}notifications: {text}\n")
    run = CliRunner().invoke(bcm_mqtt, ["notify", "-c", str(main), *names])
    if run.exception:
        assert isinstance(run.exception, BcmError | SystemExit), run.exception
    return run.output, str(run.exception or "")


def test_a_test_goes_to_the_receivers_that_are_named(
    tmp_path: Path,
    server: Server,
) -> None:
    assert notify(tmp_path, server.url, "desk") == ("desk: taken\n", "")
    assert server.bodies[0]["title"] == "Data Center 1: test of notifications"


def test_a_test_goes_to_all_and_says_who_did_not_take_it(
    tmp_path: Path,
    server: Server,
) -> None:
    output, error = notify(tmp_path, server.url)
    assert output.startswith("desk: taken\n")
    assert error == "away: the webhook was not reached: Connection refused"


@pytest.mark.parametrize("names", [("nobody",), ("desk", "nobody")])
def test_a_receiver_that_is_unknown_is_named(
    tmp_path: Path,
    server: Server,
    names: tuple[str, ...],
) -> None:
    _, error = notify(tmp_path, server.url, *names)
    assert error == "unknown receiver 'nobody': there are desk, away"
    assert server.taken == []
