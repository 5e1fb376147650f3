"""What requests about a home name: the customer, the figure; or why there is none."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Query

from bcm_mqtt.access.rights import Who
from bcm_mqtt.billing.tenant.figures import HomeFigure
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks
from bcm_mqtt.web.refusals import PortsGiven


def tenancy_of(ports: PortsGiven) -> Tenancy:
    """All of tenants; raises 404 where the page has no database."""
    if ports.tenancy is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "this page has no database to bill from")
    return ports.tenancy


TenancyGiven = Annotated[Tenancy, Depends(tenancy_of)]


def seen(customer: str, who: Who) -> str:
    """A customer that somebody sees; raises 404."""
    if who.sees(customer) and customer:
        return customer
    raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no home of customer {customer!r}")


def own(customer: str, who: Who) -> str:
    """A customer of whom somebody is a user; raises 404, and InputError of those who bill."""
    if who.sees_only is None:
        raise InputError.of("only a user of the customer may: names, budgets, questions are his")
    return seen(customer, who)


def home_of(
    who: WhoAsks, customer: Annotated[str, Query(max_length=200, description="Its id.")] = ""
) -> str:
    """The customer of a page: the one that is named, or the first of the user; raises 404."""
    if not customer and who.sees_only:
        return min(who.sees_only)
    return seen(customer, who)


HomeNamed = Annotated[str, Depends(home_of)]
FigureNamed = Annotated[HomeFigure, Query(alias="figure", description="Of the home.")]
