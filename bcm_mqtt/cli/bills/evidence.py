"""`bill check` and `bill key`: whether a file is what was issued, and the keys that sign bills."""

from dataclasses import asdict
from pathlib import Path

import click

from bcm_mqtt.billing.evidence.checked import Checked, Verdict, worst
from bcm_mqtt.billing.file_check import LARGEST_FILE
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import Format, format_option, put_json, say, table_or_json_option
from bcm_mqtt.cli.site import config_option
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import load
from bcm_mqtt.config.directory import content_of
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError, WorkError


@click.command(epilog="Example: bcm-mqtt bill check bill-17-2026-03.pdf")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@click.option(
    "--bill",
    "number",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Compare with this bill, whatever number the file prints.",
)
@table_or_json_option
def check(file: Path, config: Path, number: int | None, form: str) -> None:
    """Check whether a PDF, HTML, JSON, CSV, XLSX or XML file is a bill as it was issued."""
    content = content_of(file)
    if len(content) > LARGEST_FILE:
        message = f"{len(content):,} bytes: expected at most {LARGEST_FILE:,}"
        raise InputError.of(message, source=str(file))
    with billing_of(load(config)) as billing:
        checked = billing.evidence.check_file(content, billing.reports, number or 0)
    if form == "json":
        put_json([asdict(one) for one in checked])
    else:
        for one in checked:
            say(one.what)
            for difference in one.differences:
                say(f"  {difference}")
    if worst(checked) not in {Verdict.ISSUED, Verdict.SAME}:
        raise WorkError(f"{file}: {_summary(checked)}")


def _summary(checked: tuple[Checked, ...]) -> str:
    """In a line, why it is not what was issued."""
    bad = next(one for one in checked if one.verdict == worst(checked))
    return {
        Verdict.UNKNOWN: "is no bill that is known here",
        Verdict.DIFFERS: f"is not bill {bad.bill} as it was issued",
        Verdict.FAULTY: f"cannot be checked, since bill {bad.bill} cannot be relied on",
    }[bad.verdict]


@click.command(epilog="Example: bcm-mqtt bill key")
@config_option
@click.option("--new", is_flag=True, help="Make a key for the bills from now on.")
@format_option
def key(config: Path, new: bool, form: Format) -> None:
    """Show the keys that bills are signed with, and which bills each signs."""
    with billing_of(load(config)) as billing:
        keys = billing.evidence.new_key() if new else billing.evidence.keys()
    rows = [
        {
            "public key": one.public_key,
            "from bill": one.first_bill,
            "made": to_text(one.made),
            "state": "signs" if one.private_key else "retired",
        }
        for one in (keys.keys if keys else ())
    ]
    print_rows(rows, ["public key", "from bill", "made", "state"], form)
    if form == "table":
        say(f"file: {keys.file}" if keys else "no key: the first bill makes one")
