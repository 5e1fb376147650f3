"""What a tenant sees first: figures that lead to their explanations, and nothing of another's."""

import re
from decimal import Decimal
from html import unescape

import pytest

from bcm_mqtt.domain.site.account import Role
from unit.store.rows import rows
from unit.web.access.conftest import ENTRY
from unit.web.home.conftest import CIRCUITS, Tenant

EVIL = "<script>alert(1)</script>\"'&"


async def home(tenant: Tenant, path: str = "/home") -> str:
    answer = await tenant.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def links(text: str, start: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'href="({start}[^"]*)"', text)]


async def test_the_first_page_is_the_home_with_month_forecast_circuits_and_bills(
    tenant: Tenant,
) -> None:
    """Worked by hand: 1,402.626 kWh at 0.25 are 350.66, 12.00 more, and 20 % tax on 362.66."""
    first = await tenant.get("/")
    assert (first.status_code, first.headers["location"]) == (303, "home")
    text = await home(tenant)
    for shown in (
        *("Customer One, Inc.", "1,402.6 kWh", "EUR 435.19", "EUR 650.30"),
        *("EUR 630.56 to EUR 670.06", "1,771.6 kWh, EUR 545.87", "bill 1", "due on 2026-05-20"),
    ):
        assert shown in text
    assert re.findall(r'class="name">([^<]*?) <', text)[:3] == [
        "Customer1-Heat pump",
        "Customer1-Kitchen",
        "Customer1-Cold room",
    ]
    assert re.findall(r'class="change[^"]*">([^<]*)<', text) == ["+50%", "-2%", "0%"]
    costs = [Decimal(one) for one in re.findall(r"<b>EUR ([0-9.]+)</b> <small>[0-9.]+ kWh", text)]
    assert sum(costs) == Decimal("350.66")
    assert "EUR 84.53" in text  # 12.00 of the fee and 72.53 of tax


async def test_every_figure_leads_to_its_explanation(tenant: Tenant) -> None:
    text = await home(tenant)
    found = links(text, "home/explain") + links(text, "billing/")
    assert len(set(found)) >= 7
    for link in found:
        shown = await tenant.get(f"/{link}")
        assert shown.status_code == 200, link
    forecast = await home(tenant, "/home/explain?customer=Customer1&figure=forecast")
    for shown_part in ("1,402.194", "717.502", "2,119.696", "20 whole", "650.30", "630.56"):
        assert shown_part in forecast
    circuit = await home(
        tenant, "/home/explain?customer=Customer1&figure=circuit&panel=rpp-1a&pole=5"
    )
    for shown_part in ("219.09", "350.66", "876.330", "44.940", "29.952"):
        assert shown_part in circuit
    assert "2026-04-19" in circuit  # by day, as of a bill


async def test_a_budget_is_entered_and_stands_as_an_alarm(tenant: Tenant) -> None:
    answer = await tenant.post("budget", kwh="1600", money=" 435,19 ", breakers=True)
    assert answer.status_code == 204, answer.text
    text = await home(tenant)
    assert "1,402.626 kWh of the budget of 1,600 kWh" in text
    assert "The budget of EUR 435.19 for April 2026 is used up" in text
    explained = await home(tenant, "/home/explain?customer=Customer1&figure=budget")
    assert "87.7" in explained
    changes = [(one.what, one.after) for one in tenant.changes]
    assert ("budget of Customer1", "1600 kWh, 435.19 in money, overloads") in changes
    assert (await tenant.post("budget", kwh="", money="", breakers=False)).status_code == 204
    assert rows(tenant.store, "SELECT * FROM budget") == []


@pytest.mark.parametrize(
    "wrong", ["0", "-5", "much", "NaN", "Infinity", "1e99", "0.0001", "1" * 30, EVIL]
)
async def test_what_is_no_budget_is_refused_and_changes_nothing(tenant: Tenant, wrong: str) -> None:
    for body in ({"kwh": wrong, "money": ""}, {"kwh": "", "money": wrong}):
        answer = await tenant.post("budget", **body, breakers=False)
        assert answer.status_code == 409
        assert "expected a number above 0" in answer.json()["error"]
    assert rows(tenant.store, "SELECT * FROM budget") == []


async def test_a_circuit_has_the_tenants_own_name_for_its_users_alone(tenant: Tenant) -> None:
    answer = await tenant.post("name", panel="rpp-1a", pole="5", name=f" {EVIL} ")
    assert answer.status_code == 204, answer.text
    text = await home(tenant)
    assert "&lt;script&gt;" in text
    assert EVIL not in text
    assert "Customer1-Heat pump" in text  # the operator's, beside it
    for other in ("billing", "two"):
        with tenant.seen_by(other) as client:
            path = "/home?customer=Customer1" if other == "billing" else "/home"
            seen = (await client.get(path)).text
            assert "alert(1)" not in seen
    stored = tenant.store.directories.all()["rpp-1a"]
    assert [one.description for one in stored.versions] == [one.description for one in CIRCUITS]
    assert ("name of rpp-1a:3 for Customer1", EVIL) in [
        (one.what, one.after) for one in tenant.changes
    ]
    assert (await tenant.post("name", panel="rpp-1a", pole="3", name="")).status_code == 204
    assert rows(tenant.store, "SELECT * FROM circuit_name") == []


async def test_a_name_of_a_circuit_that_is_anothers_or_none_is_refused_alike(
    tenant: Tenant,
) -> None:
    for pole in ("4", "9"):
        answer = await tenant.post("name", panel="rpp-1a", pole=pole, name="Mine")
        assert answer.status_code == 409
        assert answer.json()["error"].endswith("expected one of rpp-1a:1, rpp-1a:2, rpp-1a:3")
    for name in ("x" * 81, "a\nb"):
        answer = await tenant.post("name", panel="rpp-1a", pole="1", name=name)
        assert answer.status_code in {409, 422}
    assert rows(tenant.store, "SELECT * FROM circuit_name") == []


async def test_what_is_anothers_is_as_if_it_were_not_there(tenant: Tenant) -> None:
    for customer in ("Customer2", "Customer9"):
        for path in (f"/home?customer={customer}", f"/home/explain?customer={customer}"):
            answer = await tenant.get(path)
            assert answer.status_code == 404
            assert answer.json()["error"] == f"there is no home of customer '{customer}'"
        for path, body in (
            ("name", {"panel": "rpp-1a", "pole": "4", "name": "Mine"}),
            ("budget", {"kwh": "1", "money": "", "breakers": False}),
            ("question", {"month": "2026-03", "text": "What?"}),
        ):
            assert (await tenant.post(path, customer=customer, **body)).status_code == 404
    for table in ("circuit_name", "budget", "question"):
        assert rows(tenant.store, f"SELECT * FROM {table}") == []


async def test_those_who_bill_see_the_home_and_enter_nothing(tenant: Tenant) -> None:
    with tenant.seen_by("billing") as client:
        seen = await client.get("/home?customer=Customer1")
        assert "1,402.6 kWh" in seen.text
        assert 'id="budget"' not in seen.text
        body = {"customer": "Customer1", "kwh": "1", "money": "", "breakers": False}
        refused = await client.post("/api/v1/home/budget", json=body)
        assert refused.status_code == 409
        assert "only a user of the customer may" in refused.json()["error"]
    with tenant.seen_by("viewer") as client:
        assert (await client.get("/home?customer=Customer1")).status_code == 403


async def test_a_user_of_two_customers_goes_from_one_to_the_other(tenant: Tenant) -> None:
    with tenant.seen_by("both") as client:
        assert 'href="home?customer=Customer2"' in (await client.get("/home")).text
        assert "Customer2-Office" in (await client.get("/home?customer=Customer2")).text


async def test_pages_without_readings_bills_or_circuits_say_so(tenant: Tenant) -> None:
    with tenant.seen_by("new") as client:
        text = (await client.get("/home")).text
        assert "Nothing of this month is measured yet." in text
        assert "No bill has been issued yet." in text
        assert "Customer3-Nothing yet" in text
        answer = await client.get("/home/explain?customer=Customer3&figure=forecast")
        assert answer.status_code == 409
        assert "there is no forecast before 3 whole days" in answer.json()["error"]
    with tenant.seen_by("none") as client:
        text = (await client.get("/home")).text
        assert "No circuit is yours this month." in text
        assert (await client.get("/home/explain?customer=Customer9")).status_code == 404


async def test_the_site_itself_is_shown_as_such(tenant: Tenant) -> None:
    text = "customers: {Customer1: {name: Us, own_use: true}}\n"
    (tenant.folder / "customers.yaml").write_text(text)
    shown = await home(tenant)
    assert "measured and not billed" in shown
    assert "1,402.6 kWh" in shown


async def test_without_a_tariff_there_is_energy_and_no_cost(tenant: Tenant) -> None:
    main = tenant.folder / "bcm.yaml"
    main.write_text(main.read_text().replace("billing: {default_tariff: standard}", ""))
    text = await home(tenant)
    assert "No tariff is set" in text
    assert "2,120 kWh" in text  # the forecast of energy
    assert "EUR 4" not in text


async def test_the_month_is_computed_once_for_many_pages(tenant: Tenant) -> None:
    await home(tenant)
    tenant.store.accounts.change_role("kim", Role.CUSTOMER, ("Customer1", "Customer2"), ENTRY)
    assert tenant.ports.tenancy
    running = tenant.ports.tenancy.homes._running
    first = running()
    assert running() is first
    tenant.clock.now = tenant.clock.now.replace(minute=20)
    assert running() is not first
