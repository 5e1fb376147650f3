"""Bills and months as files."""

import io
import json
from dataclasses import replace
from urllib.parse import quote
from zipfile import ZipFile

import pypdfium2
import pytest

from bcm_mqtt.domain.einvoice.profile import Profile
from unit.web.billing.conftest import API, Desk
from unit.web.billing.measured_site import CIRCUITS

MARCH = f"{API}/months/2026-03"


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


async def test_a_pdf_is_the_customers_with_the_total(desk: Desk) -> None:
    await desk.process()
    answer = await desk.get(f"{MARCH}/bill/pdf?customer=Customer1")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''2026-03-Customer1.pdf"
    )
    text = text_of(answer.content)
    assert "Customer One, Inc." in text
    assert "105.65" in text
    assert "Customer2" not in text


@pytest.mark.parametrize(
    ("path", "kind", "begins"),
    [
        ("bill/xlsx?customer=Customer1", "spreadsheetml", b"PK"),
        ("bill/html?customer=Customer1", "text/html", b"<!doctype html>"),
        ("bill/greenbutton?customer=Customer1", "atom+xml", b"<?xml"),
        ("files/pdf", "application/pdf", b"%PDF"),
        ("files/xlsx", "spreadsheetml", b"PK"),
        ("files/html", "text/html", b"<!doctype html>"),
        ("files/csv", "text/csv", b""),
        ("files/json", "application/json", b"{"),
    ],
)
async def test_every_format_is_a_file_to_keep(
    desk: Desk, path: str, kind: str, begins: bytes
) -> None:
    await desk.process()
    answer = await desk.get(f"{MARCH}/{path}")
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''2026-03-")
    assert answer.content.startswith(begins)
    assert b"Customer" in answer.content or begins in {b"PK", b"%PDF"}


@pytest.mark.parametrize("form", Profile)
async def test_a_structured_invoice_says_what_it_lacks(desk: Desk, form: Profile) -> None:
    await desk.process()
    answer = await desk.get(f"{MARCH}/bill/{form}?customer=Customer1")
    assert answer.status_code == 409
    assert f"{form}: customer Customer1: postal: expected street, postcode, city" in answer.text


async def test_the_zip_has_every_report(desk: Desk) -> None:
    await desk.process()
    answer = await desk.get(f"{MARCH}/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="2026-03.zip"'
    assert "content-length" not in answer.headers  # it is sent while it is made
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        bills = json.loads(archive.read("2026-03/bills.json"))
    assert {"2026-03/Customer1.pdf", "2026-03/Customer2.xml", "2026-03/summary.html"} <= set(names)
    assert [bill["customer"] for bill in bills["bills"]] == ["Customer1", "Customer2"]


async def test_no_customers_name_leads_out_of_a_folder_or_a_header(desk: Desk) -> None:
    evil = '../../etc/"passwd'
    desk.put(replace(CIRCUITS[0], customer=evil), CIRCUITS[1])
    await desk.process()
    answer = await desk.get(f"{MARCH}/bill/pdf?customer={quote(evil)}")
    assert answer.status_code == 200
    name = answer.headers["content-disposition"].partition("''")[2]
    assert name == "2026-03-etc_passwd-7e79fc2d.pdf"
    page = await desk.get(f"/billing/2026-03/bill?customer={quote(evil)}")
    assert page.status_code == 200
    two_lines = quote("pass\r\nwd")
    assert (await desk.get(f"{MARCH}/bill/pdf?customer={two_lines}")).status_code == 422
    with ZipFile(io.BytesIO((await desk.get(f"{MARCH}/zip")).content)) as archive:
        assert not [one for one in archive.namelist() if one.startswith(("/", ".."))]
        assert not [one for one in archive.namelist() if "/../" in one]
