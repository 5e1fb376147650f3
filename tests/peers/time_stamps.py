"""A time-stamp service (RFC 3161): `openssl ts` behind HTTP."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_CONFIG = """\
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[usage]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = critical,CA:FALSE
"""


class StampService:
    """Stamps what is posted to it.

    Attributes:
        url: Its address.
        ca: The certificate to trust.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.ca = folder / "ca.pem"


def _openssl(*arguments: str) -> bytes:
    return subprocess.run(
        ["openssl", *arguments], check=True, capture_output=True, timeout=30
    ).stdout


def make_certificates(folder: Path) -> None:
    """A certificate authority, and the service's certificate by it."""
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ca, tsa = str(folder / "ca"), str(folder / "tsa")
    _openssl(
        *("req", "-x509", *new, "-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-days", "9999"),
        *("-subj", "/CN=Stamps CA", "-addext", "keyUsage=critical,keyCertSign"),
    )
    _openssl("req", *new, "-keyout", f"{tsa}.key", "-out", f"{tsa}.csr", "-subj", "/CN=Stamps")
    _openssl(
        *("x509", "-req", "-in", f"{tsa}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key"),
        *("-out", f"{tsa}.pem", "-days", "9999", "-extfile", f"{folder}/tsa.cnf"),
        *("-extensions", "usage"),
    )


@contextmanager
def stamp_service(folder: Path) -> Iterator[StampService]:
    """The service, until the context ends."""
    make_certificates(folder)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["content-length"])))
            answer = _openssl(
                *("ts", "-reply", "-config", f"{folder}/tsa.cnf", "-queryfile", str(query))
            )
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield StampService(folder, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
