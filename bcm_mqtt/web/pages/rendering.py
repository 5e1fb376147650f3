"""Templates into responses, and links below any path that a proxy gives the page."""

from datetime import datetime
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bcm_mqtt import __version__
from bcm_mqtt.access.audit import who
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.site.instrument_field import FIELDS
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.domain.site.schedule import Column
from bcm_mqtt.domain.time import to_text

_DASH = "\N{EN DASH}"


class View(Protocol):
    """What a template shows."""


def _amount(value: float | None, decimals: int = 1) -> str:
    """A figure, or a dash where the reading is missing."""
    return _DASH if value is None else f"{value:,.{decimals}f}"


def _phase_colours(service: Service) -> str:
    """Which phase colours are usual at a voltage in North America: those of `low` or `high`."""
    return "high" if service.v_ll > 250 else "low"


def _utc(at: datetime | None) -> str:
    return to_text(at) if at else ""


_ENVIRONMENT = Environment(
    loader=PackageLoader("bcm_mqtt.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"amount": _amount, "phase_colours": _phase_colours, "utc": _utc}
_ENVIRONMENT.globals |= {
    "version": __version__,
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
    return HTMLResponse(
        shown_lines(_ENVIRONMENT.get_template(template).render(view=view, root=root))
    )


def way_up(path: str) -> str:
    """From a page of the site to its first page, such as `../` from `/panels/rpp-1a`."""
    return "../" * path.lstrip("/").count("/") or "./"
