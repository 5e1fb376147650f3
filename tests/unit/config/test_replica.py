"""`database.read_url` is of PostgreSQL, and of another server than `database.url`."""

from pathlib import Path

import pytest

from unit.config.site_files import changed, complaints, loaded

SERVER = "postgresql+psycopg://bcm:secret@a/bcm"
SQLITE = "sqlite:///data/bcm.db"
OF_POSTGRESQL = "expected the URL of a PostgreSQL replica: postgresql+psycopg://user@host/database"


def with_database(url: str, read_url: str) -> dict[str, str | bytes]:
    database = f"database: {{url: '{url}', read_url: '{read_url}'}}\ntariffs: tariffs.yaml"
    return changed("bcm.yaml", ("tariffs: tariffs.yaml", database))


@pytest.mark.parametrize("replica", ["postgresql://b/bcm", f"{SERVER[:-3]}?host=b,c&port=1,2"])
def test_a_replica_is_another_server(tmp_path: Path, replica: str) -> None:
    assert loaded(tmp_path, with_database(SERVER, replica)).read_url == replica


@pytest.mark.parametrize(
    ("url", "read_url", "said"),
    [
        (SQLITE, SERVER, "expected no replica: only PostgreSQL has them, and database.url is SQLi"),
        (SERVER, SERVER, "expected another server than database.url, or no read_url"),
        (SERVER, SQLITE, f"{OF_POSTGRESQL}, not sqlite://"),
        (SERVER, "nonsense", OF_POSTGRESQL),
    ],
)
def test_what_is_no_replica_is_refused_in_one_line(
    tmp_path: Path, url: str, read_url: str, said: str
) -> None:
    [problem] = complaints(tmp_path, with_database(url, read_url))
    assert problem.startswith(f"bcm.yaml:16: database.read_url: {said}")
    assert "secret" not in problem
