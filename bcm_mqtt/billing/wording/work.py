"""What was done with a month, changed in it, or found of a file, in the language spoken now."""

from typing import Final

from bcm_mqtt.billing.wording.findings import hold
from bcm_mqtt.languages import N_, _
from bcm_mqtt.languages.sentences import Sentences

OUTCOMES: Final = Sentences(
    N_(
        "bill %(name1)s: %(customer)s, %(amount)s, revision %(revision)s of bill %(name2)s: %(due)s"
    ),
    N_("credit note %(name1)s: %(customer)s, %(amount)s of bill %(name2)s"),
    N_("bill %(name1)s: %(customer)s, %(amount)s, replaces bill %(name2)s: %(due)s"),
    N_("bill %(name1)s: %(customer)s, %(amount)s, corrects bill %(name2)s: %(due)s"),
    N_("bill %(name)s: %(customer)s, %(amount)s"),
    N_("no bill was issued"),
    N_("1 bill was mailed."),
    N_("%(count)s bills were mailed."),
    N_("%(customer)s: the mail to %(address)s may have arrived: %(reason)s"),
    N_("%(customer)s: the mail to %(address)s was not sent: %(reason)s"),
    N_("warning: %(warning)s"),
    N_("%(customer)s was issued before and would differ if recalculated: revise it"),
)
"""Of `issuing.Outcome.sentences`, but for those of held bills, and of bills that were mailed."""
_HELD: Final = " was not issued, it is held for review: "
CHANGES: Final = Sentences(
    N_("the directory of %(panel)s"),
    N_("entry %(number)s about %(circuit)s"),
    N_("the bill of %(customer)s for %(month)s was released"),
    N_("prices of %(name)s were imported"),
    N_("invoice %(name1)s of %(name2)s was entered"),
    N_("tariffs, customers or settings"),
)
"""Of `month_work.Basis.changed`."""
FILES: Final = Sentences(
    N_("The file is the report of %(month)s as it was handed out, byte for byte."),
    N_("The file is not bill %(name)s byte for byte; of this format only bytes count."),
    N_("The file is bill %(name)s as it was handed out, byte for byte."),
    N_("The file is bill %(name)s byte for byte."),
    N_(
        "The file shows bill %(name)s as it was issued, in other bytes: it was saved again or "
        "made again."
    ),
    N_("The file is not bill %(name)s as it was issued."),
    N_("The file is of no bill that is known here."),
    N_("The stored bill %(name)s cannot be relied on: %(fault)s."),
    N_("after “%(what_before)s” the file has %(what_is)s, issued was %(what_was)s"),
    N_("“%(what_words)s” and %(count)s more words"),
    N_("“%(what_words)s”"),
    N_("nothing"),
    N_("and %(count)s other places differ"),
    N_("its words are those of the bill, but page %(pages)s looks different"),
)
"""Of `file_check`, without what else is said of the bill."""
MORE: Final = Sentences(
    N_("This version prints it differently, so only words count."),
    N_("The bill is not signed."),
    N_("A later revision has replaced it."),
    N_("It says that it is bill %(name)s."),
)
"""What is said of it, a sentence each."""
RULES: Final = Sentences(
    N_(
        "The rules of calculation changed since: 1 bill was calculated by earlier rules, so only "
        "the inputs were compared (rule set %(rules)s holds now)"
    ),
    N_(
        "The rules of calculation changed since: %(count)s bills were calculated by earlier rules, "
        "so only the inputs were compared (rule set %(rules)s holds now)"
    ),
)


def outcome(text: str) -> str:
    """What issuing did: a sentence of `Outcome.sentences`."""
    customer, held, reasons = text.partition(_HELD)
    if not held:
        return OUTCOMES.said(text)
    return _(
        "%(customer)s was not issued, it is held for review: %(reasons)s",
        customer=customer,
        reasons="; ".join(map(hold, reasons.split("; "))),
    )


def change(text: str) -> str:
    """What was changed since a month was calculated."""
    return CHANGES.said(text)


def checked(text: str) -> str:
    """What a file is, or where it differs; words that it quotes stay as they are."""
    begin, dot, last = text.rpartition(". ")
    if dot and MORE.pattern_of(last):
        return f"{checked(begin + '.')} {MORE.said(last)}"
    return FILES.said(text)
