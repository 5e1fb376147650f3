"""Letters: what a mail says of a bill, and to whom it goes."""

from dataclasses import replace
from pathlib import Path
from string import Template

import pytest
import voluptuous as vol

from bcm_mqtt.billing.delivery.letter import attached, letter_of
from bcm_mqtt.billing.evidence.statements import Head, noted_in
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.config import MailSettings
from bcm_mqtt.config.mail import ATTACHMENTS, MAIL, PLACEHOLDERS, mail_settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.located import Document
from unit.billing.example_bill import ISSUER
from unit.billing.issued_bills import DAYS, DRAFT, END, FIRST, ISSUED, MARCH, REVISED, START
from unit.builders import NEW_YORK

ONE = Customer("Customer1", "One, Inc.", email=("a@one.example", "b@one.example"))
MAIL_KEYS = vol.Schema(MAIL)({"host": "x", "sender": "a@b.example"})
SETTINGS = mail_settings(Document("", {}), MAIL_KEYS, Path())[0]


OF = replace(ISSUER, name="DC 1", payment=DAYS, zone=NEW_YORK)


def said(bill: Bill, mail: MailSettings = SETTINGS) -> str:
    return letter_of(replace(bill, customer=ONE), mail, OF, ()).text


def test_a_letter_says_what_is_due_and_when() -> None:
    found = letter_of(replace(FIRST, customer=ONE), SETTINGS, OF, ())
    assert found.subject == "DC 1: bill 7 for March 2026"
    assert found.text.startswith(
        "Dear One, Inc.,\n\n"
        "attached is bill 7 for March 2026: 0.000 kWh, 115.69 USD, due on 2026-05-01.\n"
    )
    assert found.recipients == ("a@one.example", "b@one.example")


def test_a_letter_is_in_the_language_of_its_customer_unless_the_site_words_its_own() -> None:
    french = replace(ONE, language="fr")
    found = letter_of(replace(FIRST, customer=french), SETTINGS, OF, (), "bill 7, 5f5f")
    assert found.subject == "DC 1 : facture 7 pour mars 2026"
    assert found.text.startswith(
        "Bonjour One, Inc.,\n\n"
        "vous trouverez ci-joint la facture 7 pour mars 2026\N{NO-BREAK SPACE}: 0,000 kWh, "
        "115,69 USD, à payer avant le 01/05/2026.\n"
    )
    assert "Conservez ce message" in found.text
    own = replace(SETTINGS, text=Template("$number: $due until $due_date"))
    given = letter_of(replace(FIRST, customer=french), own, OF, ())
    assert given.text == "7: 115,69 until 01/05/2026"


def test_of_a_revision_the_difference_is_due() -> None:
    mail = replace(SETTINGS, text=Template("$due of $amount"))
    assert said(REVISED, mail) == "-7.69 of 115.69"


def test_every_placeholder_is_filled_in() -> None:
    mail = replace(SETTINGS, text=Template("\n".join(f"${name}" for name in PLACEHOLDERS)))
    assert all(said(FIRST, mail).splitlines())


def test_copies_go_with_a_letter_and_never_alone() -> None:
    mail = replace(SETTINGS, bcc=("books@dc1.example", "a@one.example"))
    found = letter_of(replace(FIRST, customer=ONE), mail, OF, ())
    assert found.recipients == ("a@one.example", "b@one.example", "books@dc1.example")
    assert letter_of(FIRST, mail, OF, ()).recipients == ()


def test_every_report_can_be_attached() -> None:
    assert set(ATTACHMENTS) == set(FORMATS)
    site = SiteMonth(MARCH, START, END, (), ())
    plain = [one for one in ATTACHMENTS if one not in set(Profile)]
    found = attached(FIRST, MonthReports(site, ISSUER, ISSUED), plain)
    assert [item.name for item in found] == [
        f"bill-7-2026-03.{suffix}" for suffix in ("html", "pdf", "csv", "xlsx", "json", "xml")
    ]
    assert all(item.content and "/" in item.media for item in found)


def test_a_draft_makes_no_letter() -> None:
    with pytest.raises(ValueError, match="is not issued"):
        said(DRAFT)


def test_a_letter_ends_with_the_head_of_the_chain_in_short_lines() -> None:
    head = Head(9, "ab" * 32, "cd" * 32)
    found = letter_of(FIRST, SETTINGS, OF, (), head.text)
    assert found.text.startswith(letter_of(FIRST, SETTINGS, OF, ()).text)
    assert noted_in(found.text).heads == (replace(head, audit_sha256=""),)
    assert noted_in(found.text).audit == (head.audit_sha256,)
    assert max(map(len, found.text.splitlines())) < 78
