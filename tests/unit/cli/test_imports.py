"""What each command imports before it works: a start waits for it, and memory holds it."""

import json
import subprocess
import sys

from bcm_mqtt.cli.root import _COMMANDS

HEAVY = (
    *("alembic", "apprise", "cryptography", "fastapi", "jinja2", "openpyxl", "prometheus_client"),
    *("pyarrow", "pydantic", "rich", "sqlalchemy", "typst", "uvicorn", "xlsxwriter"),
)
NOTHING: frozenset[str] = frozenset()
TABLES = frozenset({"rich"})
SQL = frozenset({"sqlalchemy"})
MAY = {
    "bridge": NOTHING,
    "recorder": SQL,
    "run": SQL,
    "check": TABLES,
    "profiles": TABLES,
    "read": TABLES,
    "scan": TABLES,
    "simulate": NOTHING,
    "notify": NOTHING,
    "alarms": TABLES | SQL,
}
"""Of those that start often or on small machines; the others bill, or serve the page."""
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
