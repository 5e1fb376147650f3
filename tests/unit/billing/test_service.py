"""Months to date and responses, without a broker: what is published, and when."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from bcm_mqtt.billing import BillingService, BillingTerms, bill_month
from bcm_mqtt.billing.reports import json_report
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer, CustomerRule
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.client import Broker, Message
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import Store
from unit.bridge.noting_client import NotingClient
from unit.builders import NEW_YORK, SetClock, circuit, directory, polled

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
MEASURED = timedelta(hours=100)
FLAT = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))
TERMS = BillingTerms(NEW_YORK, "USD", {}, {"standard": FLAT}, "standard", CustomerRule())
REQUEST, RESPONSE = "bcm/billing/request/report", "bcm/billing/response/report"
ONE = "bcm/customer/Customer1/month_to_date"
TWO = "bcm/customer/Customer2/month_to_date"
SITE = "bcm/billing/month_to_date"
EVERY_S = 60.0


class Seconds:
    """A clock that never jumps, and goes on by itself while something is computed."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Served:
    """A service at noon of a set clock, with what it published."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client, self.clock, self.seconds = NotingClient(), SetClock(START), Seconds()
        self.terms: Callable[[], BillingTerms] = lambda: TERMS
        monkeypatch.setattr("bcm_mqtt.billing.service._CONNECTED_CHECK_S", 0.0)
        monkeypatch.setattr("bcm_mqtt.mqtt.brokers.every.MqttClient", self._made)
        self.service = BillingService(
            store,
            self._terms,
            Broker(),
            Topics(),
            "billing",
            self.clock,
            timedelta(seconds=EVERY_S),
            self.seconds,
        )

    def _terms(self) -> BillingTerms:
        return self.terms()

    def _made(
        self,
        *_: object,
        on_connect: Callable[[], None],
        on_message: Callable[[Message], None],
    ) -> NotingClient:
        self.connect, self.arrived = on_connect, on_message
        return self.client

    def hear(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.arrived(Message(topic, payload, retain, mid=1, qos=1, connection=1))

    def turn(self, after: float = 0.0) -> list[tuple[str, bytes | str, int, bool]]:
        """What one turn published, so many seconds later, without the site's month."""
        self.seconds.now += after
        self.client.sent.clear()
        self.service.turn()
        return [item for item in self.client.sent if item[0] != SITE]

    def site(self) -> Any:  # noqa: ANN401 - JSON
        """The site's month that the last turn published."""
        ((payload, qos, retain),) = [item[1:] for item in self.client.sent if item[0] == SITE]
        assert (qos, retain) == (1, True)
        return json.loads(payload)

    def ask(self, **body: object) -> Any:  # noqa: ANN401 - JSON
        return self._ask("report", body)

    def ask_hours(self, **body: object) -> Any:  # noqa: ANN401 - JSON
        return self._ask("hours", body)

    def _ask(self, what: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        self.hear(f"bcm/billing/request/{what}", json.dumps(body).encode())
        ((topic, payload, qos, retain),) = [
            item for item in self.turn() if not item[0].startswith("bcm/customer")
        ]
        assert (topic, qos, retain) == (f"bcm/billing/response/{what}", 1, False)
        return json.loads(payload)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """100 hours of March at 10 A on pole 1 and 5 A on pole 2.

    The last reading stands for 7.5 min longer than the next would have let it.
    """
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('billing')}/bcm.db")
    made.database.ensure_schema()
    made.arrivals.add(polled(START, START + MEASURED, [10_000, 5_000]))
    made.roll_up.intervals()
    put(made, circuit((1,)), circuit((2,), "Customer2-A-1"))
    yield made
    made.close()


@pytest.fixture
def served(store: Store, monkeypatch: pytest.MonkeyPatch) -> Served:
    return Served(store, monkeypatch)


def put(store: Store, *versions: CircuitVersion) -> None:
    item = directory(*versions)
    store.directories.add(item, encode_directory(item), datetime(2026, 3, 1, tzinfo=UTC))


def test_each_customers_month_to_date_is_published_retained(served: Served) -> None:
    served.clock.now = START + timedelta(hours=110)
    sent = served.turn()
    assert [(topic, qos, retain) for topic, _, qos, retain in sent] == [
        (ONE, 1, True),
        (TWO, 1, True),
    ]
    found = json.loads(sent[0][1])
    assert (found["period"], found["kwh"], found["cost"]) == ("2026-03", 120.15, 14.24)
    assert (found["measured_hours"], found["missing_hours"]) == (100.13, 9.87)


def test_it_is_published_once_in_the_time_that_was_configured(served: Served) -> None:
    assert served.turn()
    assert not served.turn()
    assert not served.turn(after=59.9)
    assert served.turn(after=0.1)
    assert not served.turn()


def test_a_round_that_takes_long_is_followed_by_a_long_rest(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*arguments: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        served.seconds.now += 20
        return bill_month(*arguments, **named)

    monkeypatch.setattr("bcm_mqtt.billing.service.bill_month", slowly)
    assert served.turn()
    assert not served.turn(after=179)
    assert served.turn(after=1)


def test_nothing_is_made_ready_for_a_broker_that_is_away(served: Served) -> None:
    served.client.connected = False
    assert not served.turn()
    assert not served.turn(after=3600)
    served.client.connected = True
    assert len(served.turn()) == 2


def test_a_new_month_begins_at_local_midnight(served: Served) -> None:
    served.clock.now = END - timedelta(milliseconds=1)
    assert json.loads(served.turn()[0][1])["kwh"] == 120.15
    served.clock.now = END
    found = json.loads(served.turn(after=EVERY_S)[0][1])
    assert (found["period"], found["kwh"], found["cost"]) == ("2026-04", 0.0, 0.0)
    assert (found["start"], found["missing_hours"]) == ("2026-04-01T04:00:00.000Z", 0)


def test_without_a_tariff_energy_is_published_and_no_cost(served: Served) -> None:
    served.terms = lambda: replace(TERMS, default_tariff="")
    found = json.loads(served.turn()[0][1])
    assert (found["kwh"], found["cost"], found["currency"]) == (120.15, None, "USD")


def test_a_customer_that_is_gone_is_taken_back(served: Served, store: Store) -> None:
    for topic, payload, *_ in served.turn():
        served.hear(topic, cast("bytes", payload))
    put(store, circuit((1,)))
    assert (TWO, b"", 1, True) in served.turn(after=EVERY_S)
    served.hear(TWO, b"")
    assert [topic for topic, *_ in served.turn(after=EVERY_S)] == [ONE]


def test_a_customer_that_went_while_nobody_looked_is_taken_back(served: Served) -> None:
    gone = "bcm/customer/A%2FB/month_to_date"
    served.hear(gone, b"{}", retain=True)
    assert (gone, b"", 1, True) in served.turn()


def test_what_the_broker_tells_late_is_taken_back_at_once(served: Served) -> None:
    served.turn()
    served.client.sent.clear()
    served.hear(ONE, b"{}", retain=True)
    served.hear("bcm/customer/gone/month_to_date", b"{}", retain=True)
    assert served.client.sent == [("bcm/customer/gone/month_to_date", b"", 1, True)]


def test_an_id_that_no_topic_can_hold_costs_the_others_nothing(
    served: Served, store: Store
) -> None:
    put(store, circuit((1,)), circuit((2,), "x" * 65_536))
    assert [topic for topic, *_ in served.turn()] == [ONE]


def test_a_round_that_fails_leaves_what_is_there_and_is_told(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> BillingTerms:
        raise WorkError("database: locked")

    served.hear(ONE, b"{}")
    served.terms = fails
    assert served.turn() == []
    assert caplog.messages == ["months to date are not published: database: locked"]
    served.terms = lambda: TERMS
    assert len(served.turn(after=EVERY_S)) == 2


def test_it_subscribes_to_requests_and_to_what_it_publishes(served: Served) -> None:
    served.connect()
    assert served.client.filters == [
        "bcm/customer/+/month_to_date",
        REQUEST,
        "bcm/billing/request/hours",
    ]


def test_a_report_is_the_months_bill_as_the_command_prints_it(served: Served, store: Store) -> None:
    reply = served.ask(month="2026-03", transaction="my-1")
    printed = json_report(bill_month(store, TERMS, MARCH, START), NEW_YORK)
    assert reply == {"status": "ok", "report": json.loads(printed), "transaction": "my-1"}


def test_a_report_of_one_customer_holds_no_other(served: Served) -> None:
    report = served.ask(month="2026-03", customer="Customer2")["report"]
    assert [bill["customer"] for bill in report["bills"]] == ["Customer2"]
    assert report["unallocated"]["circuits"] == []
    assert report["kwh"] == 60.075


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "month: expected a month such as 2026-03, but it is missing"),
        ({"month": "2026-03", "custommer": "x"}, "custommer: unknown key"),
        ({"month": "2026-03", "customer": "Nobody"}, "expected one of Customer1, Customer2"),
        ({"month": "2025-12"}, "tariff standard has no rate from 2025-12-01"),
    ],
)
def test_a_request_that_cannot_be_met_gets_the_reason(
    served: Served, body: dict[str, object], error: str
) -> None:
    reply = served.ask(**body, transaction=7)
    assert (reply.keys(), reply["status"]) == ({"status", "error", "transaction"}, "error")
    assert error in reply["error"]
    assert reply["transaction"] == 7


def test_a_retained_request_is_one_of_the_past(served: Served) -> None:
    served.hear(REQUEST, b'{"month":"2026-03"}', retain=True)
    assert RESPONSE not in [topic for topic, *_ in served.turn()]


def test_each_request_gets_one_response_in_turn_and_too_many_are_told(served: Served) -> None:
    for number in range(101):
        served.hear(REQUEST, json.dumps({"transaction": number}).encode())
    (refused,) = served.client.sent
    assert json.loads(refused[1]) == {
        "status": "error",
        "error": "100 requests wait already",
        "transaction": 100,
    }
    answered = [item for _ in range(101) for item in served.turn() if item[0] == RESPONSE]
    assert [json.loads(payload)["transaction"] for _, payload, *_ in answered] == [*range(100)]


def test_the_sites_month_names_what_is_nobodys_now_and_what_was_stored_last(
    served: Served, store: Store
) -> None:
    hour = START + timedelta(hours=50)
    put(
        store,
        circuit((1,)),
        circuit((2,), ""),
        replace(circuit((1,), ""), valid_from=hour),
    )
    served.clock.now = START + timedelta(hours=110)
    served.turn()
    found = served.site()
    assert (found["period"], found["kwh"], found["unallocated_kwh"]) == (
        "2026-03",
        180.225,
        120.225,
    )
    assert found["stored_until"] == "2026-03-05T08:45:00.000Z"
    assert [(row["poles"], row["kwh"]) for row in found["unassigned"]] == [
        ([1], 60.15),
        ([2], 60.075),
    ]
    assert found["unassigned_circuits"] == 2
    put(store, circuit((1,)), circuit((2,), ""), replace(circuit((2,)), valid_from=hour))
    served.turn(after=EVERY_S)
    assert served.site()["unassigned"] == []


def test_last_month_is_its_bill_as_it_stands_and_made_anew_now_and_then(
    served: Served, store: Store
) -> None:
    served.clock.now = END
    found = json.loads(served.turn()[0][1])["last_month"]
    assert (found["period"], found["kwh"], found["cost"]) == ("2026-03", 522.3, 61.89)
    assert found["status"] == "held for review"
    assert "is estimated, more than 5 %" in found["holds"][0]
    assert found["peak"] == {"kw": 1.2, "at": "2026-03-01T05:00:00.000Z"}
    store.arrivals.add(polled(START + MEASURED, END, [10_000, 5_000]))
    while store.roll_up.intervals():
        pass
    kept = json.loads(served.turn(after=EVERY_S)[0][1])["last_month"]
    assert kept == found
    found = json.loads(served.turn(after=900)[0][1])["last_month"]
    assert (found["status"], found["holds"]) == ("draft", [])
    assert found["kwh"] == 891.6  # 743 h at 1.2 kW


def test_last_month_is_there_as_soon_as_the_directory_is(served: Served, store: Store) -> None:
    served.clock.now = END
    put(store)  # a bridge that has not published its circuits yet
    assert served.turn() == []
    put(store, circuit((1,)), circuit((2,), "Customer2-A-1"))
    assert json.loads(served.turn(after=EVERY_S)[0][1])["last_month"]["kwh"] == 522.3


def test_energy_by_hour_adds_up_to_the_bill(served: Served) -> None:
    served.clock.now = START + timedelta(hours=102, minutes=30)
    reply = served.ask_hours(month="2026-03", transaction=5)
    assert (reply["status"], reply["month"], reply["transaction"]) == ("ok", "2026-03", 5)
    assert list(reply["customers"]) == ["Customer1", "Customer2"]
    first = reply["customers"]["Customer1"]
    assert first["start"] == "2026-03-01T05:00:00.000Z"
    assert len(first["kwh"]) == 101  # of the hours since the last reading nothing is known
    assert first["kwh"][:2] == [1.2, 1.2]
    assert first["kwh"][100] == 0.15
    assert round(sum(first["kwh"]), 3) == 120.15
    assert (first["cost"][:2], first["currency"]) == ([0.1422, 0.1422], "USD")
    assert round(sum(first["cost"]), 4) == 14.2378  # the bill so far has 14.24


def test_hours_and_months_to_date_need_no_price(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    served.clock.now = END
    later = replace(FLAT, versions=(RateVersion(date(2027, 1, 1), Decimal("0.1185")),))
    customer = Customer("Customer2", "Two", tariff="other")
    tariffs = {"standard": later, "other": replace(FLAT, id="other")}
    served.terms = lambda: replace(TERMS, tariffs=tariffs, customers={"Customer2": customer})
    found = json.loads(served.turn()[0][1])
    assert (found["period"], found["kwh"], found["cost"]) == ("2026-04", 0.0, None)
    assert (found["last_month"]["kwh"], found["last_month"]["cost"]) == (522.3, None)
    served.turn(after=EVERY_S)
    reason = "months to date have no cost: tariff standard has no rate from 2026-04-01 00:00 on"
    assert caplog.messages.count(reason) == 1
    one, two = served.ask_hours(month="2026-03")["customers"].values()
    assert (round(sum(one["kwh"]), 3), one["cost"]) == (522.3, None)
    assert round(sum(two["cost"]), 4) == 30.95  # 261.15 kWh
    refused = served.ask(month="2026-03")
    assert "tariff standard has no rate from 2026-03-01" in refused["error"]


def test_a_month_that_was_never_measured_is_unknown(served: Served) -> None:
    served.clock.now = START + timedelta(hours=110)
    assert json.loads(served.turn()[0][1])["last_month"] is None
    assert served.ask_hours(month="2026-02")["customers"] == {}


def test_a_damaged_bill_of_last_month_leaves_out_that_month_alone(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reason = "bill 1 is not as it was issued: see bcm-mqtt bill verify"

    def damaged(*_: object) -> object:
        raise WorkError(reason)

    monkeypatch.setattr("bcm_mqtt.billing.months_to_date.issued_site", damaged)
    served.clock.now = END
    found = json.loads(served.turn()[0][1])
    assert (found["period"], found["last_month"]) == ("2026-04", None)
    assert caplog.messages == [f"last month is left out: {reason}"]


def test_energy_by_hour_of_one_customer_or_of_nobody(served: Served) -> None:
    served.clock.now = END
    reply = served.ask_hours(month="2026-03", customer="Customer2")
    assert list(reply["customers"]) == ["Customer2"]
    reply = served.ask_hours(month="2026-03", customer="Nobody", transaction=1)
    assert (reply["status"], reply["transaction"]) == ("error", 1)
