"""Changes of single values and entries of a YAML text; every other character stays as it is.

What is printed again from data would lose people's alignment, quotes and line breaks. So the
places that the parser gives are used to put text into text, and the new text is parsed again:
what says anything else than it should is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, Final

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bcm_mqtt.errors import InputError
from bcm_mqtt.located.document import KeyPath
from bcm_mqtt.located.nodes import (
    Found,
    after_colon,
    end_of,
    find,
    has_aliases,
    has_own_tag,
    is_block,
    line_break,
    line_end,
    line_start,
    parsed,
    tags_of,
    tree_of,
    with_tree,
)
from bcm_mqtt.located.yaml_text import Value, block, flow, quoted, scalar

_BY_HAND: Final = "cannot be changed here, as it is written: change the file by hand"


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path.

    Attributes:
        text: As YAML, without the indentation that it has there.
        line: Of its first line in the file, from 1.
        node: Parsed.
    """

    text: str
    line: int
    node: Node

    @property
    def tags(self) -> frozenset[tuple[str, str]]:
        """Such as `!secret` and its name, anywhere in it."""
        return frozenset(tags_of(self.node))

    @property
    def is_plain(self) -> bool:
        """Whether a form can show it: a scalar or a list of scalars, that stands here."""
        items = self.node.value if isinstance(self.node, SequenceNode) else [self.node]
        return all(isinstance(item, ScalarNode) for item in items) and not any(
            item.anchor or has_own_tag(item) for item in (self.node, *items)
        )

    @property
    def texts(self) -> list[str]:
        """Of a plain entry: its items as they are written, or itself."""
        if isinstance(self.node, SequenceNode):
            return [str(item.value) for item in self.node.value]
        return [str(self.node.value)] if tree_of(self.node)[0] != "null" else []

    @property
    def rows(self) -> "list[dict[str, Entry]] | None":
        """Of a list of mappings the entry of each key; None where it is anything else."""
        if not isinstance(self.node, SequenceNode) or has_own_tag(self.node) or self.node.anchor:
            return None
        items = self.node.value
        if any(not isinstance(one, MappingNode) or has_own_tag(one) or one.anchor for one in items):
            return None
        return [
            {str(key.value): Entry("", self.line, value) for key, value in one.value}
            for one in items
        ]

    @property
    def keys(self) -> list[str]:
        """Of a mapping."""
        if not isinstance(self.node, MappingNode):
            return []
        return [str(key.value) for key, _ in self.node.value]


def entry_at(text: str, path: KeyPath) -> Entry | None:
    """What stands at a path of a text; None where nothing does.

    Raises:
        InputError: the text is not YAML.
    """
    found = find(parsed(text), path)
    if found is None:
        return None
    if not path or found.key is None:
        return Entry(text, 1, found.node)
    start, end = _region(text, found)
    line = text.count("\n", 0, start) + 1
    return Entry(dedent(text[start:end].rstrip()), line, found.node)


def with_value(text: str, path: KeyPath, value: Value) -> str:
    """The text with another value at a path, which is made where it is not there.

    Raises:
        InputError: it is written in a way that this cannot change.
    """
    root = parsed(text)
    found = find(root, path)
    if found and found.key is not None:
        new = _replaced(text, found, value)
    else:
        new = _inserted(text, root, path, value)
    return _checked(text, new, path, parsed(flow(value)))


def without(text: str, path: KeyPath) -> str:
    """The text without what stands at a path, which is there.

    Raises:
        InputError: it is written in a way that this cannot change.
    """
    found = find(parsed(text), path)
    if found is None or found.key is None:
        raise InputError.of(_BY_HAND, key=_dotted(path))
    return _checked(text, _removed(text, found), path, None)


def with_entry(text: str, path: KeyPath, entry: str) -> str:
    """The text with an entry at a path that is given as YAML.

    Raises:
        InputError: that is not YAML, with the line within it; or this cannot change it.
    """
    node = parsed(entry)
    if node is None or has_aliases(entry):
        raise InputError.of("expected keys and values, without * and &")
    lines, eol = dedent(entry).strip("\n").rstrip().splitlines(), line_break(text)
    if not path:
        return _checked(text, eol.join([*lines, ""]), path, node)
    root = parsed(text)
    found = find(root, path)
    if found is None:
        text = _inserted(text, root, path, {})
        found = find(parsed(text), path)
    if found is None or found.key is None or found.node.anchor:
        raise InputError.of(_BY_HAND, key=_dotted(path))
    start, end = _region(text, found)
    if is_block(found.node):
        indent = " " * (found.node.value[0][0].start_mark.column)
        body = eol.join(f"{indent}{line}".rstrip() for line in lines)
        new = text[: line_start(text, start)] + body + text[end:]
    elif len(lines) == 1:
        gap = "" if start < end else " "
        new = f"{text[:start]}{gap}{lines[0].strip()}{text[end:]}"
    else:
        indent = " " * (found.key.start_mark.column + 2)
        body = "".join(f"{eol}{indent}{line}".rstrip(" ") for line in lines)
        new = text[: after_colon(text, found.key)] + body + text[end:]
    return _checked(text, new, path, node)


def _replaced(text: str, found: Found, value: Value) -> str:
    node, key = found.node, found.key
    if node.anchor or has_own_tag(node) or key is None:
        raise InputError.of(_BY_HAND)
    if is_block(node) and isinstance(node, SequenceNode) and isinstance(value, list):
        return _with_items(text, node, value)
    if isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index:
        at = after_colon(text, key)
        return f"{text[:at]} {flow(value)}{text[at:]}"
    if is_block(node):
        start, end = after_colon(text, key), end_of(text, node)
        return f"{text[:start]} {flow(value)}{text[end:]}"
    quotes = getattr(node, "style", None)
    is_quoted = quotes in {'"', "'"} and type(value) is str
    shown = quoted(str(value), quotes) if is_quoted else flow(value)
    return text[: node.start_mark.index] + shown + text[end_of(text, node) :]


def _with_items(text: str, node: SequenceNode, items: Sequence[Any]) -> str:
    """A list of lines with other items: what stays of its lines stays, with its comments."""
    old = [tree_of(item) for item in node.value]
    new = [tree_of(parsed(flow(item))) for item in items]
    if not new:
        raise InputError.of(_BY_HAND)
    first = last = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    indent, eol = " " * node.start_mark.column, line_break(text)
    lines = "".join(f"{indent}- {flow(item)}{eol}" for item in items[first : len(items) - last])
    if first < len(old):
        start = line_start(text, node.value[first].start_mark.index)
    else:
        start = line_end(text, end_of(text, node))
    gone = node.value[first : len(old) - last]
    end = line_end(text, end_of(text, gone[-1])) if gone else start
    return _put(text, start, end, lines)


def _inserted(text: str, root: Node | None, path: KeyPath, value: Value) -> str:
    """With a value at a path that is not there, as the last of its mapping."""
    depth = len(path) - 1
    while depth and find(root, path[:depth]) is None:
        depth -= 1
    for part in reversed(path[depth + 1 :]):
        value = {str(part): value}
    key, above = scalar(str(path[depth])), find(root, path[:depth])
    eol = line_break(text)
    if above is None or root is None:
        return _put(text, len(text), len(text), block(key, value, "", eol))
    node = above.node
    if node.anchor or has_own_tag(node):
        raise InputError.of(_BY_HAND, key=_dotted(path))
    is_empty = not node.value
    if isinstance(node, MappingNode) and not is_empty and not node.flow_style:
        at = line_end(text, end_of(text, node))
        indent = " " * node.value[0][0].start_mark.column
        return _put(text, at, at, block(key, value, indent, eol))
    if isinstance(node, MappingNode) and not is_empty:
        at = end_of(text, node.value[-1][1])
        return f"{text[:at]}, {key}: {flow(value)}{text[at:]}"
    if above.key is None or not is_empty:
        raise InputError.of(_BY_HAND, key=_dotted(path))
    start = after_colon(text, above.key)
    end = end_of(text, node)
    rest = text[end : line_end(text, end)].rstrip()  # a comment on that line
    indent = " " * (above.key.start_mark.column + 2)
    body = rest + eol + block(key, value, indent, eol)
    return text[:start] + body + text[line_end(text, end) :]


def _removed(text: str, found: Found) -> str:
    parent, index = found.parent, found.index
    if parent is None or parent.anchor or found.key is None:
        raise InputError.of(_BY_HAND)
    pairs = parent.value
    if parent.flow_style:
        if len(pairs) == 1:
            start, end = found.key.start_mark.index, end_of(text, found.node)
        elif index + 1 < len(pairs):
            start, end = found.key.start_mark.index, pairs[index + 1][0].start_mark.index
        else:
            start, end = end_of(text, pairs[index - 1][1]), end_of(text, found.node)
        return text[:start] + text[end:]
    start = line_start(text, found.key.start_mark.index)
    end = line_end(text, end_of(text, found.node))
    if len(pairs) > 1:
        return text[:start] + text[end:]
    indent = " " * found.key.start_mark.column
    return f"{text[:start]}{indent}{{}}{line_break(text)}{text[end:]}"


def _region(text: str, found: Found) -> tuple[int, int]:
    """Where an entry's own text stands: of a block from the line below its key on."""
    if is_block(found.node) and found.key is not None:
        start = line_end(text, found.key.end_mark.index)
        first = found.node.start_mark.index
        end = line_end(text, end_of(text, found.node))  # with a comment on its last line
        return min(start, line_start(text, first)), len(text[:end].rstrip("\r\n"))
    return found.node.start_mark.index, end_of(text, found.node)


def _checked(before: str, after: str, path: KeyPath, expected: Node | None) -> str:
    """The new text, if it says what it should and nothing else."""
    try:
        root = parsed(after)
    except InputError:
        raise InputError.of(_BY_HAND, key=_dotted(path)) from None
    old, new = tree_of(parsed(before)), tree_of(root)
    if with_tree(old, path, None if expected is None else tree_of(expected)) != new:
        raise InputError.of(_BY_HAND, key=_dotted(path))
    return after


def _put(text: str, start: int, end: int, lines: str) -> str:
    """Whole lines in the place of others; the last line of a file may lack its end."""
    before = text[:start]
    if before and not before.endswith("\n"):
        before += line_break(text)
    return before + lines + text[end:]


def _dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))
