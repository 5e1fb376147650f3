"""The documentation names every format of a report, with its files."""

import re
from collections.abc import Iterator
from pathlib import Path

from bcm_mqtt.billing.reports.formats import FORMATS, Format
from bcm_mqtt.config.mail import ATTACHMENTS

DOCS = Path(__file__).parents[3] / "docs"


def files_of(form: Format) -> Iterator[str]:
    if form.bill:
        yield "one for each customer"
    if form.summary:
        yield f"`summary.{form.suffix}`"
    if form.all:
        yield f"`bills.{form.suffix}`"


def test_the_table_of_formats_has_each_with_its_files() -> None:
    [table] = re.findall(r"^\| `--format` .*\n\|-.*\n((?:\|.*\n)+)", page("reports"), re.MULTILINE)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))
    assert sorted(rows) == sorted(["table", *FORMATS, "all"])
    for name, form in FORMATS.items():
        assert rows[name].startswith(", ".join(files_of(form)))


def test_the_option_and_the_attachments_of_mails_name_each_format() -> None:
    [option] = re.findall(r"`bcm-mqtt bill YYYY-MM .*--format ([\w,]+)\|all\]", page("commands"))
    assert sorted(option.split(",")) == sorted(["table", *FORMATS])
    [row] = re.findall(
        r"^\| `attachments` \| list of (.*?) \|", page("configuration"), re.MULTILINE
    )
    assert sorted(row.strip("`").split("`, `")) == sorted(ATTACHMENTS) == sorted(FORMATS)


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")
