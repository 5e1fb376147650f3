"""The page where people log in."""

from dataclasses import dataclass
from re import fullmatch

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from bcm_mqtt.web.access.roles import ANYBODY
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()


@dataclass(frozen=True, slots=True)
class LoginView:
    """The page.

    Attributes:
        site: Its name.
        following: The page to go to then, as a path from the site's page.
    """

    site: str
    following: str


@router.get("/login", dependencies=[ANYBODY])
async def login(ports: PortsGiven, next: str = "") -> HTMLResponse:  # noqa: A002 - in the address
    """The page."""
    return page("login.html", LoginView(ports.live.name, path_within(next)), root="./")


def path_within(text: str) -> str:
    """A path of this site's own, from its first page on; "" for anything that might be another."""
    is_path = fullmatch(r"[A-Za-z0-9_.~%-]+(/[A-Za-z0-9_.~%+-]*)*(\?[\w.~%+=&-]*)?", text)
    return text if is_path and ".." not in text else ""
