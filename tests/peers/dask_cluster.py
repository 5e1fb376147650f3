"""A Dask cluster on loopback: scheduler and workers as processes, with certificates of its own."""

import sys
from pathlib import Path
from typing import NamedTuple, Self

import trustme

from peers.process import Process, free_port, wait_until

_PYTHON = (sys.executable, "-m")
_PRELOADED = "bcm_mqtt.billing.computing.at_worker"


class Certificates(NamedTuple):
    """PEM files; scheduler, workers and whoever asks them have the same."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> Self:
        """New ones, in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1")
        files = cls(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
        authority.cert_pem.write_to_path(str(files.ca))
        issued.cert_chain_pems[0].write_to_path(str(files.certificate))
        issued.private_key_pem.write_to_path(str(files.key))
        return files

    @property
    def section(self) -> str:
        """Of a site's configuration."""
        names = ", ".join(f'{name}: "{file}"' for name, file in self._asdict().items())
        return f"cluster: {{tls: {{{names}}}}}\n"

    @property
    def options(self) -> tuple[str, ...]:
        """Of Dask's programs."""
        pairs = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), self, strict=True)
        return tuple(str(one) for pair in pairs for one in pair)


class DaskCluster:
    """Workers of one thread each, which are not started again."""

    def __init__(self, folder: Path, config: Path, count: int = 2) -> None:
        """Takes the configuration of the workers."""
        self._folder = folder
        self._config = config
        self._count = count
        self._port = free_port()
        self.certificates = Certificates.made(folder / "tls")
        self.scheduler: Process | None = None
        self.workers: list[Process] = []

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        try:
            place = ("--protocol", "tls", "--host", "127.0.0.1", "--port", str(self._port))
            self.scheduler = self._started("dask_scheduler", *place)
            for _ in range(self._count):
                self.add_worker()
            wait_until(self._is_ready, 60, self.said)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_worker(self) -> Process:
        """One more; its configuration is the cluster's."""
        options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
        more = ("--local-directory", str(self._folder / "scratch"), "--preload", _PRELOADED)
        worker = self._started("dask_worker", self.address, *options, *more)
        self.workers.append(worker)
        return worker

    def _started(self, program: str, *options: str) -> Process:
        command = (*_PYTHON, f"distributed.cli.{program}", *options, "--no-dashboard")
        log = self._folder / f"{program}-{len(self.workers)}.log"
        certificates = self.certificates.options
        return Process([*command, *certificates], log, BCM_MQTT_CONFIG=str(self._config))

    def _is_ready(self) -> bool:
        assert self.scheduler
        return self.scheduler.said().count("Register worker") >= self._count

    def said(self) -> str:
        """All logs."""
        running = [self.scheduler, *self.workers]
        return "\n".join(one.said() for one in running if one)

    def close(self) -> None:
        """Ends all of them."""
        for one in (*self.workers, self.scheduler):
            if one and one.running:
                one.kill()
