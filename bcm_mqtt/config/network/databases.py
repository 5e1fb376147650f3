"""Which database a URL means, however it is written: two spellings of a place are one database."""

import os.path
import re
from collections.abc import Hashable, Iterator
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_SQLITE_FILE: Final = re.compile(r"sqlite(?:\+\w+)?:///([^?]+)(?:\?.*)?", re.DOTALL)
_PORT: Final = "5432"


def places_of(url: str) -> frozenset[Hashable]:
    """Where a database is: two URLs that have a place in common mean one database.

    Of a file it is where links lead to; of a server, each of its hosts with port, database and
    `options`, in which a schema may be named. Who connects makes no difference.
    """
    if file := _SQLITE_FILE.fullmatch(url):
        return frozenset({os.path.realpath(file[1])})
    try:
        return frozenset(_at_servers(url))
    except ValueError:  # the store complains of it
        return frozenset({url})


def _at_servers(url: str) -> Iterator[Hashable]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    login, _, network = parts.netloc.rpartition("@")
    name = unquote(parts.path.lstrip("/")) or query.get("dbname", [""])[-1]
    name = name or unquote(login.partition(":")[0])  # as libpq has it
    options = tuple(query.get("options", ()))
    ports = ",".join(query.get("port", ())).split(",")
    hosts = ",".join(query.get("host", [network])).split(",")
    for number, one in enumerate(hosts):
        host, port = _host_and_port(unquote(one))
        port = port or (ports[number] if len(ports) == len(hosts) else ports[0])
        yield host, port or _PORT, name, options


def _host_and_port(place: str) -> tuple[str, str]:
    if place.startswith("/"):  # the folder of a socket
        return place, ""
    if named := re.fullmatch(r"(\[.*\]|[^:]*):([0-9]*)", place):
        place, port = named[1], named[2]
    else:
        port = ""
    return place.strip("[]").casefold().removesuffix("."), port
