"""What a change would do, in sentences."""

from collections.abc import Iterator, Sequence

from bcm_mqtt.billing.effect import AccountEffect, Effect
from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.wording.findings import detail, hold, title
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import _, language, ngettext
from bcm_mqtt.languages.sentences import figures

_MOST_BILLS = 10
_LOWER_WITHIN = frozenset({"en", "fr", "es"})
"""Languages in which a sentence's first word loses its capital within another."""


def effect_sentences(effect: Effect) -> Iterator[str]:
    """Findings, holds and issued bills; figures are a table's."""
    if not (effect.accounts or effect.gone or effect.new):
        yield _("No figure and no finding of %(month)s changes.", month=figures(str(effect.month)))
    for account in effect.accounts:
        yield from _holds(account)
    for finding in effect.gone:
        yield _("No longer found on %(finding)s.", finding=_named(finding))
    for finding in effect.new:
        yield _(
            "Newly found on %(finding)s, %(detail)s.",
            finding=_named(finding),
            detail=detail(finding.detail),
        )
    if effect.issued:
        yield issued_sentence(effect.issued)


def issued_sentence(issued: Sequence[IssuedBill]) -> str:
    """Which bills differ by a change, of which there is at least one."""
    bills = ", ".join(
        _(
            "%(number)s of %(customer)s for %(month)s",
            number=one.number,
            customer=one.customer,
            month=figures(str(one.month)),
        )
        for one in issued[:_MOST_BILLS]
    )
    if more := issued[_MOST_BILLS:]:
        bills = _("%(bills)s and %(count)s more", bills=bills, count=len(more))
    return ngettext(
        "Bill %(bills)s differs until it is revised.",
        "Bills %(bills)s differ until they are revised.",
        len(issued),
        bills=bills,
    )


def _holds(account: AccountEffect) -> Iterator[str]:
    before, after = account.holds
    if before and not after:
        yield _("The bill of %(customer)s is no longer held.", customer=account.customer)
    elif after and not before:
        yield _(
            "The bill of %(customer)s is held: %(reason)s.",
            customer=account.customer,
            reason=hold(after[0]),
        )
    elif before != after:
        yield _(
            "The bill of %(customer)s stays held: %(reason)s.",
            customer=account.customer,
            reason=hold(after[0]),
        )


def _named(finding: Finding) -> str:
    where = f"{finding.panel}:{poles_text(finding.poles)}" if finding.poles else finding.panel
    what = title(finding.flag)
    if language() in _LOWER_WITHIN:
        what = what[:1].lower() + what[1:]
    return _("%(where)s: %(what)s", where=where, what=what)
