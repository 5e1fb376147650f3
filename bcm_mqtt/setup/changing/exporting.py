"""The whole configuration as one ZIP file, without what is secret."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bcm_mqtt.config import load
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.located import KeyPath
from bcm_mqtt.located.nodes import parsed, tags_of
from bcm_mqtt.located.rewriting import Entry, with_entry
from bcm_mqtt.setup.changing.sections import Section
from bcm_mqtt.setup.changing.texts import Texts

_TAG: Final = "!secret"
_SECRETS: Final = "secrets.yaml"
_PLACES: Final[tuple[KeyPath, ...]] = (
    ("mqtt", "username"),
    ("mqtt", "password"),
    ("database", "url"),
    ("database", "read_url"),
    ("database", "archive"),
    ("mail", "username"),
    ("mail", "password"),
)
"""Of the main file, where a text that stands there may let somebody in."""
_OF_EACH: Final[Mapping[KeyPath, tuple[KeyPath, ...]]] = {
    ("notifications", "receivers"): (("apprise",), ("secret",), ("webhook",)),
    ("gateways",): (
        *(("snmp", key) for key in ("community", "user", "auth_password", "privacy_password")),
        *(("mqtt", key) for key in ("username", "password")),
    ),
}
"""In each entry of these."""
_MAIN: Final = Section("main", ())
_ABOUT: Final = """\
The configuration of {site}, exported by bcm-mqtt.

Put the files into one folder, fill in {secrets}, and try it: bcm-mqtt check -c {main}

Not in here: passwords and addresses with passwords, which {secrets} lists; variables of the
environment that files name with !env; keys and certificates; the database.
"""


def exported(texts: Texts, environment: Mapping[str, str]) -> bytes:
    """The files as they are, and a list of the secrets that they need.

    Raises:
        InputError: the configuration is wrong, or a secret is written so that it cannot be left
            out.
    """
    settings = load(texts.main, environment=environment)
    files = [texts.main, *settings.sources, *settings.tables, settings.circuits, settings.meters]
    for file in dict.fromkeys(files):
        if file.exists():
            texts.text(file)
    kept, names = texts, dict[str, None]()
    for path in _secret_places(texts):
        kept = _without_secret(kept, path, names)
    for file in kept.contents:
        if file.suffix != ".csv" and (node := parsed(kept.text(file))):
            names |= {name: None for tag, name in tags_of(node) if tag == _TAG}
    about = {"site": settings.site.name, "secrets": _SECRETS, "main": texts.main.name}
    empty = "".join(f'{name}: ""\n' for name in sorted(names))
    return _zipped(
        {
            **{_inner(kept.name(file)): content for file, content in kept.contents.items()},
            _SECRETS: (empty or "{}\n").encode(),
            "README.txt": _ABOUT.format(**about).encode(),
        }
    )


def _secret_places(texts: Texts) -> Iterator[KeyPath]:
    yield from _PLACES
    for above, below in _OF_EACH.items():
        place = texts.place(_MAIN, above)
        entries = texts.entry(*place) if place else None
        for key in entries.keys if entries else ():
            yield from ((*above, key, *path) for path in below)


def _without_secret(texts: Texts, path: KeyPath, names: dict[str, None]) -> Texts:
    """With `!secret NAME` in the place of a text, if one is there."""
    place = texts.place(_MAIN, path)
    found = texts.entry(*place) if place else None
    if place is None or found is None or found.tags or _is_open(path, found):
        return texts
    name = re.sub(r"[^a-z0-9_]+", "_", "_".join(map(str, path)).lower())
    names[name] = None
    file, inner = place
    text = with_entry(texts.text(file), inner, f"{_TAG} {name}")
    return texts.with_contents({file: text.encode()})


def _is_open(path: KeyPath, found: Entry) -> bool:
    """Whether it is the address of a database, without a password."""
    return path[0] == "database" and "@" not in found.text


def _inner(name: str) -> str:
    """A name within the archive: never a way out of the folder in which it is unpacked."""
    path = Path(name)
    return path.name if path.is_absolute() or ".." in path.parts else name


def _zipped(files: Mapping[str, bytes | None]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                info = ZipInfo(name)  # without a time: the same files are the same archive
                info.external_attr = PRIVATE << 16
                archive.writestr(info, content, ZIP_DEFLATED)
    return out.getvalue()
