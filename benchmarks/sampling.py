"""A load that cycles every 7 minutes, polled at three rates: its error, and what is stated."""

from datetime import timedelta

from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.domain.test_sampling import billed, exact_kwh

RATES = (15, 60, 900)
PHASES = range(0, 420, 20)


def run() -> None:
    """Prints the worst of many phases between load and polls."""
    exact = exact_kwh()
    print(f"10 A at 120 V for 3 of every 7 minutes, November 2026: {exact:.3f} kWh")
    for every in RATES:
        rows = [billed(timedelta(seconds=every), timedelta(seconds=phase)) for phase in PHASES]
        errors = [kwh - exact for kwh, _ in rows]
        worst = max(errors, key=abs)
        stated = min(uncertainty for _, uncertainty in rows)
        inside = sum(abs(kwh - exact) <= uncertainty for kwh, uncertainty in rows)
        print(
            f"  polled every {every:>3} s: error {worst:+.3f} kWh ({worst / exact:+.3%}) at worst, "
            f"stated ±{stated:.3f} kWh ({stated / exact:.3%}); {inside} of {len(rows)} within it"
        )
