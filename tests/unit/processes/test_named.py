"""A function by its name does what the function does."""

import pickle
import subprocess
import sys

from bcm_mqtt.processes.named import called, name_of


def test_it_is_called_by_its_name() -> None:
    assert name_of(called) == "bcm_mqtt.processes.named:called"
    assert called(name_of(name_of), called) == name_of(called)


def test_whoever_passes_it_on_need_not_import_it() -> None:
    """As a scheduler does, which takes tasks apart and hands them to workers."""
    task = pickle.dumps((called, ("bcm_mqtt.billing.computing.at_worker:computed", b"")))
    program = (
        "import pickle, sys\n"
        "pickle.load(sys.stdin.buffer)\n"
        "raise SystemExit('numpy' in sys.modules or 'sqlalchemy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], input=task, check=True, timeout=60)
