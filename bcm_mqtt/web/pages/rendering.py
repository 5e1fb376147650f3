"""Templates into responses, and links below any path that a proxy gives the page."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bcm_mqtt import __version__
from bcm_mqtt.access.audit import who
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.site.instrument_field import FIELDS
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.domain.site.schedule import Column
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.languages import IN_TEMPLATES, day, moment, month, number, percent, tag, translated
from bcm_mqtt.web.words import beginning, place, word

_DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class SiteLook:
    """What all pages of a site have alike.

    Attributes:
        zone: Name of its time zone: all times that pages show are of its clocks.
        phase_colours: `north-america`, `iec`, or "" for what is usual at the voltage.
        office: Whether they are those of all sites of a portfolio.
    """

    zone: str = ""
    phase_colours: str = ""
    office: bool = False


_PLAIN: Final = SiteLook()
_LOOK: Final = ContextVar("look", default=_PLAIN)


def look_like(look: SiteLook) -> None:
    """Pages of this request look like that."""
    _LOOK.set(look)


class View(Protocol):
    """What a template shows."""


def _amount(value: float | None, decimals: int = 1) -> str:
    """A figure, or a dash where the reading is missing."""
    return _DASH if value is None else number(value, decimals)


def phase_colours(service: Service, convention: str) -> str:
    """The class of a panel's phase colours: `low` or `high` of North America, or `iec`.

    Args:
        service: Where no convention is given, its voltage says which is usual: IEC 60038 has
            230/400 V and its neighbours of 380 to 415 V, North America has others.
        convention: `north-america`, `iec` or "".
    """
    usual = "iec" if service.v_ll in _IEC_VOLTS else "north-america"
    if (convention or usual) == "iec":
        return "iec"
    return "high" if service.v_ll > 250 else "low"


_IEC_VOLTS: Final = frozenset({380, 400, 415, 690})
"""Line to line."""


def _phase_colours(service: Service) -> str:
    return phase_colours(service, _LOOK.get().phase_colours)


def phase_name(letter: str, service: Service) -> str:
    """A phase as its country marks it: `L1` of IEC 60445 where its colours are drawn, else `A`."""
    return f"L{'ABC'.index(letter) + 1}" if _phase_colours(service) == "iec" else letter


def _part(text: str) -> str:
    """A name as one part of an address, whatever is in it; Jinja's own filter leaves slashes."""
    return quote(text, safe="")


def _utc(at: datetime | None) -> str:
    return to_text(at) if at else ""


_ENVIRONMENT = Environment(
    loader=PackageLoader("bcm_mqtt.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_ENVIRONMENT.policies["ext.i18n.trimmed"] = True
_ENVIRONMENT.install_gettext_callables(  # type: ignore[attr-defined]
    **IN_TEMPLATES, newstyle=True
)
_ENVIRONMENT.filters |= {
    "amount": _amount,
    "day": day,
    "moment": moment,
    "month": month,
    "number": number,
    "percent": percent,
    "phase_colours": _phase_colours,
    "phase_name": phase_name,
    "translated": translated,
    "urlencode": _part,
    "utc": _utc,
}
_ENVIRONMENT.filters |= {"beginning": beginning, "place": place, "word": word}
_ENVIRONMENT.globals |= {
    "version": __version__,
    "spoken": tag,
    "who": who,
    "meter_fields": FIELDS,
    "schedule_columns": tuple(Column),
}


def page(template: str, view: View, *, root: str) -> HTMLResponse:
    """A page; what an earlier release let into its texts is written out by its code.

    Args:
        template: File name.
        view: In the template's `view`.
        root: The way from the page to the site's page, such as `../`, for relative links.
    """
    look, made = _LOOK.get(), _ENVIRONMENT.get_template(template)
    text = made.render(view=view, root=root, zone=look.zone, office=look.office)
    return HTMLResponse(shown_lines(text))


def as_linked(path: str) -> str:
    """A decoded path of the page as links have it, without its first slash.

    The name of a customer is one part of it; its slashes were decoded here, or by a proxy.
    """
    plain = path.lstrip("/")
    if plain.startswith(_CUSTOMERS):
        return _CUSTOMERS + _part(plain.removeprefix(_CUSTOMERS))
    return quote(plain)


_CUSTOMERS: Final = "customers/"


def way_up(path: str) -> str:
    """From a page of the site to its first page, such as `../` from `/panels/rpp-1a`."""
    return "../" * as_linked(path).count("/") or "./"
