"""The letter that a bill is: payment with its code, readings, texts, names for people."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
import segno

from bcm_mqtt.billing.evidence.visible import shown_by, words_of_our_pdf
from bcm_mqtt.billing.pages.letters.letter import payment
from bcm_mqtt.billing.reports.codes.payment_code import payment_code
from bcm_mqtt.billing.reports.html_report import html_bill
from bcm_mqtt.billing.reports.pdf_report import pdf_bill
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, PanelName
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.issued import InvoiceKind
from bcm_mqtt.domain.bill.letterhead import Letterhead, LetterText, OwnText
from bcm_mqtt.domain.bill.numbering import DocumentKind, DocumentNumber
from bcm_mqtt.domain.bill.payment import PayeeAccount, PayeeAddress
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.rating.lines import BillLine
from unit.billing import example_bill as example

GERMAN = PayeeAccount("Hafen Energie GmbH", "DE89370400440532013000", "COBADEFFXXX")
ADDRESS = PayeeAddress("Hafenweg", "1", "8000", "Zürich", "CH")
SWISS = PayeeAccount("Hafen Energie AG", "CH4431999123000889012", address=ADDRESS)
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><path d="M0 0h40v10z"/></svg>'
TEXTS = (
    *LetterText,
    OwnText({"en": "Notice", "de": "Hinweis"}, {"en": "Of $site.", "de": "Von $site."}),
)


def numbered(bill: Bill) -> Bill:
    assert bill.issue
    numbers = (DocumentNumber(DocumentKind.BILL, "2026-0017", 2026),)
    return replace(bill, issue=replace(bill.issue, numbers=numbers))


def metered(language: str = "", currency: str = "EUR") -> Bill:
    """Issued, in euros, of named panels with a meter that counts and one that does not."""
    bill = example.bill(6, replace(example.ACME, language=language))
    first, last = (Decimal("10234.5"),), (Decimal("10934.5"),)
    meters = (
        BilledMeter(
            "rpp-1a",
            1,
            (1,),
            bill.start,
            bill.end,
            serial="SN-4711",
            first_kwh=first,
            last_kwh=last,
        ),
        BilledMeter("rpp-1b", 2, (2,), bill.start, bill.end, "BG08"),
    )
    names = (PanelName("rpp-1a", "Hall 1, row A"), PanelName("rpp-1b", "Hall 1, row B"))
    bill = replace(bill, currency=currency, meters=meters, panel_names=names)
    return numbered(example.issued(bill))


def issuer(account: PayeeAccount | None = GERMAN) -> Issuer:
    letterhead = Letterhead(
        logo=LOGO,
        logo_shape=4.0,
        colour="#7a1f5c",
        contact=("+49 30 1234", "billing@hafen.example"),
        account=account,
        texts=TEXTS,
        complaints="billing@hafen.example",
        then="the ombudsman",
    )
    return replace(example.ISSUER, seller="Hafen Energie GmbH", letterhead=letterhead)


def words(bill: Bill, of: Issuer) -> str:
    return " ".join(words_of_our_pdf(pdf_bill(bill, of, example.MADE)))


def test_a_letter_has_all_that_an_invoice_needs() -> None:
    text = words(metered(), issuer())
    for part in (
        "+49 30 1234",
        "Bill number 2026-0017",
        "Account holder Hafen Energie GmbH IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX",
        "Reference 2026-0017 Acme",
        "SN-4711 Hall 1, row A 1",
        "10,234.5 10,934.5 1 700.0",
        "It is not from the electric utility.",
        "Ask billing@hafen.example about this bill.",
        "Where we cannot agree, you may turn to the ombudsman.",
        "Notice. Of Harbor Data Center.",
        "Panel Hall 1, row A",
        "Total of panel Hall 1, row B",
    ):
        assert part in text, part


@pytest.mark.parametrize("of", [pdf_bill, html_bill])
def test_no_name_of_the_program_is_on_paper(of: object) -> None:
    content = of(metered(), issuer(), example.MADE)  # type: ignore[operator]
    text = content if isinstance(content, str) else " ".join(words_of_our_pdf(content))
    assert "rpp-1" not in text
    assert "energy/" not in text


def test_texts_are_in_the_language_of_the_customer() -> None:
    for language, expected in (
        ("de", ("Sie ist nicht vom Stromversorger.", "Zählerstände", "Von Harbor Data Center.")),
        ("fr", ("Elle ne vient pas du fournisseur", "Relevés des compteurs", "Of Harbor Data")),
        ("es", ("No es de la compañía eléctrica.", "Lecturas de los", "Of Harbor Data Center.")),
    ):
        text = words(metered(language), issuer())
        for part in expected:
            assert part in text, part


def drawn(svg: str) -> str:
    """The squares of a code."""
    found = re.search(r' d="([^"]+)"', svg)
    assert found
    return found[1]


def test_the_code_says_what_the_letter_says() -> None:
    """Line by line as the guidelines of the European Payments Council have it."""
    bill = metered()
    code = payment_code(payment(bill, issuer()))
    assert code
    payload = "\n".join(
        (
            *("BCD", "002", "1", "SCT", "COBADEFFXXX", "Hafen Energie GmbH"),
            *("DE89370400440532013000", f"EUR{bill.amount.normalize()}", "", "", "2026-0017 Acme"),
        )
    )
    expected = segno.make_qr(payload.encode(), error="m", boost_error=False)
    assert drawn(code.svg) == drawn(expected.svg_inline(border=0))
    assert not code.swiss


def test_a_swiss_account_has_a_payment_part() -> None:
    bill = metered("de", "CHF")
    code = payment_code(payment(bill, issuer(SWISS)))
    assert code
    assert code.swiss
    text = words(bill, issuer(SWISS))
    assert "Der Zahlteil für Ihre Bank ist auf der letzten Seite." in text
    assert "000000000000000000000000173" in text
    assert html_bill(bill, issuer(SWISS), example.MADE).count("data:image/svg+xml;base64,") == 2


def test_letters_that_a_library_takes_and_a_bank_does_not_are_left_out() -> None:
    account = replace(SWISS, holder="Łódź 日本\nAG")
    code = payment_code(payment(metered("", "CHF"), issuer(account)))
    assert code
    assert "?" in code.svg
    account = replace(GERMAN, holder="ACME\nDE00000000000000000000")
    (code, one_line) = (
        payment_code(payment(metered(), issuer(replace(GERMAN, holder=holder))))
        for holder in (account.holder, account.holder.replace("\n", " "))
    )
    assert code == one_line


def test_a_payment_that_no_code_has_room_for_is_in_words_alone() -> None:
    of = issuer(replace(GERMAN, holder="日" * 70))
    bill = metered()
    bill = replace(bill, customer=replace(bill.customer, id="本" * 60))
    assert payment_code(payment(bill, of)) is None
    assert "DE89 3704" in words(bill, of)


def test_nothing_is_asked_for_where_nothing_is_due() -> None:
    bill = metered()
    credit = BillLine("Credit", Decimal(1), "items", -bill.amount, -bill.amount)
    for lines, said in (
        ((*bill.lines, credit), "Nothing is to be paid."),
        ((*bill.lines, credit, credit), f"Nothing is to be paid: EUR {bill.amount:,} are credited"),
    ):
        of = payment(replace(bill, lines=lines), issuer())
        assert of
        assert (of.rows, of.request) == ((), None)
        assert of.note.startswith(said)


@pytest.mark.parametrize("status", [BillStatus.DRAFT, BillStatus.HELD])
def test_a_draft_shows_where_it_would_be_paid_and_has_no_code(status: BillStatus) -> None:
    of = payment(replace(metered(), issue=None, status=status), issuer())
    assert of
    assert dict(of.rows)["IBAN"] == "DE89 3704 0044 0532 0130 00"
    assert of.request is None


@pytest.mark.parametrize("status", [BillStatus.SUPERSEDED, BillStatus.JOINT, BillStatus.OWN_USE])
def test_what_is_not_to_be_paid_has_no_account(status: BillStatus) -> None:
    assert payment(replace(metered(), status=status), issuer()) is None
    assert payment(metered(), issuer(None)) is None


def test_a_revision_asks_for_the_difference() -> None:
    bill = example.revised(replace(metered(), issue=None))
    of = payment(bill, issuer())
    assert of
    assert of.note == "Nothing is to be paid: EUR 19.97 are credited to you."


def test_a_credit_note_asks_for_nothing() -> None:
    bill = metered()
    assert bill.issue
    record = replace(bill.issue, kind=InvoiceKind.CREDIT_NOTE, supersedes=17, corrects=17)
    of = payment(replace(bill, issue=record), issuer())
    assert of
    assert (of.rows, of.request) == ((), None)
    assert of.note == f"Nothing is to be paid: EUR {bill.amount:,} are credited to you."


def test_a_printed_number_is_found_in_a_file() -> None:
    for content in (
        pdf_bill(metered(), issuer(), example.MADE),
        html_bill(metered(), issuer(), example.MADE).encode(),
    ):
        assert list(shown_by(content).words) == ["2026-0017"]


def test_a_bill_without_a_letterhead_is_as_it_was() -> None:
    text = words(example.issued(example.bill(6)), example.ISSUER)
    for part in ("Payment", "IBAN", "Meter readings", "About this bill"):
        assert part not in text
