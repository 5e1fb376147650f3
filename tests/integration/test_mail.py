"""Bills by mail: a real SMTP dialogue, with every way in which a mail server lets one down."""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
import voluptuous as vol

from bcm_mqtt.billing.delivery.letter import Attachment, Letter
from bcm_mqtt.billing.delivery.mailing import post, waiting
from bcm_mqtt.config import MailSettings
from bcm_mqtt.config.mail import MAIL, mail_settings
from bcm_mqtt.located import Document
from bcm_mqtt.store import MailFate, MailRecord, Mails, fates_of, is_waiting
from peers.mail_server import MailBox, Silent
from unit.builders import SetClock

LOGIN = ("billing", "a password: with spaces")


class Log(Mails):
    """Remembers in memory what the store keeps."""

    def __init__(self) -> None:
        self.records: list[MailRecord] = []

    def all(self) -> list[MailRecord]:
        return self.records

    def begin(self, records: Sequence[MailRecord], *, again: bool) -> list[MailRecord]:
        fates = fates_of(self.records)
        begun = [one for one in records if again or is_waiting(one.bill, one.recipient, fates)]
        self.records = [*self.records, *begun]
        return begun

    def add(self, records: Sequence[MailRecord]) -> None:
        self.records = [*self.records, *records]


def settings(port: int, folder: Path, **keys: object) -> MailSettings:
    said = {"host": "127.0.0.1", "port": port, "sender": "Rechnungsprüfung <billing@dc1.example>"}
    keys = vol.Schema(MAIL)({**said, "security": "none", **keys})
    return mail_settings(Document("", {}), keys, folder)[0]


def letter(number: int, *to: str, name: str = "Müller & Söhne", text: str = "Grüße") -> Letter:
    bill = Attachment(f"bill-{number}.html", "text/html", f"<p>{number}</p>".encode())
    return Letter(number, f"Customer{number}", name, to, (), f"Bill {number}", text, (bill,))


def sent(
    letters: list[Letter], mail: MailSettings, log: Log, *, resend: bool = False
) -> list[tuple[int, list[tuple[str, str, str]]]]:
    return [
        (
            posted.letter.number,
            [(item.recipient, item.fate.value, item.why) for item in posted.deliveries],
        )
        for posted in post(letters, mail, log, SetClock(), resend=resend)
    ]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


def test_a_mail_arrives_whole_with_its_names_text_and_attachment(tmp_path: Path) -> None:
    with MailBox() as box:
        log = Log()
        mail = settings(box.port, tmp_path, reply_to="Büro <office@dc1.example>")
        found = sent([letter(7, "a@one.example", "b@one.example")], mail, log)
    assert found == [(7, [("a@one.example", "sent", ""), ("b@one.example", "sent", "")])]
    ((recipients, message),) = box.taken
    assert recipients == ("a@one.example", "b@one.example")
    assert message["From"] == "Rechnungsprüfung <billing@dc1.example>"
    assert str(message["To"]).count("Müller & Söhne") == 2
    assert message["Reply-To"] == "Büro <office@dc1.example>"
    assert message["Subject"] == "Bill 7"
    assert message["Message-ID"] == log.records[-1].message_id
    body = message.get_body()
    assert body is not None
    assert body.get_content().strip() == "Grüße"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "bill-7.html"
    assert attached.get_content().strip() == "<p>7</p>"


def test_starttls_and_a_login_are_used_where_they_are_asked_for(
    tmp_path: Path, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    access = {"ca": "ca.pem", "username": LOGIN[0], "password": LOGIN[1]}
    with MailBox(tls=context(authority), login=LOGIN) as box:
        mail = settings(box.port, tmp_path, security="starttls", **access)
        assert sent([letter(1, "a@one.example")], mail, Log())[0][1][0][1] == "sent"
    with MailBox(tls=context(authority), implicit=True) as box:
        mail = settings(box.port, tmp_path, security="tls", ca="ca.pem")
        assert sent([letter(1, "a@one.example")], mail, Log())[0][1][0][1] == "sent"


def test_nothing_is_sent_to_a_server_that_nobody_vouches_for(
    tmp_path: Path, authority: trustme.CA
) -> None:
    with MailBox(tls=context(authority)) as box:
        mail = settings(box.port, tmp_path, security="starttls")
        ((_, ((_, fate, why),)),) = sent([letter(1, "a@one.example")], mail, Log())
    assert (fate, box.taken) == ("refused", [])
    assert "certificate verify failed" in why


def test_a_server_without_starttls_gets_nothing_in_the_clear(tmp_path: Path) -> None:
    with MailBox() as box:
        mail = settings(box.port, tmp_path, security="starttls")
        ((_, ((_, fate, why),)),) = sent([letter(1, "a@one.example")], mail, Log())
    assert (fate, box.taken) == ("refused", [])
    assert "STARTTLS" in why


def test_a_wrong_password_is_told_and_the_rest_is_not_tried_for_ever(
    tmp_path: Path, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    access = {"ca": "ca.pem", "username": "billing", "password": "wrong"}
    letters = [letter(number, "a@one.example") for number in range(1, 5)]
    with MailBox(tls=context(authority), login=LOGIN) as box:
        mail = settings(box.port, tmp_path, security="starttls", **access)
        found = sent(letters, mail, Log())
    whys = [why for _, ((_, fate, why),) in found if fate == "refused"]
    assert (
        whys[:2]
        == [f"mail server 127.0.0.1:{box.port}: 535 5.7.8 Authentication credentials invalid"] * 2
    )
    assert whys[2:] == [f"not tried: {whys[0]}"] * 2
    assert "wrong" not in str(found)


def test_a_refused_recipient_costs_the_others_nothing_and_alone_waits(tmp_path: Path) -> None:
    log, letters = Log(), [letter(1, "a@x.example", "gone@x.example"), letter(2, "b@x.example")]
    with MailBox(refused=("gone@x.example",)) as box:
        mail = settings(box.port, tmp_path)
        assert sent(letters, mail, log) == [
            (
                1,
                [
                    ("gone@x.example", "refused", "550 no such user here"),
                    ("a@x.example", "sent", ""),
                ],
            ),
            (2, [("b@x.example", "sent", "")]),
        ]
        assert waiting(letters[0], fates_of(log.all())) == ("gone@x.example",)
        assert box.sessions == 1  # one connection for both
    with MailBox() as box:
        assert sent(letters, settings(box.port, tmp_path), log) == [
            (1, [("gone@x.example", "sent", "")])
        ]
        assert [recipients for recipients, _ in box.taken] == [("gone@x.example",)]
        assert sent(letters, settings(box.port, tmp_path), log) == []


def test_resend_sends_to_all_again(tmp_path: Path) -> None:
    log = Log()
    with MailBox() as box:
        mail = settings(box.port, tmp_path)
        sent([letter(1, "a@x.example")], mail, log)
        sent([letter(1, "a@x.example")], mail, log, resend=True)
    first, second = (message["Message-ID"] for _, message in box.taken)
    assert first != second


def test_a_connection_that_drops_leaves_a_mail_that_may_have_arrived(tmp_path: Path) -> None:
    log = Log()
    answers = iter(["drop", "250 OK", "250 OK"])
    letters = [letter(number, "a@x.example") for number in (1, 2)]
    with MailBox(on_data=lambda _: next(answers)) as box:
        mail = settings(box.port, tmp_path)
        (_, ((_, fate, why),)), (_, ((_, next_fate, _),)) = sent(letters, mail, log)
        assert (fate, next_fate) == ("unknown", "sent")
        assert why.startswith("the connection broke: ")
        assert sent(letters, mail, log) == []  # not unasked
        assert [number for number, _ in sent(letters[:1], mail, log, resend=True)] == [1]


def test_a_mail_that_the_server_will_not_have_is_refused_in_its_words(tmp_path: Path) -> None:
    answers = iter(["552 too\x07 large", "250 OK"])
    with MailBox(on_data=lambda _: next(answers)) as box:
        found = sent(
            [letter(1, "a@x.example"), letter(2, "b@x.example")],
            settings(box.port, tmp_path),
            Log(),
        )
    assert found == [
        (1, [("a@x.example", "refused", "552 too large")]),
        (2, [("b@x.example", "sent", "")]),
    ]


def test_a_server_that_says_nothing_is_given_up_after_two_letters(tmp_path: Path) -> None:
    log = Log()
    with Silent() as server:
        mail = replace(settings(server.port, tmp_path), timeout=timedelta(seconds=0.2))
        found = sent([letter(number, "a@x.example") for number in range(4)], mail, log)
    whys = [why for _, ((_, _, why),) in found]
    assert whys[:2] == [f"mail server 127.0.0.1:{server.port}: no answer in time"] * 2
    assert whys[2:] == [f"not tried: {whys[1]}"] * 2
    assert server.accepted == 2
    assert fates_of(log.all())[1, "a@x.example"] is MailFate.REFUSED
    assert (2, "a@x.example") not in fates_of(log.all())


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Silent() as server:
        pass
    ((_, ((_, _, why),)),) = sent(
        [letter(1, "a@x.example")], settings(server.port, tmp_path), Log()
    )
    assert why == f"mail server 127.0.0.1:{server.port}: Connection refused"


def test_what_was_being_sent_when_the_program_died_is_not_sent_again_unasked(
    tmp_path: Path,
) -> None:
    log = Log()
    with MailBox() as box:
        mail = settings(box.port, tmp_path)
        sent([letter(1, "a@x.example")], mail, log)
        log.records = log.records[:1]  # it was noted that it is about to be handed over
        assert sent([letter(1, "a@x.example")], mail, log) == []
    assert len(box.taken) == 1
    assert log.records[0].fate is MailFate.SENDING


@pytest.mark.parametrize(
    "name", ["x\r\nBcc: all@x.example", "x\n\nbody", 'a"b<c>', "株式会社", "\x00"]
)
def test_no_name_makes_a_header_of_its_own(tmp_path: Path, name: str) -> None:
    with MailBox() as box:
        made = replace(letter(1, "a@x.example", name=name), text="one\n.\ntwo\r\n")
        assert sent([made], settings(box.port, tmp_path), Log())[0][1][0][1] == "sent"
    ((recipients, message),) = box.taken
    assert recipients == ("a@x.example",)
    assert message["Bcc"] is None
    (to,) = message["To"].addresses
    assert (to.addr_spec, to.display_name) == (
        "a@x.example",
        " ".join(name.replace("\x00", "").split()),
    )
    body = message.get_body()
    assert body is not None
    assert body.get_content().split() == ["one", ".", "two"]
