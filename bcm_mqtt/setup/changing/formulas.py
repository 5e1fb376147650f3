"""A change of a formula circuit, as a new content of formulas.csv that `check` would accept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.config import Settings
from bcm_mqtt.config.checking import formula_findings
from bcm_mqtt.config.directory import changed_formulas
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.edit import FormulaChange, FormulaEdit
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.errors import InputError
from bcm_mqtt.setup.changing.proposals import Proposal, changed_lines
from bcm_mqtt.setup.changing.texts import Texts, digest

_MOMENT: Final = timedelta(seconds=1)
FORMULAS: Final = "formulas"
"""The section of its records."""


@dataclass(frozen=True, slots=True)
class FormulaFile:
    """What formulas.csv says.

    Attributes:
        formulas: In the order of the file.
        version: Of the file, which a change of it names; "" where there is none.
    """

    formulas: tuple[FormulaVersion, ...]
    version: str


@dataclass(frozen=True, slots=True)
class FormulaProposal:
    """A change that could be made.

    Attributes:
        proposal: To be saved.
        edit: What it does; None where nothing changes.
    """

    proposal: Proposal
    edit: FormulaEdit | None

    @property
    def measured(self) -> Members:
        """The measured circuits that the formula comes to when the change begins to hold."""
        if self.edit is None:
            return ()
        after, formulas = self.edit.after, self.proposal.settings.terms.formulas
        spans = formula_spans(formulas, after.valid_from, after.valid_from + _MOMENT)
        return next((one.terms for one in spans if one.version.key == after.key), ())


def formula_file(texts: Texts, settings: Settings) -> FormulaFile:
    """What formulas.csv says now."""
    texts.text(settings.formulas)
    return FormulaFile(settings.terms.formulas, digest(texts.contents[settings.formulas]))


def formula_proposal(
    texts: Texts,
    settings: Settings,
    change: FormulaChange,
    version: str,
    directories: Mapping[str, Directory],
    now: datetime,
) -> FormulaProposal:
    """What a change would do.

    Args:
        texts: Of the files.
        settings: That the files are.
        change: To be made.
        version: Of formulas.csv as it was shown.
        directories: Of panels as they are now; of others the files say what they have.
        now: The present.

    Raises:
        InputError: why it cannot be made, at its field where it is one's: what the file may not
            say, a member that is no circuit, energy that would be billed twice.
    """
    file = settings.formulas
    texts.text(file)
    if version != digest(texts.contents[file]):
        message = "was changed since the page was opened: load the page again; nothing is lost"
        raise InputError.of(message, source=texts.name(file))
    panels = {key: one.panel for key, one in settings.panels.items()}
    before = texts.contents[file]
    done = changed_formulas(before, change, panels, settings.site.zone, now, texts.name(file))
    terms = replace(settings.terms, formulas=done.after)
    if done.edit:
        current = dict(settings.directories) | {
            key: one for key, one in directories.items() if key in settings.directories
        }
        _check(settings, terms.formulas, current, change, done.edit)
    contents = {file: (before, done.content)} if done.edit else {}
    what = f"{FORMULAS} {change.panel}:{change.id}"
    lines = tuple(changed_lines(texts, contents))
    new = replace(settings, terms=terms)
    return FormulaProposal(Proposal(FORMULAS, what, contents, lines, new), done.edit)


def _check(
    settings: Settings,
    formulas: tuple[FormulaVersion, ...],
    directories: Mapping[str, Directory],
    change: FormulaChange,
    edit: FormulaEdit,
) -> None:
    """Refuses what is wrong from when on the change holds, and was not before it."""
    since = edit.after.valid_from
    before, after = (
        [
            (version.place, message)
            for version, message in formula_findings(terms, directories, since)
        ]
        for terms in (settings.terms, replace(settings.terms, formulas=formulas))
    )
    new = [found for found in after if found not in before]
    if new:
        # One line: circuits of one panel are mostly wrong for one reason.
        more = f" (and {len(new) - 1} more like it)" if new[1:] else ""
        raise change.refused("members", _said(new[0], edit) + more)


def _said(found: tuple[str, str], edit: FormulaEdit) -> str:
    place, message = found
    return message if place == edit.after.place else f"{place}: {message}"
