"""Addresses of clusters, and the files by which they are reached."""

from pathlib import Path

import pytest
import trustme

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.processes import cluster
from bcm_mqtt.processes.cluster import Cluster, ClusterAddress, TlsFiles


@pytest.mark.parametrize(
    "text",
    [
        *("tls://10.0.0.5:8786", "tls://[fd00::12]:8786", "tls://scheduler.example.com:1"),
        *("tcp://127.0.0.1:8786", "tcp://127.9.9.9:8786", "tcp://[::1]:8786", "tcp://localhost:1"),
    ],
)
def test_an_address_is_encrypted_or_of_this_machine(text: str) -> None:
    found = ClusterAddress.parse(text)
    assert (found.text, found.is_encrypted) == (text, text.startswith("tls"))


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.5:8786", "tcp://127.0.0.1.example.com:8786", "tcp://[fd00::1]:8786"]
)
def test_plain_tcp_to_others_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"without encryption.*expected tls://HOST:PORT"):
        ClusterAddress.parse(text)


@pytest.mark.parametrize(
    "text",
    ["ws://10.0.0.5:8786", "tls://10.0.0.5", "tls://10.0.0.5:0", "tls://:1", "tls://a:99999"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected tls://HOST:PORT such as"):
        ClusterAddress.parse(text)


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    authority = trustme.CA()
    of_client = authority.issue_cert("client.example.com")
    found = TlsFiles(*(tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")))
    authority.cert_pem.write_to_path(str(found.ca))
    of_client.cert_chain_pems[0].write_to_path(str(found.certificate))
    of_client.private_key_pem.write_to_path(str(found.key))
    return found


@pytest.mark.parametrize("name", TlsFiles._fields)
def test_files_that_are_wrong_are_one_line(files: TlsFiles, name: str) -> None:
    file: Path = getattr(files, name)
    file.write_text("no PEM\n")
    with (
        pytest.raises(InputError, match=r"cluster.tls: .*expected PEM files") as raised,
        Cluster(ClusterAddress.parse("tls://127.0.0.1:1"), files),
    ):
        pass
    assert "\n" not in str(raised.value)


def test_a_key_of_another_certificate_is_one_line(files: TlsFiles) -> None:
    other = trustme.CA().issue_cert("client.example.com")
    other.private_key_pem.write_to_path(str(files.key))
    with pytest.raises(InputError, match=r"cluster.tls: .*expected PEM files"):
        cluster.checked_context(files)


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(WorkError, match="install bcm-mqtt with the extra cluster"),
        Cluster(ClusterAddress.parse("tcp://127.0.0.1:1"), None),
    ):
        pass
