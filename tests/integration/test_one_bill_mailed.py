"""One bill over several sites is mailed to the account, once, and no part of it to anybody."""

import json
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from peers.mail_server import MailBox
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import SITES, change

ONE_BILL = "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}"


def test_one_bill_over_two_sites_is_mailed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_measured_portfolio(tmp_path / "portfolio")
    change(file, "acme: {dc1: Customer1, dc2: ACME}", ONE_BILL)
    with MailBox() as box:
        for site, address in zip(SITES, ("ann", "ben", "eve"), strict=True):
            text = (
                f"mail: {{host: 127.0.0.1, port: {box.port}, security: none, "
                "sender: DC <billing@harbor.example>, attachments: [html]}\n"
            )
            with (file.parent / site / "bcm.yaml").open("a") as config:
                config.write(text)
            customer = {"dc1": "Customer1", "dc2": "ACME", "dc3": "Globex"}[site]
            (file.parent / site / "customers.yaml").write_text(
                f"customers: {{{customer}: {{email: [{address}@acme.example]}}}}\n"
            )
        assert main(["bill", "2026-03", "--portfolio", str(file), "--issue"]) == 0
        states = []
        for _ in range(2):
            capsys.readouterr()
            sent = ["bill", "mail", "2026-03", "--portfolio", str(file), "--send"]
            assert main([*sent, "--format", "json"]) == 0
            rows = json.loads(capsys.readouterr().out)
            states.append({(row["site"], row["customer"], row["to"]): row["state"] for row in rows})
    assert states[0] == states[1]
    assert states[0]["+acme", "acme", "ann@acme.example"] == "sent"
    assert {key for key in states[0] if key[1] in {"Customer1", "ACME"}} == set()
    assert [recipients for recipients, _ in box.taken] == [
        ("eve@acme.example",),
        ("ann@acme.example",),
    ]
    _, letter = box.taken[1]
    assert "USD" in letter.get_body().get_content()  # type: ignore[union-attr]
    assert [item.get_filename() for item in letter.iter_attachments()] == ["bill-3-2026-03.html"]
