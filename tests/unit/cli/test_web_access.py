"""`web user`, `web token`, `web audit`, and what `web` refuses to serve."""

import io
import json
import sys
from pathlib import Path

import pytest

from bcm_mqtt.access.credentials import hash_of, matches
from bcm_mqtt.store import Store
from unit.cli.conftest import Ran, Run
from unit.site_files import database_url

PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))


def store_of(config: Path) -> Store:
    return Store(database_url(config.parent))


def add(run: Run, config: Path, name: str, *more: str, password: str = PASSWORD) -> Ran:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return run("web", "user", "add", name, *more, "-c", config)


def test_a_user_is_added_with_the_password_of_standard_input(run: Run, config: Path) -> None:
    ran = add(run, config, "Anna", "--role", "operator")
    assert (ran.status, ran.out, ran.err) == (0, "user anna may log in as operator\n", "")
    account = store_of(config).accounts.account("anna")
    assert account
    assert matches(PASSWORD, account.password_hash)
    rows = json.loads(run("web", "user", "list", "-c", config, "--format", "json").out)
    assert [(row["name"], row["role"]) for row in rows] == [("anna", "operator")]
    assert PASSWORD not in str(rows)


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["a b", "--role", "viewer"], PASSWORD, "name 'a b': expected up to 64 of a-z, 0-9"),
        (["anna", "--role", "viewer"], "short", "password of 5 characters: expected at least 12"),
        (["anna", "--role", "viewer"], "", "expected the password on standard input, in one"),
        (["anna", "--role", "boss"], PASSWORD, "bcm-mqtt web user add: Invalid value for '--r"),
        (["anna"], PASSWORD, "bcm-mqtt web user add: Missing option '--role'."),
        (["anna", "--role", "customer"], PASSWORD, "role customer: expected the customer whose"),
        (
            ["anna", "--role", "admin", "--customer", "Acme"],
            PASSWORD,
            "role admin sees all customers: expected none with it",
        ),
        (["anna\n", "--role", "viewer"], PASSWORD, "name 'anna\\n': expected up to 64 of a-z"),
        (
            ["\x1b[2J\u202e", "--role", "viewer"],
            PASSWORD,
            "name '\\x1b[2j\\u202e': expected up to 64 of a-z",
        ),
        (
            ["anna", "--role", "customer", "--customer", "A\x1b[2J"],
            PASSWORD,
            "role customer: expected customers without control characters",
        ),
    ],
)
def test_a_user_that_will_not_do_is_told_in_one_line(
    run: Run, config: Path, arguments: list[str], password: str, said: str
) -> None:
    assert run("db", "upgrade", "-c", config).status == 0
    ran = add(run, config, *arguments, password=password)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert json.loads(run("web", "user", "list", "-c", config, "--format", "json").out) == []


def test_a_new_password_and_a_removal_are_told_and_logged(run: Run, config: Path) -> None:
    add(run, config, "anna", "--role", "admin")
    add(run, config, "kim", "--role", "customer", "--customer", "Acme", "--customer", "B, Inc.")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", io.StringIO("another long one\n"))
        ran = run("web", "user", "password", "anna", "-c", config)
    assert ran.out == "user anna has a new password\n"
    assert run("web", "user", "remove", "kim", "-c", config).out == "user kim was removed\n"
    last = run("web", "user", "remove", "anna", "-c", config)
    assert last.err == "no user is left: everybody on this machine may now do everything\n"
    rows = json.loads(run("web", "audit", "-c", config, "--format", "json").out)
    assert [(row["what"], row["before"], row["after"]) for row in rows] == [
        ("user anna", "", "admin"),
        ("user kim", "", "customer of Acme, B, Inc."),
        ("password of anna", "", "changed"),
        ("user kim", "customer of Acme, B, Inc.", "removed"),
        ("user anna", "admin", "removed"),
    ]
    assert all(row["who"].endswith(" (command line)") for row in rows)


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize("act", ["remove", "password"])
def test_an_unknown_user_is_told_with_those_there_are(run: Run, config: Path, act: str) -> None:
    add(run, config, "anna", "--role", "admin")
    ran = run("web", "user", act, "ana", "-c", config)
    assert (ran.status, ran.err) == (2, "there is no user 'ana': expected one of anna\n")


def test_a_token_is_printed_once_and_stored_as_its_hash(run: Run, config: Path) -> None:
    ran = run(
        *("web", "token", "add", "ems", "--role", "viewer"),
        *("--expires", "2099-01-01", "-c", config),
    )
    assert (ran.status, ran.err) == (0, "")
    secret = ran.out.strip()
    assert secret.startswith("bcm_")
    (token,) = store_of(config).accounts.tokens()
    assert (token.name, token.sha256) == ("ems", hash_of(secret))
    listed = run("web", "token", "list", "-c", config)
    assert "2099-01-01T05:00:00.000Z" in listed.out
    assert secret not in listed.out
    assert run("web", "token", "remove", "ems", "-c", config).out == "token ems was removed\n"
    gone = run("web", "token", "remove", "ems", "-c", config)
    assert (gone.status, gone.err) == (2, "there is no token 'ems': expected one of none\n")


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2020-01-01", "expected a token that expires later than now"),
        ("soon", "--expires 'soon': expected a date or time such as 2026-03-10"),
    ],
)
def test_a_token_that_expires_before_it_is_there_is_refused(
    run: Run, config: Path, expires: str, said: str
) -> None:
    ran = run(
        *("web", "token", "add", "ems", "--role", "viewer"), *("--expires", expires, "-c", config)
    )
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_the_audit_log_is_told_from_a_time_on(run: Run, config: Path) -> None:
    add(run, config, "anna", "--role", "admin")
    told = ["web", "audit", "-c", config, "--format", "json", "--since"]
    assert json.loads(run(*told, "2099-01-01").out) == []
    assert len(json.loads(run(*told, "2020-01-01").out)) == 1


def test_the_configuration_may_be_named_before_the_command(run: Run, config: Path) -> None:
    add(run, config, "anna", "--role", "admin")
    assert "anna" in run("web", "-c", config, "user", "list").out
    assert "anna" in run("-c", config, "web", "user", "list").out


def test_a_page_that_others_reach_is_not_served_without_users(run: Run, config: Path) -> None:
    with config.open("a") as out:
        out.write("\nweb: {host: 127.0.0.1, hosts: [bcm.example], proxy: {trusted: [10.0.0.5]}}\n")
    ran = run("web", "-c", config)
    assert ran.status == 2
    assert ran.err == (
        f"{config}: web.host: the page on 127.0.0.1 is reached from other machines and has no "
        "users: add one with bcm-mqtt web user add NAME --role admin\n"
    )


def test_a_certificate_that_is_none_is_told_in_one_line(run: Run, config: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (config.parent / name).write_text("no PEM")
    with config.open("a") as out:
        out.write("\nweb: {host: 10.0.0.9, tls: {certificate: cert.pem, key: key.pem}}\n")
    ran = run("web", "-c", config)
    assert ran.status == 2
    assert ran.err.startswith("web.tls: ")
    assert "key.pem are no certificate and its key, in PEM: " in ran.err
    assert ran.err.count("\n") == 1
