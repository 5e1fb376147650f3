"""The configuration of a site as people change it: shown, tried, written, undone, exported."""

from collections.abc import Mapping
from contextlib import suppress
from os import environ, fsync
from pathlib import Path
from threading import Lock

from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.directory.replaced_file import replace_file
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.edit import FormulaChange
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE, mode_for, open_new, sync_folder
from bcm_mqtt.setup.changing.exporting import exported
from bcm_mqtt.setup.changing.formulas import (
    FormulaFile,
    FormulaProposal,
    formula_file,
    formula_proposal,
)
from bcm_mqtt.setup.changing.proposals import Proposal, changed_lines, proposal_of, tried
from bcm_mqtt.setup.changing.records import FOLDER, PastChange, Records
from bcm_mqtt.setup.changing.sections import Section
from bcm_mqtt.setup.changing.shown import ShownSection, shown_section
from bcm_mqtt.setup.changing.texts import Texts, digest
from bcm_mqtt.setup.changing.wishes import Wish


class Configuration:
    """The files of a site's configuration; safe in several threads. Calls may take a second."""

    def __init__(self, file: Path, clock: Clock, environment: Mapping[str, str] = environ) -> None:
        """Reads nothing yet.

        Args:
            file: The main file.
            clock: The present.
            environment: Where `!env` looks.
        """
        self._file = file
        self._clock = clock
        self._environment = environment
        self._records = Records(file.parent / FOLDER)
        self._writing = Lock()

    def shown(self, section: Section) -> ShownSection:
        """A part as its files have it now; raises InputError."""
        return shown_section(Texts(self._file), section)

    def proposed(self, wish: Wish) -> Proposal:
        """What a wish would do; raises InputError. Nothing is written."""
        return proposal_of(Texts(self._file), wish, self._environment)

    def formulas(self) -> FormulaFile:
        """What formulas.csv says now; raises InputError."""
        return formula_file(Texts(self._file), self._settings())

    def proposed_formula(
        self, change: FormulaChange, version: str, directories: Mapping[str, Directory]
    ) -> FormulaProposal:
        """What a change of a formula would do; see `formula_proposal`. Nothing is written."""
        texts = Texts(self._file)
        return formula_proposal(
            texts, self._settings(), change, version, directories, self._clock()
        )

    def save(self, proposal: Proposal, by: str) -> PastChange:
        """Writes it, each file at once and only if it is as it was when it was proposed.

        Args:
            proposal: To be made.
            by: Who makes it.

        Raises:
            InputError: a file was changed meanwhile, and nothing was written.
            WorkError: it cannot be written.
        """
        texts = Texts(self._file)
        named = {texts.name(file): both for file, both in proposal.contents.items()}
        with self._writing:
            record = self._records.put(self._clock(), by, proposal.section, proposal.what, named)
            done: dict[Path, tuple[bytes | None, bytes | None]] = {}
            try:
                for file, both in proposal.contents.items():
                    self._write(file, *both)
                    done[file] = both
            except (InputError, WorkError):
                for file, (before, after) in done.items():
                    with suppress(InputError, WorkError):
                        self._write(file, after, before)
                self._records.drop(record)
                raise
        return record

    def past(self) -> list[tuple[PastChange, bool]]:
        """Changes that were made, the newest first, and whether each can be undone now."""
        texts = Texts(self._file)
        return [(one, self._can_undo(texts, one)) for one in self._records.all()]

    def undoing(self, key: str) -> Proposal:
        """What it would do to undo a change.

        Raises:
            InputError: its files were changed since, or what was before is not accepted any more.
        """
        record, texts = self._records.one(key), Texts(self._file)
        if not self._can_undo(texts, record):
            message = "its files were changed since: undo those changes first, or edit by hand"
            raise InputError.of(f"change {record.what} cannot be undone: {message}")
        contents = {}
        # The main file names the others: before one of them goes it must not, and so on.
        for name, (before, _) in reversed(list(record.files.items())):
            file = self._file.parent / name
            contents[file] = (
                texts.contents[file],
                None if before is None else before.encode(),
            )
        after = {file: new for file, (_, new) in contents.items()}
        settings = tried(self._file, after, self._environment)
        lines = tuple(changed_lines(texts, contents))
        what = f"undo of {record.what}"
        return Proposal(record.section, what, contents, lines, settings)

    def past_change(self, key: str) -> PastChange:
        """A change that was made; raises InputError."""
        return self._records.one(key)

    def exported(self) -> bytes:
        """All files of the configuration as one ZIP, without what is secret; raises InputError."""
        return exported(Texts(self._file), self._environment)

    def _settings(self) -> Settings:
        return load(self._file, environment=self._environment)

    def _can_undo(self, texts: Texts, record: PastChange) -> bool:
        for name, (_, after) in record.files.items():
            file = self._file.parent / name
            with suppress(InputError):  # not UTF-8 any more, for instance
                texts.text(file)
            if file not in texts.contents or digest(texts.contents[file]) != after:
                return False
        return bool(record.files)

    def _write(self, file: Path, before: bytes | None, after: bytes | None) -> None:
        def new_content(content: bytes | None) -> bytes | None:
            if content != before:
                message = "was changed meanwhile and is left as it is: load the page again"
                raise InputError.of(message, source=file.name)
            return after

        if before is None and after is not None:
            self._make(file, after)
        elif after is None:
            replace_file(file, lambda content: new_content(content) and None)
            with suppress(OSError):  # nobody names it any more
                file.unlink(missing_ok=True)
        else:
            replace_file(file, new_content)

    def _make(self, file: Path, content: bytes) -> None:
        """A new file, for those who may read the main file."""
        try:
            with open_new(file, mode_for(self._file, PRIVATE)) as out:
                out.write(content)
                out.flush()
                fsync(out.fileno())
        except FileExistsError:
            raise InputError.of("is there already", source=file.name) from None
        except OSError as error:
            raise WorkError(f"{file}: cannot be written: {error.strerror}") from None
        sync_folder(file.parent)
