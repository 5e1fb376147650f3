"""Texts of templates and JavaScript that nobody can translate, because they are not marked."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from babel.messages.jslexer import tokenize
from jinja2 import Environment, nodes

SHOWN = {"alt", "aria-label", "aria-description", "label", "placeholder", "title"}
"""Attributes that people read or hear."""
NO_TEXT = {"script", "style", "code", "kbd"}
"""Elements whose content is for machines, or is typed as it is."""
ALIKE = {
    *("A", "AC", "CSV", "Green", "Button", "HTML", "Hz", "JSON", "L", "MQTT", "N", "PDF", "XLSX"),
    *("kW", "kWh", "kVA", "kvar", "kvarh", "mA", "V", "VA", "W", "Wh", "cos", "φ", "h", "s", "min"),
    *("bcm", "mqtt", "YAML", "yaml", "OpenAPI", "API", "GET", "POST", "UTC"),
}
"""Units, names of formats and products: the same in every language."""
_WORD = re.compile(r"[^\W\d_]+")


def unmarked(source: str) -> list[str]:
    """The texts of a template with words that are neither marked nor alike everywhere."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.policies["ext.i18n.trimmed"] = True
    reader = _Reader()
    for output in environment.parse(source).find_all(nodes.Output):
        for piece in output.nodes:
            reader.feed("".join(_said(piece)))
    reader.close()
    return [text for text in reader.found if not ALIKE.issuperset(_WORD.findall(text))]


def _said(piece: nodes.Node) -> Iterator[str]:
    """What an expression puts in by itself: literals, not what it is given."""
    match piece:
        case nodes.TemplateData():
            yield piece.data
        case nodes.Const() if isinstance(piece.value, str):
            yield piece.value
        case nodes.CondExpr():
            yield from _said(piece.expr1)
            yield " "
            yield from _said(piece.expr2) if piece.expr2 else ()
        case nodes.Concat():
            for one in piece.nodes:
                yield from _said(one)
        case nodes.BinExpr():
            yield from _said(piece.left)
            yield from _said(piece.right)
        case nodes.Filter() if piece.name in {"safe", "default"} and piece.node:
            yield from _said(piece.node)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NO_TEXT:
            self._within.append(tag)
        for name, value in attrs:
            if name in SHOWN and value and not (name == "label" and tag == "track"):
                self.found.append(value.strip())

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data.strip())


_SENTENCE = re.compile(r"[A-Z][a-z]+\b.*[a-z]{2}")
_VALUES = re.compile(r"\$\{[^}]*\}")
_MARKED = {"_", "ngettext", "pgettext"}


def unmarked_in_javascript(source: str) -> list[str]:
    """Literals that are sentences, by their first letter, and are no argument of a mark."""
    found, within = [], list[bool]()
    tokens = [one for one in tokenize(source) if "comment" not in one.type]
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.value == "(":
            within.append(before is not None and before.value in _MARKED)
        elif token.value == ")" and within:
            within.pop()
        elif token.type in {"string", "template_string"} and not (within and within[-1]):
            text = _VALUES.sub("", token.value[1:-1])
            if _SENTENCE.match(text) and " " in text:
                found.append(text)
    return found
