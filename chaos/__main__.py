"""`python -m chaos`: runs seeds, one after the other or in processes, and says what it found."""

import argparse
import sys

from chaos.campaign import campaign, found_within, one
from chaos.faults import KINDS
from chaos.planted import PLANTED

NAMES = tuple(KINDS)


def main() -> int:
    """The command line; 1 where an invariant did not hold."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one and print its log")
    parser.add_argument("--seeds", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--scale", choices=["week", "day", "hour", "quarter"], default="week")
    parser.add_argument("--seconds", type=float, help="begin no more seeds after so many seconds")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without", default="", metavar="KIND,...", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--only", default="", metavar="KIND,...", help="no others")
    parser.add_argument(
        "--planted", choices=["all", *sorted(PLANTED)], default="", help="with this fault"
    )
    parser.add_argument("--until-found", action="store_true", help="no more than it takes")
    parser.add_argument("--lines", action="store_true", help="an outcome a line, as JSON")
    given = parser.parse_args()
    without = _kinds(parser, given.without)
    if only := _kinds(parser, given.only):
        without = set(NAMES) - only
    if given.seed is not None:
        return one(given.seed, given.scale, frozenset(without), given.planted)
    if given.planted == "all" or given.until_found:
        names = sorted(PLANTED) if given.planted == "all" else [given.planted]
        return found_within(given, frozenset(without), names)
    return campaign(given, frozenset(without))


def _kinds(parser: argparse.ArgumentParser, text: str) -> set[str]:
    names = {name for name in text.split(",") if name}
    if unknown := sorted(names - set(NAMES)):
        parser.error(f"unknown kinds {', '.join(unknown)}: expected some of {', '.join(NAMES)}")
    return names


sys.exit(main())
