"""`make cluster`: every run, or those that are named."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # the servers that tests start, too

from cluster import brokers, nats, pair, patroni, sites, workers

RUNS = {
    "brokers": brokers.run,
    "nats": nats.run,
    "pair": pair.run,
    "patroni": patroni.run,
    "sites": sites.run,
    "workers": workers.run,
}


def main() -> int:
    """Runs them; 1 where one failed, 2 where a name is unknown."""
    names = sys.argv[1:] or list(RUNS)
    if unknown := [name for name in names if name not in RUNS]:
        print(f"unknown: {', '.join(unknown)}: expected some of {', '.join(RUNS)}", file=sys.stderr)
        return 2
    return max(RUNS[name]() for name in names)


if __name__ == "__main__":
    raise SystemExit(main())
