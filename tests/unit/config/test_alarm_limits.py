"""`alarms`: limits of customers and circuits beside the site's, and what is refused."""

from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.domain.alarms.own_limits import OwnLimits
from bcm_mqtt.errors import InputError
from unit.site_files import write_site


def site(folder: Path, section: str) -> Path:
    main = write_site(folder)
    main.write_text(main.read_text() + section)
    return main


def test_customers_and_circuits_have_limits_of_their_own(tmp_path: Path) -> None:
    section = (
        "alarms:\n  warning: 75\n  customers: {Customer2: {warning: 70, critical: 90}}\n"
        "  circuits: {'rpp-1a:3': {critical: 95.5}}\n"
    )
    limits = load(site(tmp_path, section), environment={}).alarms
    assert (limits.site.warning, limits.site.critical) == (75, 100)
    assert limits.customers == {"Customer2": OwnLimits(70, 90)}
    assert limits.circuits == {("rpp-1a", 3): OwnLimits(critical=95.5)}


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ("circuits: {'rpp-1a:5': {warning: 70}}", "alarms.circuits.rpp-1a:5: unknown circuit"),
        ("circuits: {rpp-1a/3: {warning: 70}}", "expected a panel and a first pole, such as"),
        ("customers: {Customer9: {warning: 70}}", "unknown customer 'Customer9': expected one"),
        ("customers: {Customer1: {warning: 250}}", "expected a number from 0 to 200"),
        ("customers: {Customer1: {imbalance: 10}}", "imbalance"),
        ("customers: {Customer1: {}}", "expected warning, critical or both"),
        (
            "customers: {Customer1: {warning: 90, critical: 80}}",
            "alarms.customers.Customer1.critical: expected at least its warning limit, 90",
        ),
        ("circuits: {'rpp-1a:1': {warning: 5}}", "expected more than alarms.deadband, 5"),
    ],
)
def test_a_limit_that_cannot_hold_is_refused_where_it_stands(
    tmp_path: Path, own: str, complaint: str
) -> None:
    main = site(tmp_path, f"alarms:\n  {own}\n")
    with pytest.raises(InputError) as caught:
        load(main, environment={})
    said = str(caught.value)
    assert complaint in said
    assert "bcm.yaml:" in said
    assert len(said.splitlines()) == 1


def test_a_site_whose_circuits_are_yet_to_be_written_may_name_them(tmp_path: Path) -> None:
    main = write_site(tmp_path, circuits=())
    main.write_text(main.read_text() + "alarms: {circuits: {'rpp-1a:5': {warning: 70}}}\n")
    assert load(main, environment={}).alarms.circuits
