"""Work by the workers of a Dask cluster, of this machine or others.

A scheduler has its workers run whatever it is handed: whoever reaches it runs programs as their
user. So it is reached by TLS with a certificate of its own authority, or on this machine alone.
"""

import asyncio
import logging
import re
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLContext, SSLError, create_default_context
from typing import Any, Final, NamedTuple, Self, TypeVar

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.processes.named import called, name_of

_ADDRESS: Final = re.compile(r"(tls|tcp)://(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")
_CONNECT_S: Final = 10
_LOOK_S: Final = 1.0
PATIENCE_S: Final = 60.0
"""How long there may be no worker, while one that was killed is started again; how long a worker
may take for its first answer, to which it may have much to import.
"""

_Made = TypeVar("_Made")


class TlsFiles(NamedTuple):
    """PEM files: the authority of all certificates, this side's and its key."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a scheduler listens."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `tls://HOST:PORT`, or `tcp://HOST:PORT` on this machine.

        Raises:
            InputError: it is neither.
        """
        match = _ADDRESS.fullmatch(text)
        if not match or not 0 < int(match[3]) < 65536:
            raise InputError.of(f"{text}: expected tls://HOST:PORT such as tls://10.0.0.5:8786")
        if match[1] == "tcp" and not _is_here(match[2].strip("[]")):
            message = (
                f"{text} leaves this machine without encryption, and would let anyone there run "
                "programs: expected tls://HOST:PORT"
            )
            raise InputError.of(message)
        return cls(text)

    @property
    def is_encrypted(self) -> bool:
        """Whether it needs certificates."""
        return self.text.startswith("tls:")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Cluster:
    """The workers of a cluster while its context is entered."""

    def __init__(
        self, address: ClusterAddress, tls: TlsFiles | None, patience_s: float = PATIENCE_S
    ) -> None:
        """Does not connect yet.

        Args:
            address: Of the scheduler.
            tls: What it is shown, and by which it is known; None without encryption.
            patience_s: See `PATIENCE_S`.
        """
        self._address = address
        self._tls = tls
        self._patience_s = patience_s
        self._seen_s = time.monotonic()
        self._client: Any = None  # of Dask, most of whose methods state no types

    def __enter__(self) -> Self:
        """Connects.

        Raises:
            InputError: the files of TLS are wrong.
            WorkError: no scheduler answers, or the extra is not installed.
        """
        security = self._security()
        distributed = _distributed()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions, which whoever works is asked for
                self._client = distributed.Client(
                    self._address.text,
                    security=security,
                    timeout=_CONNECT_S,
                    set_as_default=False,
                    name="bcm-mqtt",
                )
        except (OSError, ValueError) as error:
            raise WorkError(
                f"no scheduler was reached at {self._address.text}: {_line(error)}; expected "
                "`dask scheduler` there, and certificates of one authority on both sides"
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        """Lets go of it; what is being worked on there ends by itself."""
        if self._client:
            self._client.close(timeout=_CONNECT_S)
            self._client = None

    @property
    def _open(self) -> Any:  # noqa: ANN401 - as above
        if self._client is None:
            raise RuntimeError("the cluster is used outside its context")
        return self._client

    def answers(
        self, question: Callable[..., _Made], *args: object
    ) -> dict[str, _Made | Exception]:
        """What each worker answers, by its address; an exception of one that cannot.

        Raises:
            WorkError: there is no worker.
        """

        async def asked() -> dict[str, _Made | Exception]:
            workers = list(await self._open.nthreads())
            made = await asyncio.gather(*map(answer, workers))
            return dict(zip(workers, made, strict=True))

        async def answer(worker: str) -> _Made | Exception:
            running = self._open.run(question, *args, workers=[worker], on_error="return")
            try:
                answers: Any = await asyncio.wait_for(running, self._patience_s)
            except TimeoutError:
                return WorkError(
                    f"has not answered for {self._patience_s:.0f} s: expected one that runs; "
                    "continue or end its process, and repeat the command"
                )
            return answers[worker]  # type: ignore[no-any-return]

        with self._clear_errors():
            found: dict[str, _Made | Exception] = self._open.sync(asked)
        if not found:
            raise WorkError(
                f"no worker is at {self._address.text}: expected at least one, by `dask worker`"
            )
        return dict(sorted(found.items()))

    @property
    def threads(self) -> int:
        """How many tasks the workers do at a time."""
        with self._clear_errors():
            return max(1, sum(map(int, self._open.nthreads().values())))

    def results(
        self, work: Callable[..., _Made], tasks: Iterable[tuple[object, ...]]
    ) -> Iterator[_Made]:
        """What `work`, a function of a module, makes of each task, in their order.

        Raises:
            WorkError: a task ended several workers, or there was none for too long.
            KeyboardInterrupt: saying what is left, for who pressed Ctrl-C.
        """
        with self._clear_errors():
            self._seen_s = time.monotonic()
            named = ((name_of(work), *task) for task in tasks)
            yield from in_order(self._open.get_executor(pure=False), called, named, self._look)

    def _look(self) -> None:
        """Raises WorkError once there has been no worker for too long."""
        now = time.monotonic()
        if self._open.scheduler_info()["workers"]:
            self._seen_s = now
        elif now - self._seen_s > self._patience_s:
            raise WorkError(
                f"no worker has been at {self._address.text} for {self._patience_s:.0f} s: start "
                "`dask worker` there and repeat the command; nothing was issued"
            )

    def _security(self) -> object:
        if self._tls is None:
            return None
        checked_context(self._tls)
        return _distributed().Security(
            tls_ca_file=str(self._tls.ca),
            tls_client_cert=str(self._tls.certificate),
            tls_client_key=str(self._tls.key),
            require_encryption=True,
        )

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"ended while workers at {self._address.text} computed; nothing was issued"
            ) from None
        except (CancelledError, OSError) as error:
            raise WorkError(
                f"the scheduler at {self._address.text} has gone: {_line(error)}; nothing was "
                "issued"
            ) from None


def in_order(
    executor: Executor,
    work: Callable[..., _Made],
    tasks: Iterable[tuple[object, ...]],
    look: Callable[[], None] = lambda: None,
) -> Iterator[_Made]:
    """What `work` makes of each task, in their order, whoever does it and when.

    Args:
        executor: All tasks are handed to it at once; those that are left in the end are withdrawn.
        work: What raises ends all of it.
        tasks: Arguments of `work`.
        look: Called each second while the next result is not there.

    Raises:
        WorkError: `work` raised, or no worker lived through it.
    """
    futures = deque(executor.submit(work, *task) for task in tasks)
    try:
        while futures:
            yield _result(futures[0], look)
            futures.popleft()
    finally:
        for future in futures:
            future.cancel()


def _result(future: "Future[_Made]", look: Callable[[], None]) -> _Made:
    while True:
        try:
            return future.result(_LOOK_S)
        except TimeoutError:
            look()
        except (CancelledError, OSError, WorkError):
            raise
        except Exception as error:  # noqa: BLE001 - of what a worker ran, or of Dask
            raise WorkError(f"a task failed at its workers: {_line(error)}") from None


def checked_context(tls: TlsFiles) -> SSLContext:
    """What OpenSSL makes of the files.

    Raises:
        InputError: one is not what it should be.
    """
    try:
        context = create_default_context(cafile=tls.ca)
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")
    except (SSLError, OSError) as error:
        message = f"{_line(error)}: expected PEM files, a certificate and its own key"
        raise InputError.of(message, key="cluster.tls") from None
    return context


def _distributed() -> Any:  # noqa: ANN401 - a module
    """Dask's, which is an extra.

    Raises:
        WorkError: it is not installed.
    """
    try:
        import distributed  # noqa: PLC0415 - as said above
    except ImportError:
        message = "workers of a cluster need Dask: install bcm-mqtt with the extra cluster"
        raise WorkError(message) from None
    for name in ("distributed", "distributed.client"):  # what matters is raised, in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed


def _line(error: BaseException) -> str:
    """What an exception says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
