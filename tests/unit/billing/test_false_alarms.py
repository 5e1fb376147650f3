"""No bill of a faultless building is held; `make bench ARGS=false-alarms` takes 100 of them."""

from contextlib import closing
from pathlib import Path

from bcm_mqtt.store import Store
from unit.billing.faultless_building import FaultlessBuilding


def test_no_bill_of_a_faultless_building_is_held(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        site = FaultlessBuilding(5).billed(store)
    assert len(site.bills) >= 4
    assert {bill.customer.id: bill.holds for bill in site.bills if bill.holds} == {}
    assert all(bill.coverage.missing_hours == 0 for bill in site.bills)
