"""Passwords and their hashes."""

import pytest
from argon2 import PasswordHasher

from bcm_mqtt.access import credentials as passwords
from bcm_mqtt.access.credentials import hashed, is_outdated, matches, password_problem
from unit.web.access.conftest import HASH, PASSWORD


def test_a_hash_is_argon2id_salted_and_fits_its_password_alone() -> None:
    one, other = hashed("twelve or more"), hashed("twelve or more")
    assert one != other
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (matches("twelve or more", one), matches("twelve or Less", one)) == (True, False)


def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    assert matches("Zoe\N{COMBINING DIAERESIS} and others", hashed("Zo\xeb and others"))


def test_a_hash_that_is_none_fits_nothing() -> None:
    assert not matches("x", "not a hash")
    assert not matches("nobody has this password", None)


def test_as_much_is_computed_for_who_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Noting:
        def verify(self, password_hash: str, _password: str) -> bool:
            verified.append(password_hash)
            return True

        def hash(self, password: str) -> str:
            return PasswordHasher().hash(password)

    monkeypatch.setattr(passwords, "_HASHER", Noting())
    matches("x", HASH)
    matches("x", None)
    of_somebody, of_nobody = verified
    assert of_somebody == HASH
    assert of_nobody.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_less_work_is_to_be_made_anew() -> None:
    assert matches(PASSWORD, HASH)
    assert (is_outdated(HASH), is_outdated(hashed(PASSWORD))) == (True, False)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "password of 5 characters: expected at least 12"),
        ("elevenchars", "password of 11 characters: expected at least 12"),
        ("x" * 513, "password of 513 characters: expected at most 512"),
        ("aaaaaaaaaaaaaaaa", "password: expected one without the name in it and of more diff"),
        ("I am Anna Smith", "password: expected one without the name in it"),
        ("123456789012", "password: it is among those that everybody tries first"),
        ("Password1234", "password: it is among"),
        ("passwordpassword", "password: it is among"),
        ("1Qaz2wsx3edc", "password: it is among"),
        ("Qwertyuiop12", "password: it is among"),
        ("!!Sunshine2026", "password: it is among"),
        ("letmeinletmeinletmein", "password: it is among"),
        ("correct horse battery", ""),
        ("dragon under the sea", ""),
        ("twelve chars", ""),
        ("Größe 12345 ✓", ""),
    ],
)
def test_a_password_must_be_long_enough_and_no_obvious_one(password: str, said: str) -> None:
    found = password_problem(password, "anna")
    assert found.startswith(said)
    assert bool(found) == bool(said)
