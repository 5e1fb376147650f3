"""Issued bills as messages: each to each receiver once, in their order, until it is taken."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config.notifications import ReceiverSettings
from bcm_mqtt.messaging import Webhook, signature
from bcm_mqtt.notifications.bills import WITHIN, BillNews, news_of
from bcm_mqtt.store import NewBill, Store
from unit.billing.example_bill import ISSUER
from unit.billing.issued_bills import DRAFT, FIRST, REVISED
from unit.notifications.conftest import Server

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
NAME = "receiver books"
assert FIRST.issue
assert REVISED.issue
FIRST_BILL = replace(FIRST, issue=replace(FIRST.issue, number=1))
SECOND = replace(REVISED, issue=replace(REVISED.issue, number=2, supersedes=1, sha256="01"))


def stored(store: Store) -> None:
    """Stores both, without what they say."""
    new = [NewBill(FIRST_BILL, "", "{}"), NewBill(SECOND, "00", "{}")]
    store.bills.issue(FIRST.month, lambda _last, _entries, _counted: new)


class Desk:
    """A page that sends to one receiver."""

    def __init__(self, store: Store, url: str, language: str = "") -> None:
        self.now, self.store = NOW, store
        self.bills = [FIRST_BILL]
        settings = ReceiverSettings(webhook=url, secret="s", language=language)
        self._receivers = {"books": (Webhook(url, "s"), settings)}
        self.news = self.started()

    def started(self) -> BillNews:
        return BillNews(
            self._receivers,
            lambda since: [one for one in self.bills if one.issue and one.issue.issued >= since],
            self.store.mails,
            ISSUER,
            lambda: self.now,
        )

    def fates(self) -> list[tuple[int, str, str]]:
        return [(one.bill, one.fate.value, one.why) for one in self.store.mails.all()]


@pytest.fixture
def desk(tmp_path: Path, server: Server) -> Desk:
    store = Store(f"sqlite:///{tmp_path}/bcm.db")
    store.database.ensure_schema()
    stored(store)
    return Desk(store, server.url)


def test_a_program_gets_what_it_books_signed(desk: Desk, server: Server) -> None:
    desk.news.send()
    ((headers, body),) = server.taken
    signed = signature("s", headers["x-bcm-time"], body)
    assert headers["x-bcm-signature"] == f"sha256={signed}"
    said = json.loads(body)
    assert said["title"] == "Bill 1 of One, Inc. for March 2026 is issued."
    assert said["lines"] == ["USD 115.69, payable by 2026-05-01", "0.000 kWh"]
    assert (said["rule"], said["urgency"]) == ("issued_bills", "info")
    assert said["bill"] == {
        "number": "1",
        "place": 1,
        "revision": 0,
        "replaces": None,
        "customer": "Customer1",
        "customer_name": "One, Inc.",
        "month": "2026-03",
        "kwh": "0.000",
        "amount": "115.69",
        "due": "115.69",
        "currency": "USD",
        "issued": "2026-04-01T12:00:00.000Z",
        "due_date": "2026-05-01",
        "sha256": "00",
    }


def test_each_bill_is_sent_once_also_by_another_page(desk: Desk, server: Server) -> None:
    desk.news.send()
    desk.news.send()
    desk.started().send()
    desk.bills.append(SECOND)
    desk.started().send()
    assert [body["bill"]["number"] for body in server.bodies] == ["1", "2"]  # type: ignore[index]
    assert server.bodies[1]["bill"]["replaces"] == "1"  # type: ignore[index]
    assert server.bodies[1]["bill"]["due"] == "-7.69"  # type: ignore[index]
    assert desk.fates() == [(1, "sent", ""), (2, "sent", "")]
    assert {one.recipient for one in desk.store.mails.all()} == {NAME}


def test_what_is_not_taken_is_sent_again_later_and_what_follows_waits(
    desk: Desk, server: Server
) -> None:
    desk.bills.append(SECOND)
    server.status = 503
    desk.news.send()
    desk.news.send()  # not before its time
    assert desk.fates() == [(1, "refused", "the webhook answered 503")]
    desk.now += timedelta(seconds=10)
    desk.news.send()
    desk.now += timedelta(seconds=59)
    desk.news.send()  # it waits for a minute now
    assert len(server.taken) == 2
    server.status = 200
    desk.now += timedelta(seconds=1)
    desk.news.send()
    assert [body["bill"]["number"] for body in server.bodies] == ["1", "1", "1", "2"]  # type: ignore[index]
    assert desk.fates()[-2:] == [(1, "sent", ""), (2, "sent", "")]


def test_what_is_no_news_is_not_sent(desk: Desk, server: Server) -> None:
    desk.now = NOW + WITHIN
    desk.news.send()
    assert server.taken == []


def test_a_message_is_in_the_language_of_its_receiver() -> None:
    said = news_of(FIRST, ISSUER, NOW, "de")
    assert said.title == "Rechnung 7 von One, Inc. für März 2026 ist ausgestellt."
    assert said.lines[0] == "115,69\N{NO-BREAK SPACE}$, zahlbar bis 01.05.2026"
    with pytest.raises(ValueError, match="the bill of Customer1 is not issued"):
        news_of(DRAFT, ISSUER, NOW, "")


def test_a_bill_without_a_price_has_its_energy_alone() -> None:
    said = news_of(replace(FIRST, tariff="", lines=()), ISSUER, NOW, "")
    assert said.lines == ("0.000 kWh",)
    assert said.data
    assert (said.data["amount"], said.data["due"]) == (None, None)
    assert Decimal(str(said.data["kwh"])) == 0


def test_bills_are_those_that_were_issued_since(tmp_path: Path) -> None:
    from unit.billing.issue.site import AT, issue, measured  # noqa: PLC0415 - a month takes a while

    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        measured(store)
        issue(store, customer="Customer1")
        issue(store, at=AT + timedelta(hours=1))
        since = [one.customer for one in store.bills.issued_since(AT + timedelta(minutes=1))]
        assert since == ["Customer2"]
