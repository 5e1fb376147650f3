"""Mails of bills: what happened is kept in order, and of two senders one sends."""

from dataclasses import replace
from datetime import timedelta

from bcm_mqtt.store import MailFate, MailRecord, Store, fates_of
from unit.billing.issue.site import issue, measured
from unit.builders import NOON

ONE = MailRecord(1, "a@one.example", NOON, "<1@x>", MailFate.SENDING)
OTHER = replace(ONE, recipient="b@one.example")


def test_what_happened_is_read_in_the_order_of_its_happening(store: Store) -> None:
    measured(store)
    issue(store)
    records = [
        ONE,
        replace(ONE, fate=MailFate.REFUSED, why="550 no such user", at=NOON + timedelta(seconds=1)),
        replace(ONE, message_id="<2@x>"),
        replace(ONE, message_id="<2@x>", fate=MailFate.SENT),
    ]
    for record in records:
        store.mails.add([record])
    assert store.mails.all() == records
    assert fates_of(store.mails.all()) == {(1, "a@one.example"): MailFate.SENT}


def test_what_was_begun_is_not_begun_by_another_but_when_it_is_refused(store: Store) -> None:
    measured(store)
    issue(store)
    assert store.mails.begin([ONE], again=False) == [ONE]
    assert store.mails.begin([ONE, OTHER], again=False) == [OTHER]
    assert store.mails.begin([ONE], again=True) == [ONE]
    store.mails.add([replace(ONE, fate=MailFate.REFUSED)])
    assert store.mails.begin([ONE], again=False) == [ONE]
    for fate in (MailFate.SENT, MailFate.UNKNOWN):
        store.mails.add([replace(ONE, fate=fate)])
        assert store.mails.begin([ONE], again=False) == []
