"""What a bill rests on of suppliers' invoices: what they say, and how they are divided."""

from collections.abc import Iterator

from bcm_mqtt.domain.allocation.allocating import AVERAGE, CAP
from bcm_mqtt.domain.bill.bill import Bill


def invoices_seen(bill: Bill) -> Iterator[tuple[str, list[object]]]:
    """Each input by its name, as people read it, with what of it the bill depends on."""
    for part in bill.invoices:
        components = [one for one in part.components if one.bases or one.name == AVERAGE]
        amounts = [[one.name, one.amount] for one in components]
        yield (
            part.named,
            [part.start, part.end, part.currency, part.net, part.tax, part.kwh, amounts],
        )
        shares = [[one.name, one.share, list(one.bases)] for one in components]
        yield f"division of {part.named}", [part.plan, part.input_tax, part.price is None, shares]
        if caps := [one.amount for one in part.components if one.name == CAP and not one.bases]:
            yield f"cap on {part.named}", [*caps]
