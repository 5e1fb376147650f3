"""`bill --workers`: what is refused before anything is computed."""

from pathlib import Path

import pytest

from unit.cli.conftest import Run
from unit.site_files import write_site

BILL = ("bill", "2026-03", "--workers")
AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ("0", "0 is not in the range 1<=x<=256"),
        ("many", "'many' is not a valid integer range"),
        ("tls://10.0.0.5", "--workers: tls://10.0.0.5: expected tls://HOST:PORT such as"),
        ("tcp://10.0.0.5:8786", "--workers: tcp://10.0.0.5:8786 leaves this machine without"),
    ],
)
def test_what_names_no_workers_is_refused(run: Run, config: Path, workers: str, said: str) -> None:
    ran = run(*BILL, workers, "-c", config)
    assert ran.status == 2
    assert said in ran.err
    assert not ran.out


def test_a_sqlite_file_is_computed_here(run: Run, config: Path) -> None:
    ran = run(*BILL, "tcp://127.0.0.1:1", "-c", config)
    assert ran.status == 2
    assert "database.url: is a SQLite file, which workers of other machines cannot read" in ran.err


def test_encryption_needs_its_files(run: Run, tmp_path: Path) -> None:
    config = write_site(tmp_path / "site", database=AWAY)
    ran = run(*BILL, "tls://127.0.0.1:1", "-c", config)
    assert ran.status == 2
    assert "cluster.tls: is required for --workers tls://127.0.0.1:1" in ran.err
    assert ran.err.count("\n") == 1
