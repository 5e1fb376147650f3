"""What tenants are mailed, and what they ask: to a real SMTP server, once each, in their words."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing.tenant.budget_notes import BudgetNotes
from bcm_mqtt.billing.tenant.post import Note
from bcm_mqtt.billing.tenant.reset_note import reset_note
from bcm_mqtt.domain.alarms.groups import SiteAlarm, Supply
from bcm_mqtt.domain.alarms.notices import Site
from bcm_mqtt.domain.bill.running.budget import Budget
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.errors import WorkError
from bcm_mqtt.notifications.tenants import Addressee, TenantNotices
from bcm_mqtt.store import Store
from bcm_mqtt.web.ports import Ports
from peers.mail_server import MailBox
from unit.builders import NEW_YORK, NOON, SetClock
from unit.store.rows import rows
from unit.web.access.conftest import ENTRY
from unit.web.home.conftest import NOW, Tenant, client_of, tenant_ports, write_home_site

MAIL = (
    "mail: {{host: 127.0.0.1, port: {port}, security: none, sender: House <house@dc1.example>,"
    " questions: [desk@dc1.example]}}\n"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_home_site(folder)
    return folder


@pytest.fixture
def post() -> Iterator[MailBox]:
    with MailBox() as box:
        yield box


@pytest.fixture
async def tenant(written: Path, tmp_path: Path, post: MailBox) -> AsyncIterator[Tenant]:
    folder, clock = tmp_path / "site", SetClock(NOW)
    shutil.copytree(written, folder)
    with tenant_ports(folder, clock, MAIL.format(port=post.port)) as (ports, store):
        async with client_of(ports, "kim") as client:
            yield Tenant(folder, ports, store, clock, client, [])


async def test_a_question_goes_to_the_operator_with_the_figure_and_how_it_came_about(
    tenant: Tenant, post: MailBox
) -> None:
    asked = {"month": "2026-04", "figure": "forecast", "text": "Warum so viel?\nÜber 600 Euro!"}
    answer = await tenant.post("question", **asked)
    assert (answer.status_code, answer.json()) == (200, {"mailed": True})
    [(to, mail)] = post.taken
    assert to == ("desk@dc1.example",)
    assert mail["Subject"] == "Data Center 1: question 1 of Customer1"
    assert mail["Reply-To"] == "kim@example.com"
    body = mail.get_body(("plain",))
    assert body
    text = body.get_content()
    for part in ("kim of Customer1", "Forecast: 2,119.696 kWh, 650.30 EUR", "Über 600 Euro!"):
        assert part in text
    [explanation] = list(mail.iter_attachments())
    assert explanation.get_filename() == "explanation.txt"
    for part in ("What the month may come to", "2,119.696 kWh", "mean of the 20 whole measured"):
        assert part in explanation.get_content()
    assert rows(tenant.store, "SELECT customer, who, figure, fate FROM question") == [
        ("Customer1", "kim", "Forecast: 2,119.696 kWh, 650.30 EUR", "sent")
    ]
    for name, seen in (("kim", True), ("billing", True), ("two", False)):
        with tenant.seen_by(name) as client:
            page = (await client.get("/questions")).text
        assert ("Über 600 Euro!" in page, "The operator was mailed." in page) == (seen, seen)


async def test_a_question_about_an_issued_bill_has_its_explanation(
    tenant: Tenant, post: MailBox
) -> None:
    answer = await tenant.post("question", month="2026-03", line=1, text="And this?")
    assert answer.status_code == 200, answer.text
    [(_, mail)] = post.taken
    assert "Energy: 442.89 EUR" in str(mail.get_body(("plain",)))
    answer = await tenant.post("question", month="2026-02", text="And this?")
    assert answer.status_code == 404
    answer = await tenant.post("question", month="2026-04", figure="circuit", text="?", line=99)
    assert answer.status_code == 409
    assert len(post.taken) == 1


async def test_a_question_that_no_server_takes_is_recorded(tenant: Tenant, post: MailBox) -> None:
    post._on_data = lambda _: "554 no"
    answer = await tenant.post("question", month="2026-04", text="Anybody?")
    assert (answer.status_code, answer.json()) == (200, {"mailed": False})
    assert rows(tenant.store, "SELECT fate FROM question") == [("failed",)]
    with tenant.seen_by("billing") as client:
        assert "554 no" in (await client.get("/questions")).text
    assert "554 no" not in (await tenant.get("/questions")).text


async def test_hostile_questions_change_no_header_and_no_page(
    tenant: Tenant, post: MailBox
) -> None:
    evil = "<script>alert(1)</script>\nBcc: all@example.com\n.\n" + "x" * 900
    assert (await tenant.post("question", month="2026-04", text=evil)).status_code == 200
    [(to, mail)] = post.taken
    assert (to, mail["Bcc"]) == (("desk@dc1.example",), None)
    assert "<script>" not in (await tenant.get("/questions")).text
    for text in ("", " ", "x" * 2001, "a\x1b[2Jb"):
        answer = await tenant.post("question", month="2026-04", text=text)
        assert answer.status_code in {409, 422}
    assert len(post.taken) == 1


async def test_who_asks_without_end_waits(tenant: Tenant, post: MailBox) -> None:
    asked = {"month": "2026-04", "text": "Again?"}
    answers = []
    for _ in range(12):
        tenant.clock.now += timedelta(milliseconds=1)
        answers.append((await tenant.post("question", **asked)).status_code)
    assert answers == [200] * 11 + [429]
    assert len(post.taken) == 11


def notes_of(ports: Ports, store: Store) -> BudgetNotes:
    tenancy = ports.tenancy
    assert tenancy
    return BudgetNotes(
        homes=tenancy.homes,
        tenants=tenancy.stored,
        accounts=store.accounts,
        send=tenancy.post.send,
        clock=ports.clock,
        site="Data Center 1",
        link="https://bcm.example/",
        language="",
    )


async def test_a_budget_is_mailed_once_in_a_month_to_every_user_of_the_customer(
    tenant: Tenant, post: MailBox
) -> None:
    """1,402.626 kWh of 1,600 are 87.7 %."""
    notes = notes_of(tenant.ports, tenant.store)
    notes()
    assert post.taken == []
    tenant.store.accounts.change_language("both", "de", ENTRY)
    tenant.store.tenants.budgets.put("Customer1", Budget(Decimal(1600)))
    for _ in range(3):
        notes()
    assert sorted(to for to, _ in post.taken) == [("both@example.com",), ("kim@example.com",)]
    by_user = {to[0]: str(mail.get_body(("plain",))) for to, mail in post.taken}
    assert "1,402.626 kWh of the budget of 1,600 kWh" in by_user["kim@example.com"]
    assert "https://bcm.example/home" in by_user["kim@example.com"]
    assert "1.402,626 kWh des Budgets von 1.600 kWh" in by_user["both@example.com"]
    tenant.store.tenants.budgets.put("Customer1", Budget(Decimal(1000)))
    notes()
    assert len(post.taken) == 4  # another budget, and all of it


async def test_a_budget_that_could_not_be_mailed_is_mailed_later(
    tenant: Tenant, post: MailBox
) -> None:
    tenant.store.tenants.budgets.put("Customer1", Budget(Decimal(1600)))
    tenant.store.accounts.remove_account("both", ENTRY)
    notes = notes_of(tenant.ports, tenant.store)
    post._on_data = lambda _: "451 later"
    with pytest.raises(WorkError, match="451 later"):
        notes()
    post._on_data = lambda _: "250 OK"
    notes()
    notes()
    assert [to for to, _ in post.taken] == [("kim@example.com",)]


async def test_overloads_of_ones_own_breakers_are_mailed_to_those_who_want_it(
    tenant: Tenant, post: MailBox
) -> None:
    tenancy, clock, alarms = tenant.ports.tenancy, SetClock(NOON), list[SiteAlarm]()
    assert tenancy
    send = tenancy.post.send
    notices = TenantNotices(
        lambda: ["Customer1"],
        lambda: tuple(alarms),
        lambda: Site("Data Center 1", NEW_YORK, Supply({}), {"rpp-1a": "RPP 1A"}),
        lambda _: [Addressee("kim@example.com", "de")],
        lambda to, subject, text: send(Note((to,), subject, text)),
        lambda: None,
        clock,
    )
    overload = SiteAlarm(
        *("rpp-1a", 1, AlarmKind.OVERLOAD, AlarmState.UNACKNOWLEDGED, Severity.WARNING),
        since=datetime(2026, 11, 20, 11, 59, tzinfo=UTC),
        customer="Customer1",
    )
    alarms += [
        overload,
        replace(overload, pole=4, customer="Customer2"),
        replace(overload, pole=2, kind=AlarmKind.NO_DATA),
    ]
    for _ in range(4):
        await notices.overloads()
        clock.now += timedelta(seconds=15)
    [(to, mail)] = post.taken
    assert to == ("kim@example.com",)
    text = mail.get_content()
    assert "RPP 1A" in text
    assert "1" in text
    assert "4" not in text.replace("04", "").replace("14", "").partition(",")[0]
    alarms[0] = replace(overload, severity=Severity.CRITICAL)
    post._on_data = lambda _: "451 later"
    clock.now += timedelta(minutes=20)
    for _ in range(2):
        await notices.overloads()
        clock.now += timedelta(seconds=15)
    post._on_data = lambda _: "250 OK"
    await notices.overloads()
    assert len(post.taken) == 2  # the worse one, which is tried again


def test_the_link_of_a_forgotten_password_is_in_the_language_of_the_user(
    written: Path, tmp_path: Path, post: MailBox
) -> None:
    shutil.copytree(written, tmp_path / "site")
    mail = MAIL.format(port=post.port)
    with tenant_ports(tmp_path / "site", SetClock(NOW), mail) as (ports, _):
        kim = Account("kim", Role.CUSTOMER, "", NOON, language="de", email="kim@example.com")
        link = "https://bcm.example/reset#abc"
        assert ports.tenancy
        ports.tenancy.post.send(reset_note(kim, "Haus 1", link, timedelta(minutes=30), ""))
    [(to, message)] = post.taken
    assert (to, message["Subject"]) == (("kim@example.com",), "Haus 1: Ihr Passwort")
    assert link in message.get_content()
    assert "innerhalb von 30 Minuten" in message.get_content()
