"""`bill verify`: are issued bills unchanged, and have their inputs changed since?"""

from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.billing.issue import Verification
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.billed import roll_up_all
from bcm_mqtt.cli.bills.kept_heads import expected_text
from bcm_mqtt.cli.output import Cell, put_json, say, table_or_json_option
from bcm_mqtt.cli.site import config_option, month_given, now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.cli.tables import print_table
from bcm_mqtt.config import load
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import WorkError

_COLUMNS = ("bill", "month", "customer", "revision", "kwh", "amount", "kwh_now", "amount_now")


@click.command(epilog="Example: bcm-mqtt bill verify --month 2026-03")
@config_option
@click.option("--month", metavar="YYYY-MM", help="Recalculate only this month's bills.")
@table_or_json_option
@click.option(
    "--expect",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A mail, a head or an output of this command that was kept: the bills must follow it.",
)
@click.option(
    "--public-key",
    "public_keys",
    multiple=True,
    metavar="KEY",
    help="The key that is printed on bills, to be believed instead of this machine's file.",
)
def verify(
    config: Path,
    month: str | None,
    form: str,
    expect: tuple[Path, ...],
    public_keys: tuple[str, ...],
) -> None:
    """Check all issued bills, and recalculate them to see whether their inputs have changed."""
    only = month_given(month) if month else None
    settings = load(config)
    with closing(open_store(settings)) as store:
        roll_up_all(store, settings)
        site = SiteBilling(store, settings, now).evidence
        evidence = site.evidence("\n".join(map(expected_text, expect)), public_keys)
        verification = site.verify(only, evidence)
    if form == "json":
        put_json(_document(verification))
    else:
        _print(verification)
    if verification.faults:
        first, *others = verification.faults
        more = f" (and {len(others)} more)" if others else ""
        raise WorkError(f"{first}{more}")


def _print(verification: Verification) -> None:
    if verification.bills:
        rows = [_row(check) for check in verification.bills]
        print_table(rows, [*_COLUMNS, "status"])
    if sentence := verification.rules_sentence:
        say(sentence)
    for fault in verification.faults:
        say(str(fault))
    number, digest = verification.end
    if number:
        say(f"{verification.stored} bills; the last is bill {number}, SHA-256 {digest}")
        say(verification.signed_sentence)
        for bill, at in sorted(verification.stamped.items()):
            say(f"time stamp: bill {bill} and all before it were so at {to_text(at)}")
    else:
        say("no bill was issued")


def _row(check: BillCheck) -> dict[str, Cell]:
    return {
        **_named(check),
        "kwh": f"{check.kwh:,}",
        "amount": f"{check.amount:,} {check.currency}",
        "kwh_now": None if check.kwh_now is None else f"{check.kwh_now:,}",
        "amount_now": None if check.amount_now is None else f"{check.amount_now:,}",
        "status": f"changed since: {'; '.join(check.changed)}" if check.changed else "ok",
    }


def _named(check: BillCheck) -> dict[str, Cell]:
    return {
        "bill": check.number,
        "month": str(check.month),
        "customer": check.customer,
        "revision": check.revision,
    }


def _document(verification: Verification) -> object:
    number, digest = verification.end
    return {
        "stored": verification.stored,
        "signed": verification.signed,
        "time_stamps": {str(bill): to_text(at) for bill, at in verification.stamped.items()},
        "earlier_rules": verification.earlier_rules,
        "last": {"bill": number, "sha256": digest} if number else None,
        "faults": [{"bill": fault.number, "what": fault.what} for fault in verification.faults],
        "bills": [
            {
                **_named(check),
                "kwh": str(check.kwh),
                "amount": str(check.amount),
                "kwh_now": None if check.kwh_now is None else str(check.kwh_now),
                "amount_now": None if check.amount_now is None else str(check.amount_now),
                "status": "changed" if check.changed else "ok",
                "currency": check.currency,
                "changed": list(check.changed),
            }
            for check in verification.bills
        ],
    }
