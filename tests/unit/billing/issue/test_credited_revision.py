"""Revisions by a credit note and an invoice, or by a corrected invoice: numbers, books, files."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from io import BytesIO

import pytest
from pikepdf import Pdf

from bcm_mqtt.billing.delivery.letter import attached
from bcm_mqtt.billing.einvoices.made import einvoice_xml
from bcm_mqtt.billing.evidence.handed_out import note_file
from bcm_mqtt.billing.evidence.trust import Trust
from bcm_mqtt.billing.evidence.visible import text_sha256, words_of_our_pdf
from bcm_mqtt.billing.file_check import FileCheck
from bcm_mqtt.billing.issue import (
    IssueRequest,
    Outcome,
    bill_of_entry,
    credit_note_of,
    issue_month,
    issued_site,
    issued_text,
)
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import MonthReports
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.booking.accounting import accounting_lines
from bcm_mqtt.domain.bill.issued import InvoiceKind, RevisionStyle
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.numbering import NumberFormat, Numbering
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.billing.einvoices import worked
from unit.billing.einvoices.validating import complaints, read
from unit.billing.issue.site import AT, MARCH, TERMS, measured, put, verified
from unit.builders import NEW_YORK, circuit
from unit.store.rows import rows

TARIFF = Tariff(
    "standard",
    "EUR",
    NEW_YORK,
    (RateVersion(date(2026, 1, 1), Decimal("0.1185"), taxes=(worked.STANDARD,)),),
)
_AMOUNTS = "SELECT number, amount FROM bill"
ACME = Customer("Customer1", "Acme Hosting GmbH", tax_id="DE987654321", identity=worked.BUYER)
BY_VAT = replace(TERMS, currency="EUR", tariffs={"standard": TARIFF}, customers={ACME.id: ACME})
CREDITED = replace(
    worked.ISSUER, zone=NEW_YORK, revisions=RevisionStyle.CREDITED, einvoices=("xrechnung",)
)
CORRECTED = replace(CREDITED, revisions=RevisionStyle.CORRECTED)


def issue(store: Store, issuer: Issuer = CREDITED, **request: object) -> Outcome:
    asked = IssueRequest(MARCH, customer="Customer1", **request)  # type: ignore[arg-type]
    return issue_month(store, BY_VAT, asked, AT, issuer=issuer)


def revised(store: Store, issuer: Issuer = CREDITED) -> tuple[Bill, ...]:
    """Issued, then with a circuit that is somebody else's, and revised."""
    measured(store)
    first = issue(store, issuer).issued
    put(store, [circuit((1,), "Customer2-A-9")])
    return (*first, *issue(store, issuer, revise=True, reason="A-1 is Customer2's").issued)


def test_a_revision_is_a_credit_note_for_all_of_the_old_and_an_invoice_for_all_of_the_new(
    store: Store,
) -> None:
    first, note, invoice = revised(store)
    assert first.issue
    assert note.issue
    assert invoice.issue
    assert [one.issue.number for one in (first, note, invoice) if one.issue] == [1, 2, 3]
    assert (note.issue.document, invoice.issue.document) == (
        InvoiceKind.CREDIT_NOTE,
        InvoiceKind.INVOICE,
    )
    assert (note.lines, note.amount) == (first.lines, first.amount)
    assert (note.issue.revises, invoice.issue.revises) == (1, 1)
    assert (note.issue.supersedes, invoice.issue.supersedes) == (1, 2)
    assert invoice.issue.due == invoice.amount - first.amount
    assert not verified(store).faults


def test_the_books_are_whole_and_only_the_invoice_is_in_force(store: Store) -> None:
    bills = revised(store)
    entries = list(store.bills.issued(MARCH))
    assert [(one.number, one.revision, one.superseded) for one in entries] == [
        (1, 0, True),
        (2, 1, True),
        (3, 2, False),
    ]
    assert [bill_of_entry(one).issue for one in entries] == [bill.issue for bill in bills]
    past = store.bills.past_months(MARCH.shifted(1))["Customer1"]
    assert [one.amount for one in past] == [bills[-1].amount]


def test_it_is_issued_once(store: Store) -> None:
    revised(store)
    assert issue(store, revise=True).issued == ()
    assert len(list(store.bills.issued(MARCH))) == 3


def test_a_second_revision_credits_the_invoice_and_not_the_credit_note(store: Store) -> None:
    *_, invoice = revised(store)
    measured(store)
    note, second = issue(store, revise=True).issued
    assert note.issue
    assert second.issue
    assert (note.issue.number, note.issue.revises, note.issue.revision) == (4, 3, 3)
    assert note.amount == invoice.amount
    assert (second.issue.number, second.issue.revises) == (5, 3)


def test_sentences_say_what_each_document_is(store: Store) -> None:
    first, note, invoice = revised(store)
    assert issued_text(note) == f"credit note 2: Customer1, {first.amount} EUR of bill 1"
    assert issued_text(invoice) == (
        f"bill 3: Customer1, {invoice.amount} EUR, replaces bill 1: "
        f"{invoice.amount - first.amount:+,} EUR"
    )


def test_a_corrected_invoice_has_one_number(store: Store) -> None:
    first, corrected = revised(store, CORRECTED)
    assert corrected.issue
    assert corrected.issue.document is InvoiceKind.CORRECTED
    assert (corrected.issue.number, corrected.issue.revises, corrected.issue.supersedes) == (
        2,
        1,
        1,
    )
    assert corrected.issue.due == corrected.amount - first.amount
    assert "corrects bill 1" in issued_text(corrected)


def test_one_number_is_as_it_was(store: Store) -> None:
    plain = replace(CREDITED, revisions=RevisionStyle.ONE_NUMBER, einvoices=())
    _, revision = revised(store, plain)
    assert revision.issue
    assert revision.issue.document is InvoiceKind.DIFFERENCE
    assert "revision 1 of bill 1" in issued_text(revision)


def test_accounting_has_the_difference_when_all_documents_are_booked(store: Store) -> None:
    bills = revised(store)
    booked = [list(accounting_lines(bill, (), timedelta(days=30), NEW_YORK, AT)) for bill in bills]
    assert [sum(row.amount for row in one) for one in booked] == [
        bills[0].amount,
        -bills[0].amount,
        bills[2].amount,
    ]
    assert [one[0].corrects for one in booked] == ["", "1", "1"]


def test_both_documents_are_handed_out_valid_and_known_to_bill_check(store: Store) -> None:
    *_, invoice = revised(store)
    reports = reports_of(store, CREDITED)
    names = dict[str, bytes]()
    for name, content in month_files(reports, ["pdf", "facturx", "xrechnung", "ubl"]):
        names[name] = content
    customer = "Customer1"
    assert sorted(one for one in names if one.startswith(f"{customer}-credit")) == [
        "Customer1-credit-note-2.facturx.pdf",
        "Customer1-credit-note-2.pdf",
        "Customer1-credit-note-2.ubl.xml",
        "Customer1-credit-note-2.xrechnung.xml",
    ]
    note, after = (
        read(names[one])
        for one in ("Customer1-credit-note-2.xrechnung.xml", "Customer1.xrechnung.xml")
    )
    assert (note["BT-1"], note["BT-3"], note["BG-3"][0]["BT-25"]) == ("2", "381", "1")
    assert (after["BT-1"], after["BT-3"], after["BG-3"][0]["BT-25"]) == ("3", "380", "1")
    assert note["BG-1"][0]["BT-22"] == "A-1 is Customer2's"
    for name, content in names.items():
        if name.endswith(".xml"):
            assert complaints(content) == []
    check = FileCheck(store, Trust.of(None, (), ""), partial(_alone, store), lambda _: True)
    for name, content in names.items():
        if name.startswith(customer):
            (found,) = check.check(content)
            assert found.bill == (2 if "credit-note" in name else 3), name
            assert found.verdict == "issued", (name, found)
    for form in ("xrechnung", "ubl"):
        changed = names[f"Customer1.{form}.xml"].replace(b">Acme ", b">Acne ")
        (found,) = check.check(changed)
        assert (found.verdict, len(found.differences)) == ("differs", 1)
        assert "Acne" in found.differences[0]
    stored = {number: Decimal(str(amount)) for number, amount in rows(store, _AMOUNTS)}
    for number, shown in ((2, note), (3, after)):
        assert Decimal(str(shown["BT-115"])) == stored[number]
    text = " ".join(words_of_our_pdf(names["Customer1-credit-note-2.pdf"]))
    assert f"{stored[2]:,}" in text
    assert "Credit note" in text
    assert invoice.issue


def test_a_mail_has_both_documents_and_the_invoices_that_its_customer_gets(store: Store) -> None:
    *_, invoice = revised(store)
    found = attached(invoice, reports_of(store, CREDITED), ["pdf"])
    assert [one.name for one in found] == [
        "credit-note-2-2026-03.pdf",
        "bill-3-2026-03.pdf",
        "credit-note-2-2026-03.xrechnung.xml",
        "bill-3-2026-03.xrechnung.xml",
    ]
    assert complaints(found[-1].content) == []


def test_a_pdf_that_was_saved_again_is_still_known(store: Store) -> None:
    revised(store)
    reports = reports_of(store, CREDITED)
    (_, note), (_, content) = month_files(reports, ["facturx"])
    check = FileCheck(store, Trust.of(None, (), ""), partial(_alone, store), lambda _: True)
    for number, made in ((2, note), (3, content)):
        out = BytesIO()
        with Pdf.open(BytesIO(made)) as document:
            document.save(out, static_id=True)
        assert out.getvalue() != made
        (found,) = check.check(out.getvalue())
        assert (found.bill, found.verdict) == (number, "same")


def test_a_file_that_was_handed_out_is_noted_with_its_words(store: Store) -> None:
    *_, invoice = revised(store)
    reports = reports_of(store, CREDITED)
    _, (_, content) = month_files(reports, ["facturx"])
    note_file(store, None, lambda: AT, (reports.site, invoice), ("facturx", content))
    known = store.files.known(sha256(content).hexdigest())
    assert known
    assert (known.form, known.bill) == ("facturx", 3)
    assert known.text_sha256 == text_sha256(words_of_our_pdf(content))


def test_a_bill_that_cannot_be_the_agreed_invoice_is_not_issued_at_all(store: Store) -> None:
    measured(store)
    bare = replace(BY_VAT, customers={ACME.id: replace(ACME, identity=None)})
    with pytest.raises(InputError) as error:
        issue_month(store, bare, IssueRequest(MARCH), AT, issuer=CREDITED)
    said = [str(one) for one in error.value.problems]
    assert any("customer Customer1: postal: expected street" in one for one in said)
    assert any("customer Customer2: buyer_reference" in one for one in said)
    assert not list(store.bills.issued(MARCH))


@pytest.mark.parametrize(
    ("credit_notes", "texts"),
    [
        ("CN-{year}-{count:4}", ["2026-0001", "CN-2026-0001", "2026-0002"]),
        (None, ["2026-0001", "2026-0002", "2026-0003"]),
    ],
)
def test_numbers_are_printed_by_the_sellers_formats_without_gaps(
    store: Store, credit_notes: str | None, texts: list[str]
) -> None:
    formats = Numbering(
        NumberFormat.parse("{year}-{count:4}"),
        NumberFormat.parse(credit_notes) if credit_notes else None,
    )
    terms = replace(BY_VAT, numbering=formats)
    measured(store)
    asked = IssueRequest(MARCH, customer="Customer1")
    (first,) = issue_month(store, terms, asked, AT, issuer=CREDITED).issued
    put(store, [circuit((1,), "Customer2-A-9")])
    again = replace(asked, revise=True)
    note, invoice = issue_month(store, terms, again, AT, issuer=CREDITED).issued
    found = [one.issue for one in (first, note, invoice) if one.issue]
    assert [one.text for one in found] == texts
    assert [one.replaced_text for one in found] == ["", texts[0], texts[0]]
    assert found[-1].credit_note == texts[1]
    assert [one.printed for one in store.bills.issued(MARCH)] == texts
    assert not verified(store).faults
    content = einvoice_xml(note, CREDITED, Profile.XRECHNUNG)
    assert (read(content)["BT-1"], read(content)["BG-3"][0]["BT-25"]) == (texts[1], texts[0])
    later = replace(TERMS, numbering=formats)
    others = IssueRequest(MARCH, customer="Customer2")
    (other,) = issue_month(store, later, others, AT).issued
    assert other.issue
    assert other.issue.text == f"2026-{4 if credit_notes is None else 3:04d}"


def _alone(store: Store, site: SiteMonth) -> MonthReports:
    return MonthReports(site, CREDITED, AT, credit_note=partial(credit_note_of, store))


def reports_of(store: Store, issuer: Issuer) -> MonthReports:
    site = issued_site(store, bill_month(store, BY_VAT, MARCH, AT))
    own = tuple(one for one in site.bills if one.customer.id == "Customer1")
    return MonthReports(
        replace(site, bills=own), issuer, AT, credit_note=partial(credit_note_of, store)
    )
