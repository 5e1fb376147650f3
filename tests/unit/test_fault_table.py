"""The fault table names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_fault_table_names_exists() -> None:
    pages = [ROOT / "docs" / "faults.md", ROOT / "docs" / "how-to" / "snmp.md"]
    named = [name for page in pages for name in re.findall(r"`(test_\w+)`", page.read_text())]
    tests = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 30
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_every_test_of_a_trap_is_in_the_fault_table() -> None:
    table = (ROOT / "docs" / "faults.md").read_text()
    traps = (ROOT / "tests" / "integration" / "modbus_traps").glob("test_*.py")
    shown = {name for file in traps for name in re.findall(r"def (test_\w+)\(", file.read_text())}
    told_elsewhere = {
        "test_a_panel_is_read_over_a_serial_port",
        "test_values_come_over_rtu",
        "test_values_of_a_free_running_line_belong_to_their_units",
        "test_the_health_tells_round_trip_failures_and_the_last_answer",
    }
    assert {name for name in shown if f"`{name}`" not in table} == told_elsewhere
