"""`mail` and the addresses of customers."""

from pathlib import Path

import pytest

from bcm_mqtt.config import MailSettings, load
from unit.config.site_files import CUSTOMERS, MAIN, changed, complaints, write

LEAST = "mail: {host: mail.example, sender: a@dc1.example"


def mail(folder: Path, more: str = "") -> MailSettings:
    found = load(write(folder, {"bcm.yaml": f"{MAIN}{LEAST}{more}}}\n"}), environment={}).mail
    assert found is not None
    return found


def test_a_server_and_a_sender_are_enough(tmp_path: Path) -> None:
    found = mail(tmp_path)
    assert (found.host, found.port, found.security) == ("mail.example", 587, "starttls")
    assert (found.username, found.bcc, found.attachments) == (None, (), ("pdf",))
    assert found.timeout.total_seconds() == 30
    assert found.text.is_valid()


def test_questions_go_to_who_is_named_or_gets_answers_or_sends(tmp_path: Path) -> None:
    sender = mail(tmp_path).sender.rpartition("<")[2].rstrip(">")
    assert mail(tmp_path).questions == (sender,)
    assert mail(tmp_path, ", reply_to: Desk <desk@b.example>").questions == ("desk@b.example",)
    assert mail(tmp_path, ", questions: [a@b.example]").questions == ("a@b.example",)


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("none", 25), ("starttls", 587)])
def test_the_port_is_that_of_the_security(tmp_path: Path, security: str, port: int) -> None:
    assert mail(tmp_path, f", security: {security}").port == port
    assert mail(tmp_path, f", security: {security}, port: 2525").port == 2525


def test_without_the_section_nothing_is_mailed(tmp_path: Path) -> None:
    assert load(write(tmp_path, {}), environment={}).mail is None


def test_a_customer_has_addresses(tmp_path: Path) -> None:
    text = CUSTOMERS + "    email: [a@one.example, b.c+d@one.example]\n"
    found = load(write(tmp_path, {"customers.yaml": text}), environment={}).terms.customers[
        "Customer1"
    ]
    assert found.email == ("a@one.example", "b.c+d@one.example")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (", sendr: x", "mail.sendr: unknown key: did you mean sender?"),
        (", security: ssl", "mail.security: expected starttls, tls or none, not 'ssl'"),
        (", ca: no.pem", "mail.ca: no such file "),
        (", username: x", "expected a username with the password"),
        (", username: x, password: ß", "mail.password: expected ASCII characters"),
        (', reply_to: "x\\r\\nBcc: a@b"', "mail.reply_to: expected an e-mail address such as Bil"),
        (", reply_to: nobody", "mail.reply_to: expected an e-mail address such as Billing <b"),
        (", bcc: [A <a@b>]", "mail.bcc.0: expected an e-mail address such as billing@example.com"),
        (", questions: [A <a@b>]", "mail.questions.0: expected an e-mail address such as bil"),
        (', subject: "x\\ny"', "mail.subject: expected one line"),
        (", subject: $munth", "mail.subject: expected a text with no $ but of $number, $customer"),
        (", text: 5 $ only", "mail.text: expected a text with no $ but of $number, $customer"),
        (", attachments: [doc]", "mail.attachments.0: expected one of "),
        (", attachments: []", "mail.attachments: expected at least one format"),
        (", timeout: 0s", "mail.timeout: expected a duration from 1s to 10min"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, more: str, said: str) -> None:
    files = {"bcm.yaml": f"{MAIN}{LEAST}{more}}}\n"}
    (found,) = complaints(tmp_path, files)
    assert found.startswith(f"bcm.yaml:{len(MAIN.splitlines()) + 1}: ")
    assert said in found


def test_an_address_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    files = changed("customers.yaml", ("name: Customer One, Inc.", "email: [a@b.example, b]"))
    (found,) = complaints(tmp_path, files)
    assert found.startswith("customers.yaml:3: customers.Customer1.email.1: expected an e-mail")
