"""`make bench`: every benchmark, or those that are named."""

import sys

from benchmarks import decoding, month, polling

BENCHMARKS = {"decoding": decoding.run, "month": month.run, "polling": polling.run}

if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"unknown benchmark {', '.join(unknown)}: expected {', '.join(BENCHMARKS)}")
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
