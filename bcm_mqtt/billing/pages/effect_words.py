"""What a change would do, in sentences."""

from collections.abc import Iterator

from bcm_mqtt.billing.effect import AccountEffect, Effect
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.vee.quality import Finding

_MOST_BILLS = 10


def effect_sentences(effect: Effect) -> Iterator[str]:
    """Findings, holds and issued bills; figures are a table's."""
    if not (effect.accounts or effect.gone or effect.new):
        yield f"No figure and no finding of {effect.month} changes."
    for account in effect.accounts:
        yield from _holds(account)
    for finding in effect.gone:
        yield f"No longer found on {_named(finding)}."
    for finding in effect.new:
        yield f"Newly found on {_named(finding)}, {finding.detail}."
    if effect.issued:
        many = len(effect.issued) > 1
        bills = ", ".join(
            f"{one.number} of {one.customer} for {one.month}" for one in effect.issued[:_MOST_BILLS]
        )
        more = (
            f" and {len(effect.issued) - _MOST_BILLS} more" if effect.issued[_MOST_BILLS:] else ""
        )
        yield (
            f"Bill{'s' if many else ''} {bills}{more} {'differ' if many else 'differs'} until "
            f"{'they are' if many else 'it is'} revised."
        )


def _holds(account: AccountEffect) -> Iterator[str]:
    before, after = account.holds
    if before and not after:
        yield f"The bill of {account.customer} is no longer held."
    elif after and not before:
        yield f"The bill of {account.customer} is held: {after[0]}."
    elif before != after:
        yield f"The bill of {account.customer} stays held: {after[0]}."


def _named(finding: Finding) -> str:
    where = f"{finding.panel}:{poles_text(finding.poles)}" if finding.poles else finding.panel
    title = finding.flag.meaning.title
    return f"{where}: {title[:1].lower()}{title[1:]}"
