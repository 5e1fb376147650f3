"""The nodes of a YAML text: what they say, and where exactly they stand in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bcm_mqtt.errors import InputError
from bcm_mqtt.located.document import KeyPath

_DEEPEST: Final = 30
_MOST_VALUES: Final = 5000
Tree: TypeAlias = tuple[str, Any]


def tree_of(node: Node | None) -> Tree:
    """What a node says, to be compared: its tag and its value."""
    if isinstance(node, MappingNode):
        return _kind(node), {str(key.value): tree_of(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return _kind(node), [tree_of(item) for item in node.value]
    if node is None:
        return "map", {}
    return _kind(node), str(node.value)


def _kind(node: Node) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:")


def with_tree(tree: Tree, path: KeyPath, new: Tree | None) -> Tree:
    """The tree with another one at a path, or without what is there."""
    if not path:
        return new if new is not None else tree
    kind, data = tree
    first, *rest = path
    data = dict(data) if isinstance(data, dict) else {}
    if rest or new is not None:
        data[str(first)] = with_tree(data.get(str(first), ("map", {})), tuple(rest), new)
    else:
        data.pop(str(first), None)
    return ("map" if kind == "null" else kind), data


@lru_cache(maxsize=16)
def parsed(text: str, source: str = "") -> Node | None:
    """The nodes of a text, which nobody may change; None of an empty one.

    Raises:
        InputError: it is not YAML; with the line.
    """
    try:
        node: Node | None = YAML().compose(text)
        tree_of(node)  # of what holds itself there is no end
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = (error.problem or str(error)).splitlines()[0].split(" with value ")[0]
        if r"'\t'" in reason:
            reason = "a tab, where YAML takes spaces only: replace it with spaces"
        line = mark.line + 1 if mark else 0
        raise InputError.of(f"not YAML: {reason}", source=source, line=line) from None
    except RecursionError:
        reason = "it is nested too deeply, or in itself"
        raise InputError.of(f"not YAML that can be read: {reason}", source=source) from None
    except (YAMLError, ValueError, AttributeError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise InputError.of(f"not YAML: {reason}", source=source) from None
    return node


def check_nesting(text: str) -> None:
    """Raises InputError for a text with aliases, or too many values, also within each other.

    Ten lines of aliases of aliases can be a thousand million values, and a reader of YAML takes
    half a minute for some thousand brackets within each other, a minute for 90,000 values.
    """
    depth = count = 0
    try:
        for event in YAML().parse(text):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if isinstance(event, AliasEvent):
                raise InputError.of(f"*{event.anchor} is an alias: write it to the file by hand")
            count += isinstance(event, NodeEvent)
            if depth > _DEEPEST or count > _MOST_VALUES:
                most = f"{_MOST_VALUES} values, and {_DEEPEST} within each other"
                raise InputError.of(f"expected at most {most}")
    except (YAMLError, ValueError, AttributeError):
        return  # `parsed` says what is wrong


def has_aliases(text: str) -> bool:
    """Whether a text that is YAML names what stands elsewhere in it, perhaps many times."""
    return any(isinstance(event, AliasEvent) for event in YAML().parse(text))


@dataclass(frozen=True, slots=True)
class Found:
    """A node, and where it stands; the root has neither key nor parent."""

    node: Node
    key: Node | None = None
    parent: MappingNode | None = None
    index: int = 0


def find(root: Node | None, path: KeyPath) -> Found | None:
    """What stands at a path; None where nothing does."""
    if root is None:
        return None
    found = Found(root)
    for part in path:
        if not isinstance(found.node, MappingNode):
            return None
        for index, (key, value) in enumerate(found.node.value):
            if str(key.value) == str(part):
                found = Found(value, key, found.node, index)
                break
        else:
            return None
    return found


def has_own_tag(node: Node) -> bool:
    """Whether it is written with a tag such as `!secret`."""
    return str(node.tag).startswith("!")


def tags_of(node: Node) -> Iterator[tuple[str, str]]:
    """Its tags such as `!secret`, anywhere in it, each with the name behind it."""
    if has_own_tag(node):
        yield str(node.tag), str(node.value)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from tags_of(key)
            yield from tags_of(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from tags_of(item)


def is_block(node: Node) -> bool:
    """Whether it is a list or a mapping over lines."""
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


def end_of(text: str, node: Node) -> int:
    """Where a node's own text ends; comments and empty lines after it are not its own."""
    if is_block(node) and node.value:
        last = node.value[-1]
        return end_of(text, last[1] if isinstance(node, MappingNode) else last)
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        lines = text[start:end].rstrip().splitlines(keepends=True)
        content = next((line for line in lines[1:] if line.strip()), "")
        indent = len(content) - len(content.lstrip())
        while len(lines) > 1 and len(lines[-1]) - len(lines[-1].lstrip()) < indent:
            lines.pop()
        return start + len("".join(lines).rstrip())
    return end


def after_colon(text: str, key: Node) -> int:
    """After the colon of a key."""
    return text.index(":", key.end_mark.index) + 1


def line_start(text: str, at: int) -> int:
    """Where the line of a place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """After the line break."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def line_break(text: str) -> str:
    """That a text uses."""
    return "\r\n" if "\r\n" in text else "\n"
