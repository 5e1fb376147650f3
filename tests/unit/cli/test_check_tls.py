"""`check` looks into the files of TLS, which other commands need not be able to read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from bcm_mqtt.config import load
from bcm_mqtt.config.checking import tls_findings
from unit.cli.conftest import Run
from unit.site_files import write_site

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def pair(folder: Path, name: str, ends: datetime = NOW + 9 * DAY) -> None:
    """NAME.pem and NAME.key, which belong together, and NAME.locked with a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - 99 * DAY)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    for end, encryption in (("key", NoEncryption()), ("locked", BestAvailableEncryption(b"x"))):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        (folder / f"{name}.{end}").write_bytes(pem)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pair(tmp_path, "ours")
    pair(tmp_path, "other")
    pair(tmp_path, "late", NOW - DAY)
    pair(tmp_path, "far", datetime(2055, 1, 1, tzinfo=UTC))
    (tmp_path / "empty.pem").write_text("")
    ours = (tmp_path / "ours.pem").read_text()
    (tmp_path / "cut.pem").write_text(f"{ours[:200]}\n-----END CERTIFICATE-----\n")
    return tmp_path


def page(folder: Path, certificate: str, key: str) -> Path:
    config = write_site(folder)
    with config.open("a") as file:
        file.write(f"web: {{tls: {{certificate: {certificate}, key: {key}}}}}\n")
    return config


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("empty.pem", "ours.key", "web.tls.certificate: {}/empty.pem holds no certificate"),
        ("ours.key", "ours.key", "web.tls.certificate: {}/ours.key holds no certificate"),
        ("cut.pem", "ours.key", "web.tls.certificate: {}/cut.pem holds a certificate that is"),
        ("ours.pem", "empty.pem", "web.tls.key: {}/empty.pem holds no private key"),
        ("ours.pem", "other.key", "web.tls.key: {0}/other.key is not the key of {0}/ours.pem"),
        ("ours.pem", "ours.locked", "web.tls.key: {}/ours.locked is protected by a password"),
    ],
)
def test_a_wrong_file_is_named(
    run: Run, folder: Path, certificate: str, key: str, said: str
) -> None:
    config = page(folder, certificate, key)
    load(config)  # other commands do not look into them
    ran = run("check", "-c", config)
    assert ran.status == 2
    assert ran.err.startswith(f"{config}: {said.format(folder)}")
    assert ran.err.count("\n") == 1


def test_a_pair_that_belongs_together_is_good(run: Run, folder: Path) -> None:
    for name in ("ours", "far"):
        ran = run("check", "-c", page(folder, f"{name}.pem", f"{name}.key"))
        assert (ran.status, ran.err) == (0, "")


def test_a_certificate_that_ended_is_a_warning(run: Run, folder: Path) -> None:
    config = page(folder, "late.pem", "late.key")
    ran = run("check", "-c", config)
    assert ran.status == 0
    assert ran.err == (
        f"{config}: warning: web.tls.certificate: {folder}/late.pem: a certificate ended on "
        f"{NOW - DAY:%F}: replace it\n"
    )


def test_the_brokers_files_are_looked_at_as_well(run: Run, folder: Path) -> None:
    config = write_site(folder)
    good = config.read_text()
    for tls, said in (
        ("ca: empty.pem", "mqtt.tls.ca: {}/empty.pem holds no certificate"),
        ("key: ours.key", "mqtt.tls.key: is given without certificate: expected both or none"),
        ("certificate: ours.pem", "mqtt.tls.certificate: {}/ours.pem holds no private key that"),
    ):
        config.write_text(good.replace("port: 1883", f"port: 1883, tls: {{{tls}}}"))
        ran = run("check", "-c", config)
        assert ran.status == 2
        assert ran.err.startswith(f"{config}: {said.format(folder)}")


def test_so_are_those_of_a_pair_of_bridges(run: Run, folder: Path) -> None:
    config = write_site(folder)
    good = config.read_text()
    peer = "address: '10.0.0.12:8490', listen: '10.0.0.11:8490', role: first"
    for ca, key, said in (
        ("empty.pem", "ours.key", "bridge.peer.tls.ca: {}/empty.pem holds no certificate"),
        ("ours.pem", "other.key", "bridge.peer.tls.key: {0}/other.key is not the key of {0}/ours"),
        ("ours.pem", "ours.key", ""),
    ):
        tls = f"{{ca: {ca}, certificate: ours.pem, key: {key}}}"
        config.write_text(good.replace("bridge: {", f"bridge: {{peer: {{{peer}, tls: {tls}}}, "))
        ran = run("check", "-c", config)
        assert ran.status == (2 if said else 0)
        assert ran.err.startswith(f"{config}: {said.format(folder)}" if said else "")
        assert ran.err.count("\n") == (1 if said else 0)


def test_a_key_that_may_not_be_read_is_a_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(page(folder, "ours.pem", "ours.key"))
    read = Path.read_text

    def refusing(file: Path, *arguments: str, **options: str) -> str:
        if file.name == "ours.key":
            raise PermissionError(13, "Permission denied")
        return read(file, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refusing)
    assert tls_findings(settings, NOW) == (
        [],
        [f"web.tls.key: {folder}/ours.key cannot be read by this user: Permission denied"],
    )
