"""A building whose voltage and power factors change over the day: the error of a month's bill.

And whether what the bill states as its uncertainty holds the truth. Nobody stated a power factor
or a class: meters, transformers and the main's meter err within 2 %, each evenly.
"""

from dataclasses import dataclass, field
from statistics import mean, median

from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.domain.usage.usage import Usage
from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.domain.building import MODES, building

SEEDS = range(100)
CLASS_PERCENT = 2.0
_WHAT = {
    "nominal": "nominal voltage, power factor 1",
    "voltage": "measured voltage, power factor 1",
    "both": "measured voltage and power factor",
}


@dataclass
class Treatment:
    """What a companion measures: of each bill its error and what it states, of the true energy."""

    errors: list[float] = field(default_factory=list)
    stated: list[float] = field(default_factory=list)

    def add(self, rows: list[Usage], truth: float) -> None:
        """The bill of some circuits."""
        budget = Budget.of(one for row in rows for one in row.components)
        self.errors.append(float(sum(row.kwh for row in rows)) / truth - 1)
        self.stated.append(float(budget.expanded_kwh) / truth)

    @property
    def within(self) -> float:
        """The share of bills of which the truth is within what they state."""
        pairs = zip(self.errors, self.stated, strict=True)
        return mean(abs(error) <= stated for error, stated in pairs)


def run() -> None:
    """Prints the errors of 100 buildings of five circuits, and how often the truth is within."""
    bills = {mode: Treatment() for mode in MODES}
    circuits = {mode: Treatment() for mode in MODES}
    for seed in SEEDS:
        simulated = building(seed, class_percent=CLASS_PERCENT)
        for mode in MODES:
            rows = simulated.billed(mode)
            bills[mode].add(rows, sum(simulated.kwh))
            for row, truth in zip(rows, simulated.kwh, strict=True):
                circuits[mode].add([row], truth)
    print(f"{len(SEEDS)} buildings, 114-126 V, power factors of 0.6-1, November 2026")
    for mode, found in bills.items():
        print(
            f"  {_WHAT[mode]}: {median(found.errors):+.2%} in the median, "
            f"{min(found.errors):+.2%} to {max(found.errors):+.2%}; "
            f"stated +-{mean(found.stated):.1%} hold the truth of {found.within:.0%} of bills, "
            f"of {circuits[mode].within:.1%} of circuits"
        )
