"""The matrix of roles and rights is the one that is documented."""

from pathlib import Path

from bcm_mqtt.access.rights import RIGHTS, Right, Who, roles_with
from bcm_mqtt.domain.site.account import Role

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


NO = "\N{EN DASH}"


def documented() -> list[list[str]]:
    lines = PAGE.read_text().split("## Roles\n\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_documentation_has_every_right_of_every_role() -> None:
    header, _, *rows = documented()
    assert header == ["right", *Role]
    assert [row[0] for row in rows] == list(Right)
    for right, *cells in rows:
        for role, cell in zip(Role, cells, strict=True):
            assert (cell != NO) == (right in RIGHTS[role]), (right, role)
            assert (cell == "own") == (role is Role.CUSTOMER and cell != NO and "see" in right)


def test_a_customer_sees_what_is_his_and_nothing_that_is_nobodys() -> None:
    kim = Who("kim", Role.CUSTOMER, frozenset({"Acme"}))
    assert [kim.sees(customer) for customer in ("Acme", "Globex", "")] == [True, False, False]
    assert Who("anna", Role.VIEWER).sees("")


def test_who_has_a_right_is_told_in_words() -> None:
    assert roles_with(Right.OPERATE) == "operator or admin"
    assert roles_with(Right.ADMINISTER) == "admin"
