"""What certificates of commissioning say in English, so that a sheet says it in its language."""

from dataclasses import replace
from typing import Final

from bcm_mqtt.billing.wording.findings import DETAILS
from bcm_mqtt.domain.commissioning.certificate import Certificate
from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences

_TEXTS: Final = (
    N_("not checked"),
    N_("main against the sum of the circuits"),
    N_("right"),
    N_("right, %(number)s A"),
    N_("the transformer of pole %(number)s is on this breaker"),
    N_("the transformer of pole %(number1)s is on this breaker, %(number2)s A"),
    N_("no transformer answered"),
    N_("no transformer answered, %(number)s A"),
    N_("unclear: other loads switched at the same time"),
    N_("unclear: other loads switched at the same time, %(number)s A"),
    N_("not switched"),
    N_("%(number1)s A, clamp meter %(number2)s A: within ±%(number3)s A"),
    N_("%(number1)s A, clamp meter %(number2)s A: NOT within ±%(number3)s A"),
    N_("%(number1)s of %(number2)s poles checked, none with findings"),
    N_("%(number1)s of %(number2)s poles checked, %(number3)s with findings"),
    N_("%(moment1)s to %(moment2)s"),
    "%(moment)s",
    N_("The transformers of poles %(number1)s and %(number2)s are swapped: exchange their leads"),
    N_(
        "The transformers of poles %(number1)s and %(number2)s are swapped, which are of "
        "different phases: exchange their leads"
    ),
    N_(
        "The transformer of pole %(number1)s is on the breaker of pole %(number2)s: find that "
        "of pole %(number3)s"
    ),
    N_("Which transformer is on these poles: %(name)s."),
    N_(
        "Polarity and phase of poles %(name)s: no power was measured, the load was too small, "
        "or it was not their own transformer that answered."
    ),
    N_("Current against a clamp meter, of poles %(name)s."),
    N_("The sum of the circuits against the main."),
    N_("Poles without a transformer: %(name)s."),
    N_("Pole %(number)s: %(text)s"),
    N_("Main %(name)s: %(text)s"),
    N_("meters.csv would have %(name)s"),
    N_("Poles %(name)s: %(text)s"),
    N_("no row of meters.csv says which meter and transformers these are"),
    N_("%(text1)s, serial number not stated; %(text2)s"),
    N_("%(text1)s, serial number %(name)s; %(text2)s"),
    N_("meter of unknown type"),
    N_("class not stated; %(text)s"),
    N_("class %(name)s; %(text)s"),
    N_("%(text)s; since %(day)s"),
    N_("%(text)s; corrected by %(name)s"),
    N_("transformers of class not stated"),
    N_("transformers of class not stated, %(number)s A"),
    N_("transformers of class %(name)s, %(number)s A"),
    N_("transformers of class %(name)s"),
    *DETAILS.patterns,
    N_("%(text1)s: %(text2)s"),
)
SENTENCES: Final = Sentences(*_TEXTS)
said: Final = SENTENCES.said


def in_language(certificate: Certificate) -> Certificate:
    """A certificate in the language that is spoken."""
    lines = tuple(
        replace(
            line,
            circuit=said(line.circuit),
            transformer=said(line.transformer),
            polarity=said(line.polarity),
            comparison=said(line.comparison),
        )
        for line in certificate.lines
    )
    return replace(
        certificate,
        verdict=said(certificate.verdict),
        lines=lines,
        found=tuple(map(said, certificate.found)),
        unchecked=tuple(map(said, certificate.unchecked)),
        instruments=tuple(map(said, certificate.instruments)),
        times=said(certificate.times),
    )
