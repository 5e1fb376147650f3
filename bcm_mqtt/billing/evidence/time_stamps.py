"""Time stamps of the chain by a service (RFC 3161): that a bill was issued as it is, by a time.

rfc3161-client makes the request and checks what comes back; it is imported where it is needed,
since only sites with a service need it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from bcm_mqtt.errors import InputError, WorkError

_QUERY: Final = "application/timestamp-query"
_LONGEST: Final = timedelta(seconds=20)
_LARGEST: Final = 100_000
"""Bytes of an answer; usual ones have some thousand."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What a service answered.

    Attributes:
        stamped: By the service's clock, UTC.
        token: Its answer, DER, as `openssl ts` reads it.
    """

    stamped: datetime
    token: bytes


@dataclass(frozen=True, slots=True)
class TimeStampService:
    """A service for time stamps.

    Attributes:
        url: HTTP or HTTPS.
        ca: PEM of the certificates that its own is signed by.
    """

    url: str
    ca: Path

    def stamp(self, statement: bytes) -> TimeStamp:
        """A time stamp of a statement, checked.

        Raises:
            InputError: the file of certificates holds none.
            WorkError: the service is away, refuses, or answers what is not to be believed.
        """
        client = _client()
        built = client.TimestampRequestBuilder().data(statement)
        built = built.hash_algorithm(client.HashAlgorithm.SHA256)  # as every service takes it
        query = built.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()
        # An address of the site's own configuration.
        request = Request(self.url, query, {"content-type": _QUERY})  # noqa: S310
        try:
            with urlopen(request, timeout=_LONGEST / timedelta(seconds=1)) as answer:  # noqa: S310
                token = answer.read(_LARGEST)
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise WorkError(f"{self.url}: no time stamp: {reason}") from error
        try:
            return TimeStamp(self.time_of(token, statement), token)
        except ValueError as error:
            raise WorkError(f"{self.url}: no time stamp: {error}") from error

    def time_of(self, token: bytes, statement: bytes) -> datetime:
        """When a statement was stamped, UTC.

        Raises:
            InputError: the file of certificates holds none.
            ValueError: the token is not of the statement, or not by the service.
        """
        client = _client()
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - as the client

        try:
            certificates = load_pem_x509_certificates(self.ca.read_bytes())
        except (OSError, ValueError):
            message = "expected certificates as PEM"
            raise InputError.of(message, source=str(self.ca)) from None
        builder = client.VerifierBuilder()
        for certificate in certificates:
            builder = builder.add_root_certificate(certificate)
        try:
            answer = client.decode_timestamp_response(token)
            builder.build().verify_message(answer, statement)
            stamped: datetime = answer.tst_info.gen_time
        except (client.VerificationError, ValueError) as error:
            raise ValueError(str(error)) from None
        return stamped.astimezone(UTC)


def stamp_faults(
    service: TimeStampService, stamps: Mapping[int, TimeStamp], statements: Mapping[int, bytes]
) -> Mapping[int, str]:
    """What is wrong with time stamps, by the number of the bill.

    Args:
        service: That made them.
        stamps: By the number of the bill.
        statements: What is signed of each bill as it is stored now.
    """
    faults = {}
    for number, stamp in stamps.items():
        try:
            service.time_of(stamp.token, statements[number])
        except KeyError:
            faults[number] = "is missing: there is a time stamp of it"
        except ValueError as error:
            faults[number] = f"is not as it was when it was stamped: {error}"
    return faults


def _client() -> ModuleType:
    try:
        import rfc3161_client  # noqa: PLC0415 - an extra
    except ImportError:
        message = "time stamps need rfc3161-client: install bcm-mqtt with the extra timestamps"
        raise WorkError(message) from None
    return rfc3161_client
