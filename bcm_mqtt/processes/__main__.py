"""A worker: `python -m bcm_mqtt.processes FD`, which its parent starts.

It gets what makes the work, then tasks until the pipe is closed.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from bcm_mqtt.errors import BcmError
from bcm_mqtt.importing import importing
from bcm_mqtt.processes.pipe import Pipe
from bcm_mqtt.processes.remote import Remote


def serve(pipe: Pipe) -> None:
    """Works until the parent closes the pipe."""

    def ask(name: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:  # noqa: ANN401
        pipe.send(("call", (name, args, named)))
        return pipe.receive()

    with importing():  # whatever makes the work, by its name
        make, arguments = pipe.receive()
    work = make(*arguments)
    while True:
        task = pipe.receive()
        try:
            result = work.rest() if task is None else work.done(*task, Remote(ask))
        except BcmError as error:
            pipe.send(("failed", str(error)))
        except Exception as error:  # noqa: BLE001 - the parent says it
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
        else:
            pipe.send(("done", result))


if __name__ == "__main__":
    with suppress(EOFError, OSError):
        serve(Pipe(Connection(int(sys.argv[1]))))
