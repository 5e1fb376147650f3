"""The most that a customer's part of an invoice may be: what its usage costs under a tariff."""

from collections.abc import Sequence
from decimal import Decimal

from bcm_mqtt.billing.rehearsing.comparing import ComparedMonth
from bcm_mqtt.errors import InputError


def caps_of(months: Sequence[ComparedMonth], currency: str, *, net: bool) -> dict[str, Decimal]:
    """By customer, over all months.

    Args:
        months: Compared with one other tariff, that of the cap.
        currency: Of the invoice.
        net: Whether without the tariff's taxes, as net amounts are divided.

    Raises:
        InputError: the tariff has no rate for a month, or another currency.
    """
    caps = dict[str, Decimal]()
    for one in months:
        (cost,) = one.others
        if cost.amount is None:
            message = f"tariff {cost.tariff} prices nothing of {one.customer} in {one.month}"
            raise InputError.of(f"--cap: {message}: {cost.without or 'expected a rate'}")
        if cost.currency != currency:
            message = f"tariff {cost.tariff} is in {cost.currency}: expected {currency}"
            raise InputError.of(f"--cap: {message}, as the invoice is")
        amount = cost.amount - cost.tax if net else cost.amount
        caps[one.customer] = caps.get(one.customer, Decimal(0)) + amount
    return caps
