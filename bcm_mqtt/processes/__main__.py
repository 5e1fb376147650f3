"""A worker: `python -m bcm_mqtt.processes FD`, which its parent starts.

It gets what makes the work, then tasks until the pipe is closed.
"""

import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from bcm_mqtt.errors import BcmError
from bcm_mqtt.importing import importing
from bcm_mqtt.processes.pipe import Pipe
from bcm_mqtt.processes.remote import Call, Remote


def serve(pipe: Pipe) -> None:
    """Works until the parent closes the pipe."""

    def ask(call: Call) -> Any:  # noqa: ANN401 - of any method
        pipe.send(("call", call))
        return pipe.receive()

    with importing():  # whatever makes the work, by its name
        make, arguments = pipe.receive()
    work = make(*arguments)
    while True:
        task = pipe.receive()
        try:
            if task is None:
                result = work.rest()
            else:
                arguments, known = task
                result = work.done(*arguments, Remote(ask, known))
        except BcmError as error:
            pipe.send(("failed", str(error)))
        except Exception as error:  # noqa: BLE001 - the parent says it
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
        else:
            pipe.send(("done", result))


if __name__ == "__main__":
    with suppress(EOFError, OSError):
        serve(Pipe(Connection(int(sys.argv[1]))))
