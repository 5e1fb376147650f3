"""Collects the texts for people into the catalogues of languages: `make texts`.

With `--check` it writes nothing, and says what is missing or wrong: see docs/languages.md.
"""  # noqa: INP001

import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.reports.typst_texts import texts_in
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.register_step import StepKind
from bcm_mqtt.domain.site import circuit_field, instrument_field
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.site.schedule import Column
from bcm_mqtt.domain.usage.uncertainty.budget import Cause
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import NAMES
from bcm_mqtt.languages import ENGLISH, LANGUAGES
from bcm_mqtt.languages.catalogue import IN_BROWSER

PACKAGE: Final = Path(__file__).parents[1] / "bcm_mqtt"
CATALOGUES: Final = PACKAGE / "languages" / "catalogues"
# As the environments of the templates have them, or a text is not found again.
_JINJA: Final = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_WIDTH: Final = 100
_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\)s|(%))")
_OF_MAIL: Final = re.compile(r"\$\w+")


def domain_texts() -> Iterator[str]:
    """What the domain declares of its kinds, which pages show with `translated`."""
    for enumeration in (AlarmState, BillStatus, Connection, Right, Role, Severity):
        yield from (str(one.value).replace("_", " ") for one in enumeration)
    yield from (kind.label for kind in AlarmKind)
    for flag in Flag:
        yield from (flag.meaning.title, flag.meaning.advice)
    yield from NAMES.values()
    yield from (str(one.value) for one in (*StepKind, *Cause))
    yield from (column.label for column in Column)
    for field in circuit_field.FIELDS:
        yield from filter(None, (field.label, field.form_label, field.hint, field.about))
    for item in instrument_field.FIELDS:
        yield from (item.label, item.about)


def typst_texts(
    stream: IO[bytes],
    keywords: object,  # noqa: ARG001 - as Babel calls an extractor
    comment_tags: object,  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts of a Typst template: each in `tr("...")`."""
    for text in texts_in(stream.read().decode()):
        yield 0, "gettext", text, []


_KINDS: Final = {
    ".css": ("jinja2.ext:babel_extract", _JINJA),
    ".html": ("jinja2.ext:babel_extract", _JINJA),
    ".js": ("javascript", {}),
    ".py": ("python", {}),
    ".typ": (typst_texts, {}),
}


def wanted() -> Catalog:
    """All texts that the sources have, without translations."""
    catalogue = Catalog(charset="utf-8")
    for file in sorted(PACKAGE.rglob("*")):
        folders = file.relative_to(PACKAGE).parts[:-1]
        if file.suffix not in _KINDS or "languages" in folders:
            continue
        if file.suffix == ".css" and "templates" not in folders:
            continue
        method, options = _KINDS[file.suffix]
        comments = (IN_BROWSER,) if file.suffix == ".js" else ()
        with file.open("rb") as stream:
            found = extract(method, stream, DEFAULT_KEYWORDS, (), options)
            for _line, text, _comments, context in found:
                catalogue.add(text, auto_comments=comments, context=context)
    for text in domain_texts():
        catalogue.add(text)
    return catalogue


def stored(language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none."""
    file = CATALOGUES / f"{language}.po"
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def updated(language: str, texts: Catalog) -> bytes:
    """The catalogue of a language with all texts, and no others."""
    own = stored(language)
    made = Catalog(locale=language, charset="utf-8")
    for message in texts:
        if not message.id:
            continue
        known = own.get(message.id, message.context)
        same = known is not None and type(known.id) is type(message.id)
        made.add(
            message.id,
            known.string if known is not None and same else None,
            flags=known.flags if known is not None and same else (),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known is not None else (),
            context=message.context,
        )
    body = BytesIO()
    write_po(body, made, width=_WIDTH, no_location=True, omit_header=True, sort_output=True)
    return _head(made) + body.getvalue()


def _head(catalogue: Catalog) -> bytes:
    """What editors of catalogues need, and nothing that differs from day to day."""
    lines = (
        'msgid ""',
        'msgstr ""',
        rf'"Language: {catalogue.locale}\n"',
        r'"MIME-Version: 1.0\n"',
        r'"Content-Type: text/plain; charset=utf-8\n"',
        r'"Content-Transfer-Encoding: 8bit\n"',
        rf'"Plural-Forms: {catalogue.plural_forms}\n"',
    )
    return ("\n".join(lines) + "\n\n").encode()


def problems(language: str, own: Catalog, texts: Catalog) -> Iterator[str]:
    """What a catalogue lacks, or has that no source uses, and translations that cannot be right."""
    for message in texts:
        known = own.get(message.id, message.context) if message.id else None
        if message.id and (known is None or not all(_strings(known))):
            yield f"{language}.po: no translation of {_name(message)}"
    for message in own:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"{language}.po: fuzzy: {_name(message)}"
        if texts.get(message.id, message.context) is None:
            yield f"{language}.po: no source has {_name(message)}: run make texts"
        for text in filter(None, _strings(message)):
            if not _fits(message, text):
                yield f"{language}.po: other placeholders: {_name(message)}: {text!r}"


def _fits(message: Message, text: str) -> bool:
    """Whether a translation has the placeholders of its English; a plural may leave out %(num)s."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    if not any(_PLACEHOLDER.search(one) for one in ids):
        # A name, which may have percent signs of its own, or the text of a mail.
        return set(_OF_MAIL.findall(text)) == set(_OF_MAIL.findall(ids[0]))
    expected = {name for one in ids for name in _names(one)}
    lost = {"num"} if len(ids) > 1 else set()
    other = "%" in _PLACEHOLDER.sub("", text)
    return not other and expected - lost <= set(_names(text)) <= expected


def _names(text: str) -> Iterable[str]:
    return (found[1] for found in _PLACEHOLDER.finditer(text) if found[1])


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _name(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f"{text!r} ({message.context})" if message.context else repr(text)


def main(arguments: list[str]) -> int:
    """Writes the catalogues, or with --check prints what is wrong with them."""
    texts = wanted()
    translated = [language for language in LANGUAGES if language != ENGLISH]
    if "--check" in arguments:
        found = [
            line for language in translated for line in problems(language, stored(language), texts)
        ]
        said = "\n".join(found) or f"{len(texts)} texts in {len(translated)} catalogues"
        sys.stdout.write(f"{said}\n")
        return 1 if found else 0
    for language in translated:
        written = updated(language, texts)
        (CATALOGUES / f"{language}.po").write_bytes(written)
        left = sum(
            f"{language}.po: no t" in line for line in problems(language, stored(language), texts)
        )
        sys.stdout.write(f"{language}.po: {len(texts)} texts, {left} without translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
