"""The PDF with the invoice in it, read back by other programs: its XML, its XMP, its words."""

from dataclasses import replace
from io import BytesIO
from time import process_time

import facturx
import pikepdf
import pytest

from bcm_mqtt.billing.einvoices.facturx import marked
from bcm_mqtt.billing.einvoices.made import einvoice_xml
from bcm_mqtt.billing.evidence.visible import words_of_our_pdf
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.errors import WorkError
from bcm_mqtt.languages import money, speaking
from unit.billing.einvoices import worked
from unit.billing.einvoices.validating import complaints

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"


def pdf(bill: Bill) -> bytes:
    site = SiteMonth(worked.MARCH, worked.START, worked.END, (bill,), ())
    write = FORMATS[Profile.FACTURX].bill
    assert write
    made = write(bill, MonthReports(site, worked.ISSUER, worked.ISSUED))
    assert isinstance(made, bytes)
    return made


@pytest.mark.parametrize("case", dict(worked.every_case()))
def test_the_xml_within_is_that_of_the_bill_and_the_pages_show_its_total(case: str) -> None:
    bill = dict(worked.every_case())[case]
    content = pdf(bill)
    name, xml = facturx.get_xml_from_pdf(content, check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert xml == einvoice_xml(bill, worked.ISSUER, Profile.FACTURX)
    assert complaints(xml) == []
    with speaking(""):
        total = money(bill.amount, bill.currency)
    assert total.split()[-1] in " ".join(words_of_our_pdf(content))


def test_the_page_says_why_there_is_no_vat() -> None:
    words = " ".join(words_of_our_pdf(pdf(worked.reverse_charge())))
    assert "VAT Reverse charge" in words


def test_the_metadata_say_pdf_a_3b_and_factur_x() -> None:
    with pikepdf.open(BytesIO(pdf(worked.usual()))) as document:
        with document.open_metadata() as found:
            assert found.pdfa_status == "3B"
            assert (found[f"{PDFA}part"], found[f"{PDFA}conformance"]) == ("3", "B")
            assert {name: found[f"{FX}{name}"] for name in ("DocumentType", "Version")} == {
                "DocumentType": "INVOICE",
                "Version": "1.0",
            }
            assert found[f"{FX}DocumentFileName"] == "factur-x.xml"
            assert found[f"{FX}ConformanceLevel"] == "EN 16931"
        xmp = document.Root.Metadata.read_bytes().decode()
        (attached,) = document.Root.AF
        assert attached.AFRelationship == "/Alternative"
        assert [str(one) for one in (attached.UF, attached.F)] == ["factur-x.xml"] * 2
        assert attached.EF.F.Subtype == "/text/xml"
        assert "/ModDate" in attached.EF.F.Params
        assert "/Filter" not in document.Root.Metadata
    # The extension schema that PDF/A-3 wants of each property which is not its own, once.
    assert xmp.count("<pdfaExtension:schemas>") == 1
    assert xmp.count("Factur-X PDFA Extension Schema") == 1


def test_the_schema_has_the_properties_that_factur_x_itself_writes() -> None:
    own = facturx.generate_xmp_bytes("factur-x", "en16931", None, {"title": "x", "author": "y"})
    with pikepdf.open(BytesIO(pdf(worked.usual()))) as document:
        xmp = document.Root.Metadata.read_bytes().decode()
    for name in ("DocumentFileName", "DocumentType", "Version", "ConformanceLevel"):
        described = f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        assert described in own.decode()
        assert described in xmp


def test_equal_bills_give_equal_bytes() -> None:
    assert pdf(worked.usual()) == pdf(worked.usual())


def test_a_pdf_of_others_is_not_marked() -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        with document.open_metadata() as found:
            found["dc:title"] = "x"
        out = BytesIO()
        document.save(out)
    with pytest.raises(WorkError, match="the metadata of a PDF are not as Typst"):
        marked(out.getvalue())


def test_a_character_that_no_font_has_is_refused_as_pdf_a_would_not_hold() -> None:
    bill = worked.usual()
    unknown = replace(bill, customer=replace(bill.customer, name="\U0001f0a1"))
    with pytest.raises(WorkError, match="a PDF cannot be typeset"):
        pdf(unknown)


def test_a_pdf_with_its_xml_takes_at_most_a_quarter_of_a_second() -> None:
    pdf(worked.usual())  # fonts and templates are read once
    begun = process_time()
    for number in range(10):
        bill = worked.usual()
        assert bill.issue
        pdf(replace(bill, issue=replace(bill.issue, number=100 + number)))
    assert (process_time() - begun) / 10 < 0.25
