"""Name, address, language and tax id of an issued bill are those of the stored document."""

from dataclasses import replace

import pytest

from bcm_mqtt.billing.evidence.visible import shown_by
from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import MonthReports
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, CUSTOMER, MARCH, TERMS, issue, measured
from unit.builders import NEW_YORK

OLD = replace(CUSTOMER, language="de", tax_id="DE-OLD-17")
NEW = replace(
    *(CUSTOMER,),
    name="Renamed and Sons",
    address=("9 Elsewhere Road",),
    language="fr",
    tax_id="FR-NEW-99",
)
GONE = ("Renamed", "Elsewhere", "FR-NEW-99")


@pytest.mark.parametrize("form", ["html", "pdf", "csv", "xlsx", "json", "greenbutton"])
def test_an_issued_bill_keeps_its_letter_fields_in_every_format(store: Store, form: str) -> None:
    measured(store)
    issue(store, replace(TERMS, customers={CUSTOMER.id: OLD}))
    now = replace(TERMS, customers={CUSTOMER.id: NEW})
    site = issued_site(store, bill_month(store, now, MARCH, AT))
    (bill,) = [one for one in site.bills if one.customer.id == CUSTOMER.id]
    assert bill.customer == OLD
    reports = MonthReports(replace(site, bills=(bill,)), Issuer("DC1", NEW_YORK), AT, whole=False)
    ((_name, content),) = month_files(reports, [form])
    shown = [" ".join(words) for words in shown_by(content).words.values()]
    text = " ".join([*shown, content.decode(errors="replace")])
    assert not [one for one in GONE if one in text]
    if form not in {"greenbutton", "csv"}:  # which have no names
        assert "Customer One, Inc." in text
    if form in {"html", "pdf", "xlsx", "json"}:
        assert "DE-OLD-17" in text
    if form in {"html", "pdf"}:
        assert "Rechnung" in text
        assert "Facture" not in text
        assert "1 Main Street" in text
