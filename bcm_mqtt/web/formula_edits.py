"""Changes of formula circuits before formulas.csv is written: what they would do, in sentences."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.pages.effect_words import issued_sentence
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.formula.edit import FormulaEdit
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_text
from bcm_mqtt.domain.time import instant_text
from bcm_mqtt.languages import _
from bcm_mqtt.web.edits import bills_sentence, ownership_sentence, since_words, until_sentence

CustomerOf = Callable[[CircuitVersion], str]


def formula_effects(
    edit: FormulaEdit | None,
    issued: Sequence[IssuedBill],
    customer_of: CustomerOf,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[str]:
    """What a change of a formula does, and which bills it touches.

    Args:
        edit: What it does to the formula; None is nothing.
        issued: Bills that differ by it.
        customer_of: Whose a circuit is; "" is unallocated.
        zone: In which times are said.
        now: The present.
    """
    if edit is None:
        yield _("Nothing changes.")
        return
    yield from _of_edit(edit, customer_of, zone, now)
    yield bills_sentence(edit.after.valid_from, now, zone)
    if issued:
        yield issued_sentence(issued)


def live_effects(bridges: Collection[str]) -> Iterator[str]:
    """What is missing of live values, for the bridges that poll the members."""
    if len(bridges) > 1:
        yield _(
            "No bridge publishes its power and energy: its members are polled by %(bridges)s.",
            bridges=", ".join(sorted(bridges)),
        )


def _of_edit(
    edit: FormulaEdit, customer_of: CustomerOf, zone: ZoneInfo, now: datetime
) -> Iterator[str]:
    before, after = edit.before, edit.after
    since = since_words(after.valid_from, zone, now)
    said = {"formula": after.place, "since": since}
    if not after.members:
        yield _("Formula circuit %(formula)s ends %(since)s.", **said)
    elif before is None or not before.members:
        members = members_text(after.members)
        yield _(
            "Formula circuit %(formula)s is new %(since)s: %(members)s.", members=members, **said
        )
    elif edit.amends:
        yield _(
            "Circuit %(circuit)s is corrected %(since)s; no new version begins.",
            circuit=after.place,
            since=since,
        )
    else:
        yield _(
            "Circuit %(circuit)s changes %(since)s; before that it stays as it is.",
            circuit=after.place,
            since=since,
        )
    if before and before.members and after.members and before.members != after.members:
        yield _(
            "It is %(after)s, not %(before)s.",
            after=members_text(after.members),
            before=members_text(before.members),
        )
    payer, paid = (
        customer_of(one.circuit) if one and one.members else "" for one in (after, before)
    )
    if payer != paid:
        yield ownership_sentence(payer, paid, since)
    if edit.until:
        yield until_sentence(edit.until, zone)


def formula_words(version: FormulaVersion | None, zone: ZoneInfo) -> str:
    """A version as the columns of formulas.csv have it, but for those that are empty."""
    if version is None:
        return ""
    texts = {
        "valid_from": instant_text(version.valid_from, zone),
        "members": members_text(version.members) or "none",
        "description": version.description,
        "customer": version.customer,
    }
    return ", ".join(f"{name} {text}" for name, text in texts.items() if text)
