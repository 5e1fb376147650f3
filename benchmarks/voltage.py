"""A building whose voltage and power factors change over the day: the error of a month's bill."""

from statistics import median

from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.domain.building import MODES, building

SEEDS = range(100)
_WHAT = {
    "nominal": "nominal voltage, power factor 1",
    "voltage": "measured voltage, power factor 1",
    "both": "measured voltage and power factor",
}


def run() -> None:
    """Prints the errors of 100 buildings of five circuits."""
    errors: dict[str, list[float]] = {mode: [] for mode in MODES}
    for seed in SEEDS:
        simulated = building(seed)
        exact = sum(simulated.kwh)
        for mode in MODES:
            errors[mode].append(sum(simulated.billed_kwh(mode)) / exact - 1)
    print(f"{len(SEEDS)} buildings, 114-126 V, power factors of 0.6-1, November 2026")
    for mode, found in errors.items():
        print(
            f"  {_WHAT[mode]}: {median(found):+.2%} in the median, "
            f"{min(found):+.2%} to {max(found):+.2%}"
        )
