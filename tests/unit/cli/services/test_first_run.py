"""The address that `run` prints where nothing is configured yet."""

import pytest

from bcm_mqtt.cli.services.first_run import page_address

ADDRESSES = {
    "127.0.0.1": "http://127.0.0.1:8480/",
    "::1": "http://[::1]:8480/",
    "0.0.0.0": "http://localhost:8480/",
    "::": "http://localhost:8480/",
}


@pytest.mark.parametrize("host", ADDRESSES)
def test_the_page_answers_under_the_address_that_is_printed(host: str) -> None:
    assert page_address(host, 8480) == ADDRESSES[host]
