"""Whether the files that TLS needs are what they should be; only `check` looks into them.

Other commands do not: who makes bills need not be able to read the page's key.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.errors import Problem

_CERTIFICATE, _KEY = "-----BEGIN CERTIFICATE-----", "PRIVATE KEY-----"
_ENCRYPTED = ("BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")
_UTC_TIME = 0x17
_VERSION = 0xA0


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a section, with the dotted path of its keys."""

    section: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def named(self) -> Iterator[tuple[str, Path, str]]:
        """Key, file and what it has to hold."""
        for name, file, holds in (
            ("ca", self.ca, _CERTIFICATE),
            ("certificate", self.certificate, _CERTIFICATE),
            ("key", self.key, _KEY),
        ):
            if file:
                yield f"{self.section}.{name}", file, holds


def tls_findings(settings: Settings, now: datetime) -> tuple[list[Problem], list[str]]:
    """What is wrong with these files, and what somebody should know.

    Args:
        settings: Whose files are there.
        now: Certificates should be valid then.
    """
    problems: list[Problem] = []
    warnings: list[str] = []
    source = str(settings.file)
    for files in _sections(settings):
        texts: dict[str, str] = {}
        for key, file, holds in files.named():
            try:
                texts[key] = file.read_text("ascii", errors="replace")
            except OSError as error:
                warnings.append(f"{key}: {file} cannot be read by this user: {error.strerror}")
                continue
            problem = _text_problem(texts[key], file, holds)
            if problem:
                problems.append(Problem(source, 0, key, problem))
            elif holds == _CERTIFICATE:
                warnings += [f"{key}: {file}: {said}" for said in _validity(texts[key], now)]
        wrong = any(problem.key.startswith(files.section) for problem in problems)
        if not wrong and len(texts) == len(list(files.named())):
            problems += [Problem(source, 0, *one) for one in _mismatch(files)]
    return problems, warnings


def _sections(settings: Settings) -> Iterator[_Files]:
    broker, page = settings.mqtt.broker, settings.web.tls
    yield _Files("mqtt.tls", broker.ca, broker.certificate, broker.key)
    if page:
        yield _Files("web.tls", None, page.certificate, page.key)
    if settings.bridge.peer and settings.bridge.peer.tls:
        peer = settings.bridge.peer.tls
        yield _Files("bridge.peer.tls", peer.ca, peer.certificate, peer.key)
    if settings.cluster:
        tls = settings.cluster
        yield _Files("cluster.tls", tls.ca, tls.certificate, tls.key)
    if settings.mail:
        yield _Files("mail", settings.mail.ca)
    if settings.time_stamps:
        yield _Files("billing.time_stamps", settings.time_stamps.ca)


def _text_problem(text: str, file: Path, holds: str) -> str:
    if holds == _CERTIFICATE:
        if _CERTIFICATE not in text:
            return f"{file} holds no certificate: expected PEM with {_CERTIFICATE}"
        try:
            list(map(_valid_until, _certificates(text)))
        except (ValueError, IndexError):
            return f"{file} holds a certificate that is damaged: expected PEM as it was issued"
    elif _KEY not in text:
        return f"{file} holds no private key: expected PEM with -----BEGIN PRIVATE KEY-----"
    elif any(word in text for word in _ENCRYPTED):
        return f"{file} is protected by a password, which no service can enter: remove it"
    return ""


def _mismatch(files: _Files) -> Iterator[tuple[str, str]]:
    """Key and message of what OpenSSL says to the files together."""
    if files.key and not files.certificate:
        yield f"{files.section}.key", "is given without certificate: expected both or none"
    if files.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(files.certificate, files.key, password=_no_password)
        except (ssl.SSLError, OSError) as error:
            key = files.key or files.certificate
            if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
                message = f"{key} is not the key of {files.certificate}"
            else:
                message = f"{key} holds no private key that OpenSSL can read: {error}"
            yield f"{files.section}.{'key' if files.key else 'certificate'}", message


def _no_password() -> str:
    return ""


def _validity(text: str, now: datetime) -> Iterator[str]:
    for certificate in _certificates(text):
        until = _valid_until(certificate)
        if until < now:
            yield f"a certificate ended on {until:%F}: replace it"


def _certificates(text: str) -> list[bytes]:
    """As DER, in order."""
    end = "-----END CERTIFICATE-----"
    parts = [_CERTIFICATE + part for part in text.split(_CERTIFICATE)[1:]]
    return [ssl.PEM_cert_to_DER_cert(part.partition(end)[0] + end + "\n") for part in parts]


def _valid_until(certificate: bytes) -> datetime:
    """The end of a certificate's validity (RFC 5280, 4.1), the fifth or fourth of its fields."""
    [(_, signed), *_] = _elements(certificate)
    [(_, content), *_] = _elements(signed)
    fields = [one for one in _elements(content) if one[0] != _VERSION]
    tag, time = _elements(fields[3][1])[1]
    text = time.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "5" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of what follows one another in DER (X.690)."""
    found = []
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(der[at : at + count])
            at += count
        if at + length > len(der):
            raise ValueError("cut short")
        found.append((tag, der[at : at + length]))
        at += length
    return found
