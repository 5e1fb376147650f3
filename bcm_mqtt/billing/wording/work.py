"""What was done with a month, changed in it, or found of a file, in the language spoken now."""

import re
from typing import Final

from bcm_mqtt.billing.pages.stored_texts import said
from bcm_mqtt.languages import N_, _
from bcm_mqtt.languages.sentences import StoredSentences

OUTCOMES: Final = StoredSentences(
    (
        N_(
            "bill %(name1)s: %(name2)s, %(amounts1)s, revision %(name3)s of bill %(name4)s: "
            "%(amounts2)s"
        ),
        N_("bill %(name1)s: %(name2)s, %(amounts)s"),
        N_("no bill was issued"),
        N_("warning: %(name)s"),
        N_("%(name)s was issued before and would differ if recalculated: revise it"),
    )
)
"""Of `issuing.Outcome.sentences`, but for those of held bills."""
_HELD: Final = " was not issued, it is held for review: "
CHANGES: Final = StoredSentences(
    (
        N_("the directory of %(name)s"),
        N_("entry %(name1)s about %(name2)s"),
        N_("the bill of %(name)s for %(month)s was released"),
        N_("tariffs, customers or settings"),
    )
)
"""Of `month_work.Basis.changed`."""
FILES: Final = StoredSentences(
    (
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
        N_("The stored bill %(name1)s cannot be relied on: %(name2)s."),
        N_("This version prints it differently, so only words count."),
        N_("The bill is not signed."),
        N_("A later revision has replaced it."),
        N_("It says that it is bill %(name)s."),
    )
)
"""Of `file_check`."""
_DIFFERENCES: Final = StoredSentences(
    (
        N_("after “%(name)s” the file has %(text1)s, issued was %(text2)s"),
        N_("“%(name)s” and %(number)s more words"),
        N_("“%(name)s”"),
        N_("nothing"),
        N_("and %(number)s other places differ"),
        N_("its words are those of the bill, but page %(name)s looks different"),
    )
)
RULES: Final = StoredSentences(
    (
        N_(
            "The rules of calculation changed since: 1 bill was calculated by earlier rules, so "
            "only the inputs were compared (rule set %(name)s holds now)"
        ),
        N_(
            "The rules of calculation changed since: %(number)s bills were calculated by earlier "
            "rules, so only the inputs were compared (rule set %(name)s holds now)"
        ),
    )
)


def outcome(text: str) -> str:
    """What issuing did: a sentence of `Outcome.sentences`."""
    customer, held, reasons = text.partition(_HELD)
    if not held:
        return OUTCOMES.said(text)
    return _(
        "%(customer)s was not issued, it is held for review: %(reasons)s",
        customer=customer,
        reasons="; ".join(map(said, reasons.split("; "))),
    )


def change(text: str) -> str:
    """What was changed since a month was calculated."""
    return CHANGES.said(text)


def checked(text: str) -> str:
    """What a file is, in one or more sentences."""
    return " ".join(map(FILES.said, re.split(r"(?<=\.) ", text)))


def difference(text: str) -> str:
    """Where a file differs; words that it quotes stay as they are."""
    return _DIFFERENCES.said(text)
