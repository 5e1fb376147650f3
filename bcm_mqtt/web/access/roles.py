"""What a route declares: the right that it needs.

    @router.get("/circuits", dependencies=[needs(Right.SEE_CIRCUITS)])

Without a declaration the application does not start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.params import Depends as DependsParameter
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from bcm_mqtt.access.rights import Right, Who, roles_with

OPEN_FOLDER = "/static"
"""Mounted without a declaration: what it holds is anybody's."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets those in who have a right; None is anybody, also who has not logged in."""

    right: Right | None

    def __call__(self, request: Request) -> None:
        """Raises 401 or 403."""
        if self.right is None:
            return
        who = who_asks(request)
        if not who.may(self.right):
            reason = f"{who.role.value} may not {self.right}: expected {roles_with(self.right)}"
            raise HTTPException(HTTPStatus.FORBIDDEN, reason)


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route of the application, and who may use it.

    Attributes:
        method: Of HTTP.
        path: With its parameters in braces.
        right: That it needs; None is nothing.
    """

    method: str
    path: str
    right: Right | None


def needs(right: Right) -> DependsParameter:
    """The declaration of a route that needs a right."""
    return DependsParameter(Needs(right))


ANYBODY = DependsParameter(Needs(None))
"""The declaration of a route for those who have not logged in."""


def who_asks(request: Request) -> Who:
    """Who sends a request; raises 401 of nobody."""
    who: Who | None = request.scope.get("state", {}).get("who")
    if who is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "log in first")
    return who


WhoAsks = Annotated[Who, Depends(who_asks)]


def declared_routes(app: FastAPI) -> Iterator[DeclaredRoute]:
    """Every route of an application.

    Raises:
        ValueError: one does not say, or says twice, which right it needs.
    """
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount) and route.path == OPEN_FOLDER:
            continue
        given = [item.dependency for item in getattr(route, "dependencies", None) or ()]
        needed = [item for item in given if isinstance(item, Needs)]
        if len(needed) != 1:
            message = f"route {route.path}: expected one declaration of the right it needs"
            raise ValueError(message)
        for method in sorted(route.methods or ()):
            yield DeclaredRoute(method, route.path or "", needed[0].right)
