"""Mistakes in tariffs.yaml and customers.yaml."""

from pathlib import Path

import pytest

from unit.config.site_files import TARIFFS, changed, complaints

VERSION = "- {valid_from: 2026-01-01, energy: 0.12}"


ZONE = "expected a time zone such as America/New_York"
DAY = "expected a date such as 2026-01-01"


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        (
            (
                "{valid_from: 2026-01-01, valid_until: 2026-01-31, energy: 1}\n"
                "{valid_from: 2026-03-01, energy: 1}"
            ),
            ["5: 1: leaves a hole: no rate from 2026-02-01 until 2026-03-01"],
        ),
        (
            (
                "{valid_from: 2026-01-01, valid_until: 2026-03-01, energy: 1}\n"
                "{valid_from: 2026-03-01, energy: 1}"
            ),
            ["5: 1: overlaps the version before it, which holds until 2026-03-01"],
        ),
        (
            "{valid_from: 2026-03-01, energy: 1}\n{valid_from: 2026-01-01, energy: 1}",
            ["5: 1: valid_from 2026-01-01 is not after 2026-03-01"],
        ),
        (
            "{valid_from: 2026-01-01, valid_until: 2026-12-31, energy: 1}",
            ["4: 0: leaves a hole: no rate after 2026-12-31"],
        ),
        (
            "{valid_from: 2026-01-01, energy: 1, until: 2026-02-01}",
            ["4: 0.until: unknown key: did you mean valid_until?"],
        ),
        (
            (
                "{valid_from: January, energy: 1, minimum: -1}\n"
                "{energy: x, valid_from: 2026-02-01T00:00}"
            ),
            [
                "4: 0.minimum: expected a number from 0, not -1",
                f"4: 0.valid_from: {DAY}, not 'January'",
                "5: 1.energy: expected a number, not 'x'",
                f"5: 1.valid_from: {DAY}, not '2026-02-01T00:00'",
            ],
        ),
    ],
)
def test_holes_overlaps_and_bad_values_of_a_tariff_are_named(
    tmp_path: Path, versions: str, found: list[str]
) -> None:
    lines = "\n      - ".join(["", *versions.splitlines()])
    tariffs = TARIFFS[: TARIFFS.index("\n      - ")] + lines
    complained = complaints(tmp_path, {"tariffs.yaml": tariffs})
    assert [
        line.removeprefix("tariffs.yaml:").replace("tariffs.standard.versions.", "")
        for line in complained
    ] == found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (VERSION, "", "3: tariffs.standard.versions: expected a list, not None"),
        (
            f"versions:\n      {VERSION}",
            "versions: []",
            "3: tariffs.standard.versions: expected at least one version, not a list",
        ),
        (
            "    versions:",
            "    currency: dollars\n    versions:",
            "3: tariffs.standard.currency: expected a currency code such as USD, not 'dollars'",
        ),
        (
            "    versions:",
            "    time_zone: Mars\n    versions:",
            f"3: tariffs.standard.time_zone: {ZONE}, not 'Mars'",
        ),
        ("tariffs:", "tarifs:", "1: tariffs: is required"),
    ],
)
def test_a_bad_tariff_is_named_and_not_also_called_unknown(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    found = complaints(tmp_path, changed("tariffs.yaml", (old, new)))
    assert f"tariffs.yaml:{complaint}" in found
    if not old.startswith("tariffs"):
        assert len(found) == 1


def test_a_tariff_file_that_is_not_there_is_the_only_complaint(tmp_path: Path) -> None:
    files = changed("bcm.yaml", ("tariffs: tariffs.yaml", "tariffs: prices.yaml"))
    assert complaints(tmp_path, files) == ["prices.yaml: cannot be read: No such file or directory"]


def test_mistakes_of_customers_are_named(tmp_path: Path) -> None:
    customers = (
        "customers:\n  A: {tariff: nope, adress: [x]}\n  B: {address: 5}\n  1001: {name: x}\n"
        "  C:\n    name: ''\n"
    )
    assert complaints(tmp_path, {"customers.yaml": customers}) == [
        "customers.yaml:2: customers.A.adress: unknown key: did you mean address?",
        "customers.yaml:2: customers.A.tariff: unknown tariff 'nope': expected one of standard",
        "customers.yaml:3: customers.B.address: expected a list, not 5",
        "customers.yaml:4: customers.1001: expected a text, not 1001",
        "customers.yaml:6: customers.C.name: expected a text, not ''",
    ]
