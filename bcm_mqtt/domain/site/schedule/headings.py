"""The headings of a panel schedule: which column says what, by the words that people use.

English, German, French and Spanish. A word may head columns of several kinds: "breaker" is the
position where no other column is one, else the rating; the order of the words decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from unicodedata import combining, normalize

_MOST_HEADER_ROWS: Final = 40
"""A schedule begins with the panel's name, its service and who made it, and then its header."""


class Column(StrEnum):
    """What a column says; the value is its name in commands and in the API."""

    PANEL = "panel"
    POLE = "pole"
    DESCRIPTION = "description"
    CUSTOMER = "customer"
    RATING = "rating"
    POLE_COUNT = "poles"
    CONNECTION = "connection"
    PHASE = "phase"
    VOLTAGE = "voltage"
    POWER_FACTOR = "power_factor"

    @property
    def label(self) -> str:
        """Its name to people."""
        return _LABELS.get(self, self.value)


_LABELS: Final[Mapping[Column, str]] = {
    Column.POLE: "position",
    Column.RATING: "rated amps",
    Column.POLE_COUNT: "number of poles",
    Column.POWER_FACTOR: "power factor",
}
_WORDS: Final[Mapping[Column, str]] = {
    # Each list in the order of preference: a heading further to the front is taken first.
    Column.PANEL: (
        "panel; panel name; panel id; panelboard; board; switchboard; distribution board; db; rpp; "
        "pdu; verteiler; unterverteiler; unterverteilung; verteilung; schaltschrank; tableau; "
        "coffret; armoire; tablero; cuadro; panel electrico"
    ),
    Column.POLE: (
        "circuit number; circuit no; circuit nr; circuit id; circuit pole; ckt number; ckt no; "
        "cct number; cct no; pole number; pole no; pole position; breaker number; breaker no; "
        "breaker position; cb number; cb no; stromkreis nr; stromkreisnummer; stromkreis nummer; "
        "abgang nr; abgangsnummer; sicherung nr; platz nr; pol nr; numero de circuit; "
        "no de circuit; n de circuit; n circuit; numero circuit; no circuit; n depart; "
        "numero de depart; numero de circuito; n de circuito; n circuito; no circuito; "
        "n o circuito; number; no; nr; nummer; numero; n; n o; lfd nr; pos; position; posicion; "
        "slot; way; platz; steckplatz; repere; ckt; cct; circuit; stromkreis; abgang; circuito; "
        "depart; pole; pol; polo; breaker; circuit breaker; cb; sicherung; automat; "
        "leitungsschutzschalter; disjoncteur; interruptor; poles"
    ),
    Column.DESCRIPTION: (
        "description; circuit description; load description; description of load; load served; "
        "served load; load name; circuit name; name; load; designation; label; equipment; served; "
        "serves; beschreibung; bezeichnung; verbraucher; benennung; zweck; last; "
        "libelle; intitule; utilisation; charge; descripcion; denominacion; carga; nombre; "
        "room; raum; tenant; mieter; locataire; inquilino; arrendatario; circuit; stromkreis; "
        "circuito; abgang; depart"
    ),
    Column.CUSTOMER: (
        "customer; customer id; customer name; kunde; kundennummer; kunden id; client; cliente; "
        "account; tenant; tenant name; mieter; locataire; inquilino; arrendatario"
    ),
    Column.RATING: (
        "rated amps; rating; rated current; ampere rating; amp rating; breaker rating; "
        "breaker size; breaker amps; trip; trip rating; trip amps; ocp; ocpd; amps; amp; amperes; "
        "ampere; a; size; bemessungsstrom; nennstrom; nennstrom in; in; absicherung; ampere zahl; "
        "courant nominal; courant assigne; calibre; intensite; intensite nominale; "
        "corriente nominal; corriente asignada; amperaje; intensidad; intensidad nominal; "
        "amperios; breaker; circuit breaker; cb; sicherung; automat; leitungsschutzschalter; "
        "disjoncteur; interruptor"
    ),
    Column.POLE_COUNT: (
        "number of poles; no of poles; pole count; poles; p; polzahl; anzahl pole; pole; pol; "
        "nombre de poles; numero de polos; n de polos; polos"
    ),
    Column.CONNECTION: (
        "connection; connection type; anschluss; anschlussart; raccordement; conexion"
    ),
    Column.PHASE: "phase; phases; ph; phasen; aussenleiter; leiter; fase; fases",
    Column.VOLTAGE: (
        "voltage; volts; volt; v; nominal voltage; spannung; nennspannung; tension; "
        "tension nominale; voltaje; tension nominal"
    ),
    Column.POWER_FACTOR: (
        "power factor; pf; leistungsfaktor; cos phi; cosphi; facteur de puissance; "
        "factor de potencia; fdp"
    ),
}
_RANKS: Final = {
    column: {word: rank for rank, word in enumerate(words.split("; "))}
    for column, words in _WORDS.items()
}
_UNIT: Final = re.compile(r"(?<=.) (a|amps?|amperes?|v|volts?)$")
_TWO_SIDES: Final = 2


@dataclass(frozen=True, slots=True)
class Header:
    """The row of headings.

    Attributes:
        row: Its index among the rows.
        headings: As they stand.
        columns: What each column says; None is not taken. A schedule that is printed as the
            panel hangs has each of its columns twice: left, and then right.
    """

    row: int
    headings: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def kinds(self) -> frozenset[Column]:
        """What its columns say."""
        return frozenset(column for column in self.columns if column)

    def places(self, column: Column) -> tuple[int, ...]:
        """Indexes of the columns that say this: none, one, or left and right."""
        return tuple(index for index, each in enumerate(self.columns) if each is column)


def header_of(rows: Sequence[Sequence[str]], named: Mapping[Column, str] | None = None) -> Header:
    """The header of a table: of its first rows the one that knows most, and has a pole.

    A table without any such row begins with its first row of several cells, of which no column
    is taken: people say which is which.

    Args:
        rows: Of the table.
        named: Headings that people chose for columns; "" does not take what would be.

    Raises:
        ValueError: no row has the headings that are named.
    """
    named = named or {}
    wanted = {heading.casefold() for heading in named.values() if heading}
    found = [
        Header(index, headings, _chosen(headings, named))
        for index, row in enumerate(rows[:_MOST_HEADER_ROWS])
        for headings in [tuple(cell.strip() for cell in row)]
        if sum(map(bool, headings)) > 1 and wanted <= {one.casefold() for one in headings}
    ]
    if wanted and not found:
        message = f"expected a row with the headings {', '.join(map(repr, named.values()))}"
        raise ValueError(message)
    known = [header for header in found if header.places(Column.POLE) and len(header.kinds) > 1]
    if known:
        return max(known, key=lambda header: (len(header.kinds), -header.row))
    if wanted:
        return found[0]
    if found:
        return Header(found[0].row, found[0].headings, (None,) * len(found[0].headings))
    return Header(0, (), ())


def _chosen(headings: Sequence[str], named: Mapping[Column, str]) -> tuple[Column | None, ...]:
    """What each column says, by people's choice first."""
    by_heading = {heading.casefold(): column for column, heading in named.items() if heading}
    columns = [None if column in named else column for column in matched(headings)]
    return tuple(
        by_heading.get(heading.casefold(), column)
        for heading, column in zip(headings, columns, strict=True)
    )


def matched(headings: Sequence[str]) -> tuple[Column | None, ...]:
    """What each column says, by its heading; None where no word is known."""
    words = [_word(heading) for heading in headings]
    columns: list[Column | None] = [None] * len(words)
    for column, ranks in _RANKS.items():
        known = {
            word
            for word, taken in zip(words, columns, strict=True)
            if taken is None and word in ranks
        }
        if not known:
            continue
        word = min(known, key=ranks.__getitem__)
        places = [index for index, each in enumerate(words) if each == word]
        for index in places[:_TWO_SIDES]:
            columns[index] = column
    return tuple(columns)


def _word(heading: str) -> str:
    """A heading as the lists have it: small letters without accents, points and units."""
    folded = normalize("NFKD", heading.replace("#", " number ").casefold())
    plain = "".join(char if char.isalnum() else " " for char in folded if not combining(char))
    words = " ".join(plain.split())
    return words if any(words in ranks for ranks in _RANKS.values()) else _UNIT.sub("", words)
