"""`bill verify`: are issued bills unchanged, and have their inputs changed since?"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import click

from bcm_mqtt.billing.issue import Verification
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.site_evidence import SiteEvidence
from bcm_mqtt.cli.billed import roll_up_all
from bcm_mqtt.cli.bills.kept_heads import expected_text
from bcm_mqtt.cli.output import Cell, put_json, say, table_or_json_option
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.portfolio.joint import joint_billing_of
from bcm_mqtt.cli.site import month_given, now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.cli.tables import print_table
from bcm_mqtt.config import Settings
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.domain.bill.issued import BillCheck
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import ChainEnd

_COLUMNS = ("bill", "month", "customer", "revision", "kwh", "amount", "kwh_now", "amount_now")


@click.command(epilog="Example: bcm-mqtt bill verify --month 2026-03")
@sites_options
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
    choice: SiteChoice,
    month: str | None,
    form: str,
    expect: tuple[Path, ...],
    public_keys: tuple[str, ...],
) -> int:
    """Check all issued bills, and recalculate them to see whether their inputs have changed."""
    only = month_given(month) if month else None
    noted = "\n".join(map(expected_text, expect))
    sites = choice.load()
    documents = list[dict[str, object]]()

    def verify_site(key: str, settings: Settings) -> None:
        with _evidence_of(settings, sites.joint.get(key)) as site:
            verification = site.verify(only, site.evidence(noted, public_keys))
        if form == "table":
            if sites.are_several:
                say(f"{settings.site.name} ({key})")
            _print(verification)
        elif sites.are_several:
            documents.append({"site": key, **_document(verification)})
        else:
            put_json(_document(verification))
        if verification.faults:
            first, *others = verification.faults
            more = f" (and {len(others)} more)" if others else ""
            raise WorkError(f"{first}{more}")

    status = sites.each_books(verify_site)
    if sites.are_several and form == "json":
        put_json(documents)
    return status


@contextmanager
def _evidence_of(settings: Settings, joint: JointBooks | None) -> Iterator[SiteEvidence]:
    """The evidence of a site or an account, with all intervals computed."""
    if joint:
        with joint_billing_of(joint) as billing:
            billing.roll_up()
            yield billing.evidence
        return
    with closing(open_store(settings)) as store:
        roll_up_all(store, settings)
        yield SiteBilling(store, settings, now).evidence


def _print(verification: Verification) -> None:
    if verification.bills:
        rows = [_row(check) for check in verification.bills]
        print_table(rows, [*_COLUMNS, "status"])
    if sentence := verification.rules_sentence:
        say(sentence)
    for fault in verification.faults:
        say(str(fault))
    for sentence in verification.end_sentences:
        say(sentence)
    if verification.end[0]:
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
        "status": _status(check),
    }


def _status(check: BillCheck) -> str:
    if not check.changed:
        return "ok"
    said = f"changed since: {'; '.join(check.changed)}"
    if check.proved is None:
        return said
    came = "the issued amount" if check.proved else "another amount than was issued"
    return f"{said}; the prices it was issued with give {came}"


def _named(check: BillCheck) -> dict[str, Cell]:
    return {
        "bill": check.number,
        "month": str(check.month),
        "customer": check.customer,
        "revision": check.revision,
    }


def _last(seller: str, end: ChainEnd) -> Mapping[str, object] | None:
    number, digest = end
    named = {"seller": seller} if seller else {}
    return {**named, "bill": number, "sha256": digest} if number else None


def _document(verification: Verification) -> dict[str, object]:
    return {
        "stored": verification.stored,
        "signed": verification.signed,
        "time_stamps": {str(bill): to_text(at) for bill, at in verification.stamped.items()},
        "earlier_rules": verification.earlier_rules,
        "last": _last(verification.seller, verification.end),
        "other_sellers": [_last(*one) for one in verification.others.items()],
        "faults": [
            {"bill": fault.number, "what": fault.what}
            | ({"seller": fault.seller} if fault.seller else {})
            for fault in verification.faults
        ],
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
                "proved": check.proved,
            }
            for check in verification.bills
        ],
    }
