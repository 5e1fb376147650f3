"""Structured invoices are valid by other people's rules, and say what the bills say."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.billing.einvoices.made import einvoice_xml, obstacles_to_issue
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import DeltaLine, IssueRecord, RevisionStyle
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.errors import InputError
from unit.billing.einvoices import worked
from unit.billing.einvoices.national_rules import PEPPOL, XRECHNUNG, Document, Rule
from unit.billing.einvoices.validating import complaints, read

CASES = dict(worked.every_case())


def xml(case: str, profile: Profile) -> bytes:
    return einvoice_xml(CASES[case], worked.ISSUER, profile)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("case", CASES)
def test_every_case_is_valid_by_xsd_and_schematron_of_en_16931(case: str, profile: Profile) -> None:
    assert complaints(xml(case, profile)) == []


def test_the_rules_do_run_and_find_a_wrong_total() -> None:
    for profile in (Profile.FACTURX, Profile.UBL):
        wrong = xml("usual", profile).replace(b">353.67<", b">353.68<")
        assert any("BR-CO-15" in one or "BR-CO-16" in one for one in complaints(wrong))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("case", CASES)
def test_the_totals_that_another_reader_finds_are_those_of_the_bill(
    case: str, profile: Profile
) -> None:
    bill, found = CASES[case], read(xml(case, profile))
    taxes = sum((one.amount for one in bill.lines if one.is_vat), Decimal(0))
    assert bill.issue
    assert found["BT-1"] == str(bill.issue.number)
    rounding = sum((one.amount for one in bill.lines if one.kind is LineKind.ROUNDING), Decimal(0))
    assert Decimal(str(found["BT-115"])) == bill.amount
    assert Decimal(str(found["BT-112"])) == bill.amount - rounding
    assert Decimal(str(found.get("BT-114") or 0)) == rounding
    assert Decimal(str(found["BT-110"])) == taxes
    assert Decimal(str(found["BT-109"])) == bill.amount - rounding - taxes
    lines = [line for line in bill.lines if not line.is_vat and line.kind is not LineKind.ROUNDING]
    assert [(one["BT-153"], Decimal(str(one["BT-131"]))) for one in found["BG-25"]] == [
        (line.label, line.amount) for line in lines
    ]


@pytest.mark.parametrize("rule", XRECHNUNG, ids=lambda one: one.name)
def test_rules_of_xrechnung_hold_and_would_notice(rule: Rule) -> None:
    for case in CASES:
        assert rule.holds(Document(xml(case, Profile.XRECHNUNG))), case
    broken = rule.broken(Document(xml("usual", Profile.XRECHNUNG)))
    assert not rule.holds(broken)


@pytest.mark.parametrize("rule", PEPPOL, ids=lambda one: one.name)
def test_rules_of_peppol_hold_and_would_notice(rule: Rule) -> None:
    for case in CASES:
        assert rule.holds(Document(xml(case, Profile.UBL))), case
    broken = rule.broken(Document(xml("usual", Profile.UBL)))
    assert not rule.holds(broken)


def test_a_credit_note_names_the_old_bill_and_is_of_all_of_it() -> None:
    for profile in Profile:
        found = read(xml("credit_note", profile))
        assert (found["BT-1"], found["BT-3"]) == ("18", "381")
        (before,) = found["BG-3"]
        assert (before["BT-25"], str(before["BT-26"])) == ("17", "2026-04-02")
        assert Decimal(str(found["BT-112"])) == Decimal("353.67")
        assert found["BT-20"] == "Credited against bill 17."


def test_a_corrected_invoice_is_384_and_one_after_a_credit_note_380_naming_the_old_bill() -> None:
    corrected, after = (read(xml(case, Profile.UBL)) for case in ("corrected", "after_credit_note"))
    assert (corrected["BT-3"], corrected["BG-3"][0]["BT-25"]) == ("384", "17")
    assert (after["BT-1"], after["BT-3"], after["BG-3"][0]["BT-25"]) == ("19", "380", "17")


def test_words_are_those_of_the_customers_language() -> None:
    bill = worked.credited(worked.usual())
    german = replace(bill, customer=replace(bill.customer, language="de"))
    found = read(einvoice_xml(german, worked.ISSUER, Profile.XRECHNUNG))
    assert found["BG-25"][0]["BT-153"] == "Wirkarbeit"
    assert found["BT-20"] == "Verrechnet mit Rechnung 17."


def test_hostile_texts_stay_texts() -> None:
    name = "</ram:Name>\0\x1b[2J ]]> & \ud800 Zoë"
    bill = worked.usual()
    hostile = replace(bill, customer=replace(bill.customer, name=name))
    for profile in Profile:
        content = einvoice_xml(hostile, worked.ISSUER, profile)
        assert complaints(content) == []
        assert read(content)["BG-7"]["name"].startswith("</ram:Name>")


def refused(bill: Bill, profile: Profile = Profile.XRECHNUNG, **issuer: object) -> list[str]:
    with pytest.raises(InputError) as error:
        einvoice_xml(bill, replace(worked.ISSUER, **issuer), profile)  # type: ignore[arg-type]
    return [str(one) for one in error.value.problems]


def test_all_that_is_missing_is_named_at_once_by_where_and_rule() -> None:
    bare = replace(worked.usual(), customer=Customer("Acme", "Acme Hosting GmbH"))
    seller, customer = "xrechnung: the seller", "xrechnung: customer Acme"
    where = "street, postcode, city and country of the"
    electronic = "electronic_address: expected one such as"
    assert refused(bare, identity=None, tax_id="") == sorted(
        [
            f"{seller}: postal: expected {where} seller (BR-08)",
            f"{seller}: tax_id: expected the seller's VAT id, or its registration (BR-CO-26)",
            f"{seller}: {electronic} 9930:DE123456789 (PEPPOL-EN16931-R020)",
            f"{seller}: account: expected the iban to pay to (BR-DE-1)",
            f"{seller}: contact: expected name, phone and email (BR-DE-5, BR-DE-6, BR-DE-7)",
            f"{customer}: postal: expected {where} customer (BR-10)",
            f"{customer}: {electronic} 0204:991-33333-33 (PEPPOL-EN16931-R010)",
            (
                f"{customer}: buyer_reference: expected the Leitweg-ID or another reference "
                "(BR-DE-15)"
            ),
        ]
    )


def test_a_draft_is_no_invoice() -> None:
    draft = replace(worked.usual(), status=BillStatus.DRAFT, issue=None)
    (said,) = refused(draft)
    assert said == "xrechnung: bill of Acme: it is a draft: expected an issued bill"


def test_a_revision_that_charges_a_difference_is_no_invoice() -> None:
    deltas = (DeltaLine("Energy", Decimal(2), Decimal(1)),)
    record = IssueRecord(18, 1, worked.ISSUED, 17, "a7" * 32, deltas)
    (said,) = refused(replace(worked.usual(), issue=record))
    assert "bill 18 of Acme: it charges the difference to bill 17" in said


def test_lines_without_a_category_are_refused_by_name() -> None:
    bill = worked.usual()
    lines = tuple(replace(line, vat=None, is_vat=False) for line in bill.lines)
    (said,) = refused(replace(bill, lines=lines))
    assert "line 'Energy' has no category of VAT" in said


def test_a_deposit_is_on_no_structured_invoice() -> None:
    bill = worked.usual()
    line = replace(bill.lines[0], kind=LineKind.DEPOSIT, label="Deposit, not taxed: Cage")
    (said,) = refused(replace(bill, lines=(*bill.lines, line)))
    assert "line 'Deposit, not taxed: Cage': deposits and advance payments are on no" in said


def test_a_corrected_invoice_to_france_is_refused_before_it_is_issued() -> None:
    issuer = replace(
        worked.ISSUER, revisions=RevisionStyle.CORRECTED, einvoices=(Profile.UBL.value,)
    )
    (said,) = obstacles_to_issue(worked.reverse_charge(), issuer)
    assert "ubl: the seller: billing.revisions: expected credited" in said
    assert not list(obstacles_to_issue(worked.usual(), issuer))
