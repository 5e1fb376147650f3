"""What each command imports before it works: a start waits for it, and memory holds it."""

import json
import subprocess
import sys

from bcm_mqtt.cli.root import _COMMANDS

HEAVY = (
    *("alembic", "apprise", "cryptography", "fastapi", "jinja2", "openpyxl", "prometheus_client"),
    *("pyarrow", "pydantic", "pypdfium2", "rich", "sqlalchemy", "typst", "uvicorn", "xlsxwriter"),
    *("bcm_mqtt.bridge", "bcm_mqtt.web"),
)
NOTHING: frozenset[str] = frozenset()
TABLES = frozenset({"rich"})
SQL = frozenset({"sqlalchemy"})
BRIDGE = frozenset({"bcm_mqtt.bridge"})
REPORTS = frozenset({"jinja2"})
PAGE = frozenset({"bcm_mqtt.web", "fastapi", "pydantic", "uvicorn"})
MAY = {
    "bridge": BRIDGE,
    "recorder": SQL,
    "run": BRIDGE | SQL,
    "billing": SQL,
    "web": PAGE | REPORTS | SQL,
    "bill": REPORTS | SQL | TABLES,
    "statement": REPORTS | SQL | TABLES,
    "demo": BRIDGE | REPORTS | SQL | TABLES,
    "check": TABLES,
    "profiles": TABLES,
    "read": BRIDGE | TABLES,
    "scan": TABLES,
    "simulate": NOTHING,
    "notify": NOTHING,
    "alarms": TABLES | SQL,
}
"""Of those that start often or on small machines. What makes a report, a signature or a table of
accounts is imported by who asks for one.
"""
LOADS = """
import json, os, sys
from importlib import import_module
import bcm_mqtt.config, bcm_mqtt.cli.root
modules, heavy = json.loads(sys.argv[1]), json.loads(sys.argv[2])
print(json.dumps(["", [name for name in heavy if name in sys.modules]]), flush=True)
for command, module in modules.items():
    if os.fork() == 0:
        import_module(f"bcm_mqtt.cli.{module}")
        print(json.dumps([command, [name for name in heavy if name in sys.modules]]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
"""


def test_commands_import_what_they_need() -> None:
    modules = {name: _COMMANDS[name][0] for name in MAY}
    command = [sys.executable, "-c", LOADS, json.dumps(modules), json.dumps(HEAVY)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    loaded = {name: set(heavy) for name, heavy in map(json.loads, printed.splitlines())}
    assert loaded.pop("") == set()
    assert loaded == MAY


def test_the_list_of_commands_imports_none_of_them() -> None:
    script = "import sys, bcm_mqtt.cli as c; c.main(['--help']); print(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    ours = {line for line in ran.stdout.splitlines() if line.startswith("bcm_mqtt.")}
    assert "bcm_mqtt.cli.root" in ours
    assert not ours & {f"bcm_mqtt.cli.{module}" for module, _text in _COMMANDS.values()}
    assert not set(ran.stdout.splitlines()) & {*HEAVY, "numpy", "pymodbus"}


def test_what_a_command_imports_is_left_out_of_the_search_for_garbage() -> None:
    script = """
import click, gc, json
from bcm_mqtt.cli.root import bcm_mqtt
began = []
gc.callbacks.append(lambda phase, _: began.append(phase))
bcm_mqtt.get_command(click.Context(bcm_mqtt), "check")
searched = len(began)
gc.collect()
print(json.dumps([searched, gc.isenabled(), gc.get_freeze_count(), len(gc.get_objects())]))
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    searched, is_on, left_out, rest = json.loads(ran.stdout)
    assert (searched, is_on) == (0, True)
    assert left_out > 10 * rest


def test_a_bridge_starts_without_what_bills_are_made_of() -> None:
    script = "import sys, bcm_mqtt.cli.services.bridge; print(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    made_of = {"bill.bill", "rating.lines", "usage.uncertainty", "usage.usage"}
    loaded = set(ran.stdout.splitlines())
    assert "bcm_mqtt.bridge.service" in loaded
    assert not loaded & {f"bcm_mqtt.domain.{module}" for module in made_of}
