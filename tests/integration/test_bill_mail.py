"""`bill mail` with a real mail server: a dry run first, then each bill once."""

import json
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.cli import main
from peers.mail_server import MailBox
from unit.cli.bills.issued_site import issue, revise, write_measured_site


class Desk:
    """Runs `bill mail` in this process."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config, self._capsys = config, capsys
        self.err = ""

    def serve(self, port: int, more: str = "") -> None:
        """Names the mail server in the configuration."""
        text = self.config.read_text().partition("mail:")[0]
        mail = f"host: 127.0.0.1, port: {port}, security: none, sender: DC <billing@dc1.example>"
        self.config.write_text(f"{text}mail: {{{mail}{more}}}\n")

    def mail(self, *options: str, expect: int = 0) -> list[dict[str, Any]]:
        """The rows that it printed."""
        self._capsys.readouterr()
        command = ["bill", "mail", "2026-03", "-c", str(self.config), "--format", "json"]
        status = main([*command, *options])
        out, self.err = self._capsys.readouterr()
        assert status == expect, self.err
        rows: list[dict[str, Any]] = json.loads(out) if out else []
        return rows

    def states(self, *options: str, expect: int = 0) -> dict[str, str]:
        return {row["customer"]: row["state"] for row in self.mail(*options, expect=expect)}


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    config = write_measured_site(tmp_path / "site")
    issue(config)
    return Desk(config, capsys)


NO_ADDRESS = "no address: email in customers.yaml"


def test_a_dry_run_says_who_would_get_what_and_sends_nothing(desk: Desk) -> None:
    with MailBox() as box:
        desk.serve(box.port)
        nobody, one, two = desk.mail()
    assert nobody["state"] == NO_ADDRESS
    assert nobody["attachments"] == ""
    assert (one["bill"], one["to"]) == (2, "a@one.example, b@one.example")
    assert one["subject"] == "Data Center 1: bill 2 for March 2026"
    assert one["attachments"].startswith("bill-2-2026-03.pdf (")
    assert [row["state"] for row in (one, two)] == ["to be sent"] * 2
    assert box.sessions == 0


def test_each_bill_is_sent_once_with_its_reports(desk: Desk) -> None:
    with MailBox() as box:
        desk.serve(box.port, ", attachments: [html, csv, greenbutton], bcc: [books@dc1.example]")
        sent = {"=Customer3": NO_ADDRESS, "Customer1": "sent", "Customer2": "sent"}
        assert desk.states("--send") == sent
        assert desk.states() == sent
        assert desk.states("--send") == sent
    assert [recipients for recipients, _ in box.taken] == [
        ("a@one.example", "b@one.example", "books@dc1.example"),
        ("c@two.example", "books@dc1.example"),
    ]
    _, message = box.taken[0]
    assert "books" not in str(message["To"])
    assert [item.get_filename() for item in message.iter_attachments()] == [
        *("bill-2-2026-03.html", "bill-2-2026-03.csv", "bill-2-2026-03.xml")
    ]
    assert "105.65 USD" in message.get_body().get_content()  # type: ignore[union-attr]


def test_one_customer_alone_and_again_when_asked(desk: Desk) -> None:
    with MailBox() as box:
        desk.serve(box.port, ", attachments: [html]")
        for _ in range(2):
            states = desk.states("--send", "--resend", "--customer", "Customer2")
            assert states == {"Customer2": "sent"}
    assert [recipients for recipients, _ in box.taken] == [("c@two.example",)] * 2


def test_a_failure_is_told_for_its_customer_and_the_rest_goes_on(desk: Desk) -> None:
    with MailBox(refused=("b@one.example",)) as box:
        desk.serve(box.port, ", attachments: [html]")
        states = desk.states("--send", expect=1)
        assert states["Customer1"] == "b@one.example: not sent: 550 no such user here"
        assert states["Customer2"] == "sent"
        assert desk.err == "bcm-mqtt: not mailed to all: Customer1\n"
        assert desk.states()["Customer1"] == "to be sent to b@one.example"


def test_a_connection_that_broke_leaves_a_mail_that_is_not_sent_again_unasked(desk: Desk) -> None:
    with MailBox(on_data=lambda _: "drop") as box:
        desk.serve(box.port, ", attachments: [html]")
        states = desk.states("--send", "--customer", "Customer2", expect=1)
        assert states["Customer2"].startswith("c@two.example: may have arrived: the connection ")
    with MailBox() as box:
        desk.serve(box.port, ", attachments: [html]")
        states = desk.states("--send", "--customer", "Customer2")
        assert states["Customer2"] == "may have arrived: --resend sends it again"
    assert box.taken == []


def test_a_revision_is_a_bill_of_its_own(desk: Desk) -> None:
    with MailBox() as box:
        desk.serve(box.port, ", attachments: [html]")
        desk.mail("--send")
        revise(desk.config)
        assert [row["bill"] for row in desk.mail("--send")] == [4, 5, 6]
    _, message = box.taken[-2]
    assert "bill 5 for March 2026: 891.600 kWh, 8.92 USD" in message.get_body().get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("mail", "options", "said"),
    [
        (False, [], "mail: expected host and sender, to mail bills"),
        (True, ["--customer", "Nobody"], "no bill of 2026-03 of customer 'Nobody' is issued"),
    ],
)
def test_what_is_missing_is_told(desk: Desk, mail: bool, options: list[str], said: str) -> None:  # noqa: FBT001
    if mail:
        desk.serve(1)
    assert desk.mail(*options, expect=2) == []
    assert said in desk.err


REPORT = """\
From: MAILER-DAEMON@mail.example
To: billing@dc1.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

It was not delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: text/rfc822-headers

Message-ID: {message}
Subject: bill
--B--
"""


def test_a_mail_that_came_back_is_noted_once_and_the_new_address_gets_the_bill(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.eml"

    def bounced(**values: str) -> list[str]:
        report.write_text(REPORT.format(**values))
        capsys.readouterr()
        assert main(["bill", "bounced", str(report), "-c", str(desk.config)]) == 0
        out, err = capsys.readouterr()
        return [*out.splitlines(), *err.splitlines()]

    nothing = ["nothing is noted: no mail of a bill came back that was not noted before"]
    with MailBox() as box:
        desk.serve(box.port)
        desk.mail("--send")
        message = str(box.taken[-1][1]["Message-ID"])
        to = {"recipient": "C@two.example", "message": message}
        assert bounced(action="delayed", **to) == nothing
        assert bounced(action="failed", **{**to, "message": "<other@x.example>"}) == nothing
        assert bounced(action="failed", **to) == [
            "bill 3: the mail to c@two.example came back: 550 5.1.1 no such user"
        ]
        assert bounced(action="failed", **to) == nothing
        states = desk.states("--send")
        assert states["Customer1"] == "sent"
        assert states["Customer2"].startswith("came back from c@two.example: correct the address")
        customers = desk.config.parent / "customers.yaml"
        customers.write_text(customers.read_text().replace("c@two.example", "d@two.example"))
        assert desk.states("--send")["Customer2"] == "sent"
        assert box.taken[-1][0] == ("d@two.example",)
    report.write_text("Subject: hello\n\nno report")
    assert main(["bill", "bounced", str(report), "-c", str(desk.config)]) == 2
    assert "expected a delivery report (RFC 3464)" in capsys.readouterr().err
