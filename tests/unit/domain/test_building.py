"""What a companion is worth: the error of a bill shrinks with each quantity that it measures."""

from unit.domain.building import MODES, building


def test_each_measured_quantity_brings_the_bill_nearer_to_the_truth() -> None:
    simulated = building(7, days=7)
    exact = sum(simulated.kwh)
    billed = {mode: simulated.billed(mode) for mode in MODES}
    nominal, voltage, both = (
        float(sum(row.kwh for row in billed[mode])) / exact - 1 for mode in MODES
    )
    # At power factor 1 the bill is too high by what the loads' is below 1.
    assert 0.1 < voltage < 0.5
    # With both, what remains is that the main sees other loads as well.
    assert abs(both) < 0.1 < voltage
    assert nominal != voltage
    for circuit, row in zip(simulated.kwh, billed["both"], strict=True):
        assert abs(float(row.kwh) / circuit - 1) < 0.25
