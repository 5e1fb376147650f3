"""A bill as a workbook that is not byte for byte what was issued: by its cells."""

import re
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from bcm_mqtt.billing.evidence.visible import differences, shown_by
from bcm_mqtt.domain.site.account import Role
from unit.web.billing.conftest import API, Desk
from unit.web.billing.test_check import checked
from unit.web.billing.test_who_sees import RELEASE, roles

__all__ = ["roles"]

Parts = dict[str, bytes]
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def packed(book: bytes, change: Callable[[Parts], None], method: int = ZIP_STORED) -> bytes:
    """A workbook as another program packs it, its parts changed before."""
    with ZipFile(BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    written = BytesIO()
    with ZipFile(written, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def nothing(_parts: Parts) -> None:
    """Only packed again."""


def replaced(part: str, old: str, new: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        text = parts[part].decode()
        assert re.search(old, text), text
        parts[part] = re.sub(old, new, text).encode()

    return change


def added(name: str, content: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.update({name: content})


def only_the_first(parts: Parts) -> None:
    for name in list(parts)[1:]:
        del parts[name]


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
FORGED = {
    "an amount": (replaced(SHEET, r"<v>105\.65\d*</v>", "<v>95.65</v>"), "95.65"),
    "a formula": (replaced(SHEET, r"<f>SUM\([^<]*</f>", "<f>10+85.65</f>"), "=10+85.65"),
    "a hidden row": (replaced(SHEET, '<row r="8" ', '<row r="8" hidden="1" '), "(hidden)"),
    "a low row": (replaced(SHEET, '<row r="8" ', '<row r="8" ht="1" '), "(hidden)"),
    "a format of words": (replaced(STYLES, r'Code="#,##0\.00"', 'Code="&quot;9&quot;"'), "(as"),
    "white ink": (replaced(STYLES, "FF58626C", "FFFFFFFF"), "(hidden)"),
    "a picture over it": (added("xl/media/image1.png", b"x"), "with media"),
}


async def test_a_workbook_is_compared_by_what_its_cells_show(roles: dict[Role, Desk]) -> None:
    billing, customer = roles[Role.BILLING], roles[Role.CUSTOMER]
    await billing.process()
    await billing.post(f"{API}/months/2026-03/release", RELEASE)
    await billing.issue()
    own, others = [
        (await billing.get(f"{API}/months/2026-03/bill/xlsx?customer=Customer{number}")).content
        for number in (1, 2)
    ]
    assert (await checked(customer, own))["verdict"] == "issued"
    again = await checked(customer, packed(own, nothing))
    assert (again["verdict"], again["differences"]) == ("same", [])
    assert (await checked(customer, packed(others, nothing)))["verdict"] == "unknown"
    assert (await checked(billing, packed(others, nothing)))["verdict"] == "same"
    found = await checked(customer, packed(own, FORGED["an amount"][0]))
    assert found["verdict"] == "differs"
    assert "the file has “95.65" in found["differences"][0]
    summary = (await billing.get(f"{API}/months/2026-03/files/xlsx")).content
    assert (await checked(customer, packed(summary, nothing)))["verdict"] == "unknown"
    issued = shown_by(own).only_words
    for what, (change, said) in FORGED.items():
        forged = shown_by(packed(own, change)).only_words
        assert said in " ".join(differences(forged, issued)), what


@pytest.mark.parametrize("what", ["bomb", "far", "no part", "no archive"])
async def test_a_workbook_that_is_made_to_hurt_is_refused(desk: Desk, what: str) -> None:
    await desk.process()
    own = (await desk.get(f"{API}/months/2026-03/bill/xlsx?customer=Customer1")).content
    files = {
        "bomb": lambda: packed(own, added("xl/bomb.xml", bytes(70_000_000)), ZIP_DEFLATED),
        "far": lambda: packed(own, replaced(SHEET, "</sheetData>", FAR), ZIP_DEFLATED),
        "no part": lambda: packed(own, only_the_first),
        "no archive": lambda: b"PK\x03\x04" + own[50:],
    }
    found = await checked(desk, files[what]())
    assert found["verdict"] == "unknown"
    assert found["what"] == "The file cannot be read: it is no workbook of at most 60 MB, unpacked."
