"""The billing pages in each language: texts, and figures, days and months as it writes them."""

import re
from contextlib import closing
from html import unescape
from pathlib import Path

import httpx
import pytest

from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON, SetClock
from unit.site_files import database_url
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import API, Desk, ports_with, site_billing

BILL = "/billing/2026-03/bill?customer=Customer2"
EXPLAINED = "/billing/2026-03/explain?customer=Customer2"
INTERVALS = "/billing/2026-03/intervals?panel=rpp-1a&pole=2"
SAID = {
    "de": {
        "/billing": ["März", "März 2026", "Alle Rechnungen prüfen"],
        "/billing/2026-03": ["März 2026", "3.566,400", "Monatsabschluss"],
        "/billing/terms": ["ab 01.01.2026", "0,1185 USD je kWh"],
        BILL: ["2.674,800", "316,96", "12,90 % der Energie"],
        EXPLAINED: ["2.674,800 kWh x 0,1185 =", "Summe der Schritte oben =", "316,96 USD"],
        INTERVALS: ["2588 von 2972 Intervallen sind ganz gemessen.", "30,0 A"],
        "/billing/2026-03/findings": ["01.03.2026 00:00 EST bis 11.03.2026 01:15 EDT"],
    },
    "fr": {
        "/billing": ["mars", "mars 2026", "Vérifier toutes les factures"],
        "/billing/2026-03": ["mars 2026", "3 566,400", "Fin de mois"],
        "/billing/terms": ["à partir du 01/01/2026", "0,1185 USD par kWh"],
        BILL: ["2 674,800", "316,96", "12,90 % de l"],
        EXPLAINED: ["2 674,800 kWh x 0,1185 =", "somme des étapes ci-dessus =", "316,96 USD"],
        INTERVALS: ["2588 intervalles sur 2972 sont entièrement mesurés.", "240,25 h"],
        "/billing/2026-03/findings": ["du 01/03/2026 00:00 EST au 11/03/2026 01:15 EDT"],
    },
    "es": {
        "/billing": ["marzo", "marzo de 2026", "Verificar todas las facturas"],
        "/billing/2026-03": ["marzo de 2026", "3.566,400", "Cierre de mes"],
        "/billing/terms": ["desde el 1/1/2026", "0,1185 USD por kWh"],
        BILL: ["2.674,800", "316,96", "12,90 % de la energía"],
        EXPLAINED: ["2.674,800 kWh x 0,1185 =", "suma de los pasos anteriores =", "316,96 USD"],
        INTERVALS: ["2588 de 2972 intervalos están medidos por completo."],
        "/billing/2026-03/findings": ["del 1/3/2026 0:00 EST al 11/3/2026 1:15 EDT"],
    },
}
"""By language and page what stands on it, of the worked month of the English tests."""


def text_of(page: httpx.Response) -> str:
    """What people read of a page, every space a plain one."""
    assert page.status_code == 200
    body = page.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", body.replace("><", "> <"))))


@pytest.mark.parametrize("language", SAID)
async def test_every_page_speaks_the_language_of_the_browser(desk: Desk, language: str) -> None:
    await desk.process()

    for path, expected in SAID[language].items():
        page = await desk.client.get(path, headers={"accept-language": language})
        assert f'<html lang="{language}"' in page.text
        missing = [text for text in expected if text not in text_of(page)]
        assert not missing, (path, text_of(page))


async def test_what_programs_read_is_english_in_every_language(desk: Desk) -> None:
    await desk.process()
    path = f"{API}/months/2026-03/explain?customer=Customer2"

    english = await desk.get(path)
    german = await desk.client.get(path, headers={"accept-language": "de"})

    assert german.json() == english.json()
    assert "sum of the steps above" in english.text


async def test_a_tenant_reads_in_the_language_of_his_account(folder: Path) -> None:
    clock = SetClock(NOON)
    with (
        site_billing(folder / "bcm.yaml", clock) as billing,
        closing(Store(database_url(folder))) as keeping,
    ):
        keeping.database.ensure_schema()
        ports = ports_with(billing, clock, [], keeping.accounts)
        clients = {}
        for role, language in ((Role.BILLING, ""), (Role.CUSTOMER, "de-AT")):
            account = Account(role.value, role, HASH, NOON, ("Customer1",), language=language)
            keeping.accounts.add_account(account, ENTRY)
            secret = ports.entrance.begin(role.value, "127.0.0.1")
            headers = {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
            clients[role] = httpx.AsyncClient(
                transport=httpx.ASGITransport(create_app(ports)),
                base_url="http://localhost",
                headers={**headers, "accept-language": "fr"},
            )
        issuer = Desk(folder, clients[Role.BILLING], [], clock, ports.live)
        await issuer.process()
        await issuer.issue(customer="Customer1")
        tenant = clients[Role.CUSTOMER]

        listed, bill = [
            await tenant.get(path)
            for path in ("/bills", "/billing/2026-03/bill?customer=Customer1")
        ]

        assert '<html lang="de-AT"' in listed.text
        assert "März 2026" in text_of(listed)
        assert "891,600" in text_of(bill)
        assert "Rechnungsnummer 1" in text_of(bill)
