"""What snmpd's `pass_persist` runs: it serves a file with an object in each line.

The file is read again for each request, so that what it has can change.
"""

import sys
from pathlib import Path

Arcs = tuple[int, ...]


def arcs(text: str) -> Arcs:
    return tuple(int(arc) for arc in text.strip().strip(".").split("."))


def found(table: Path, wanted: Arcs, *, after: bool) -> list[str]:
    rows = [line.split() for line in table.read_text().splitlines()]
    fitting = [row for row in rows if (arcs(row[0]) > wanted if after else arcs(row[0]) == wanted)]
    if not fitting:
        return ["NONE"]
    oid, kind, value = min(fitting, key=lambda row: arcs(row[0]))
    return [f".{oid}", kind, value]


def serve(table: Path) -> None:
    for command in sys.stdin:
        match command.strip():
            case "PING":
                lines = ["PONG"]
            case "get" | "getnext" as name:
                lines = found(table, arcs(sys.stdin.readline()), after=name == "getnext")
            case _:
                lines = ["not-writable"]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
