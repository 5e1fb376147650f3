"""`bill verify`: whether issued bills are as they were issued, and what has changed under them."""

import json
from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.billing.issue import Verification
from bcm_mqtt.billing.issue import verify as verify_bills
from bcm_mqtt.cli.output import Cell, console, plain_table
from bcm_mqtt.cli.site import config_option, month_given, now, settings_of
from bcm_mqtt.cli.stored import open_store, roll_up_all
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.errors import WorkError

_COLUMNS = ("bill", "month", "customer", "revision", "kwh", "amount", "kwh_now", "amount_now")


@click.command(epilog="Example: bcm-mqtt bill verify --month 2026-03")
@config_option
@click.option("--month", metavar="YYYY-MM", help="Compute only this month's bills anew.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
def verify(config: Path, month: str | None, form: str) -> None:
    """Check all issued bills, and compute them anew to see whether their inputs have changed."""
    only = month_given(month) if month else None
    settings = settings_of(config)
    with closing(open_store(settings)) as store:
        roll_up_all(store, settings)
        found = verify_bills(store, settings.terms, now(), only)
    if form == "json":
        click.echo(json.dumps(_document(found), indent=2, ensure_ascii=False))
    else:
        _print(found)
    if found.faults:
        first, *others = found.faults
        more = f" (and {len(others)} more)" if others else ""
        raise WorkError(f"bill {first.number}: {first.what}{more}")


def _print(found: Verification) -> None:
    if found.bills:
        rows = [_row(check) for check in found.bills]
        console().print(plain_table(rows, [*_COLUMNS, "status"]))
    for fault in found.faults:
        click.echo(f"bill {fault.number}: {fault.what}")
    number, digest = found.end
    if number:
        click.echo(f"{found.stored} bills; the last is bill {number}, SHA-256 {digest}")
    else:
        click.echo("no bill was issued")


def _row(check: BillCheck) -> dict[str, Cell]:
    return {
        "bill": check.number,
        "month": str(check.month),
        "customer": check.customer,
        "revision": check.revision,
        "kwh": f"{check.kwh:,}",
        "amount": f"{check.amount:,} {check.currency}",
        "kwh_now": None if check.kwh_now is None else f"{check.kwh_now:,}",
        "amount_now": None if check.amount_now is None else f"{check.amount_now:,}",
        "status": f"changed since: {'; '.join(check.changed)}" if check.changed else "ok",
    }


def _document(found: Verification) -> object:
    number, digest = found.end
    return {
        "stored": found.stored,
        "last": {"bill": number, "sha256": digest} if number else None,
        "faults": [{"bill": fault.number, "what": fault.what} for fault in found.faults],
        "bills": [
            {
                **_row(check),
                "kwh": str(check.kwh),
                "amount": str(check.amount),
                "currency": check.currency,
                "kwh_now": None if check.kwh_now is None else str(check.kwh_now),
                "amount_now": None if check.amount_now is None else str(check.amount_now),
                "status": "changed" if check.changed else "ok",
                "changed": list(check.changed),
            }
            for check in found.bills
        ],
    }
