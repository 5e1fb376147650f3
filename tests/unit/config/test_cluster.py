"""`cluster.tls`: what a scheduler of workers is shown."""

from pathlib import Path

import pytest

from bcm_mqtt.config import load
from unit.config.site_files import MAIN, complaints, write

LINE = len(MAIN.splitlines()) + 1
FILES = "ca: ca.pem, certificate: cert.pem, key: key.pem"


def test_it_is_not_needed(tmp_path: Path) -> None:
    assert load(write(tmp_path, {}), environment={}).cluster is None


def test_it_names_three_files(tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    main = f"{MAIN}cluster: {{tls: {{{FILES}}}}}\n"
    found = load(write(tmp_path, {"bcm.yaml": main}), environment={}).cluster
    assert found
    assert (found.ca, found.certificate, found.key) == (
        *(tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")),
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (f"tls: {{{FILES}}}", "cluster.tls.key: no such file key.pem"),
        ("tls: {ca: ca.pem, key: key.pem}", "cluster.tls.certificate"),
        ("adress: 'tls://10.0.0.5:8786'", "cluster.adress"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, section: str, said: str) -> None:
    main = f"{MAIN}cluster: {{{section}}}\n"
    found = complaints(tmp_path, {"bcm.yaml": main})
    assert any(f"bcm.yaml:{LINE}: {said}" in one for one in found)
