"""What a change would do to a month, printed before it is made."""

from typing import TYPE_CHECKING

from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import Cell, say
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings

if TYPE_CHECKING:
    from bcm_mqtt.billing.effect import Proposal

_FIGURES = ("customer", "unit", "now", "then", "difference")


def print_effect(settings: Settings, proposal: "Proposal") -> None:
    """Computes the month with and without the change; nothing is stored."""
    # Not at the top, because every report comes with it.
    from bcm_mqtt.billing.pages.effect_words import effect_sentences  # noqa: PLC0415
    from bcm_mqtt.billing.pages.words import number, signed  # noqa: PLC0415

    with billing_of(settings) as billing:
        effect = billing.effect(proposal)
    rows: list[dict[str, Cell]] = []
    for account in effect.accounts:
        for unit, pair in (("kWh", account.kwh), (account.currency, account.amount)):
            if pair:
                cells = (number(pair[0]), number(pair[1]), signed(pair[1] - pair[0]))
                named = account.customer or "unallocated"
                rows.append(dict(zip(_FIGURES, (named, unit, *cells), strict=True)))
    if rows:
        print_rows(rows, _FIGURES, "table")
    for sentence in effect_sentences(effect):
        say(sentence)
