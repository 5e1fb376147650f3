"""The house keeps its own rules: sizes, package heads, and the words that people read."""

import ast
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bcm_mqtt"
CUSTOM_COMPONENTS = ROOT / "custom_components"
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(file for file in PACKAGE.rglob("__init__.py") if "migrations" not in file.parts)
MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_MODULES = 300, 60, 15

WORDS = {
    r"anew": "again, recalculated",
    r"nobody's": "unallocated",
    r"fares?": "health, works",
    r"ills": "problems",
    r"told|tells?": "publish, report, show",
    r"taken back|takes back|take back": "withdraw",
    r"takes? the place of": "replaces",
    r"it stands on": "printed on",
    r"would be another": "would differ if recalculated",
    r"to look at": "needs attention",
    r"likewise": "the same",
}
"""What sentences for people do not say, and what they say instead."""
BEFORE_A_STATEMENT = {tokenize.ENCODING, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
FORBIDDEN = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _functions(text: str) -> Iterator[tuple[str, int]]:
    """Names and lines of all functions of a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_modules_have_at_most_300_lines_and_their_functions_60() -> None:
    texts = {name(file): file.read_text("utf-8") for file in MODULES}

    assert {
        module: lines
        for module, text in texts.items()
        if (lines := len(text.splitlines())) > MOST_LINES
    } == {}
    assert {
        (module, function): lines
        for module, text in texts.items()
        for function, lines in _functions(text)
        if lines > MOST_LINES_OF_A_FUNCTION
    } == {}


def test_each_package_says_what_it_owns_and_no_folder_has_more_than_15_modules() -> None:
    heads = {head: ast.get_docstring(ast.parse(head.read_text("utf-8"))) or "" for head in PACKAGES}

    parts = ("Owns:", "Does not own:", "Invariant")
    assert [
        name(head) for head, text in heads.items() if any(part not in text for part in parts)
    ] == []
    assert [
        name(head.parent)
        for head in PACKAGES
        if len(list(head.parent.glob("*.py"))) - 1 > MOST_MODULES
    ] == []


def _sentences_of_code(file: Path) -> Iterator[str]:
    """Its strings. Docstrings are for us, but for those of commands, which `--help` prints."""
    begins = True
    # By tokens, because Home Assistant's Python is newer than ours.
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.STRING and (not begins or "cli" in file.parts):
                yield token.string
            if token.type not in {tokenize.COMMENT, tokenize.NL}:
                begins = token.type in BEFORE_A_STATEMENT


def _sentences_of_json(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _sentences_of_json(one)


def _sentences(file: Path) -> Iterator[str]:
    text = file.read_text("utf-8")
    if file.suffix == ".py":
        yield from _sentences_of_code(file)
    elif file.suffix == ".json":
        yield from _sentences_of_json(json.loads(text))
    else:
        yield re.sub(r"<!--.*?-->|\{#.*?#\}|/\*.*?\*/|(?m:^\s*//.*$)", "", text, flags=re.DOTALL)


READ_BY_PEOPLE = [
    *MODULES,
    *(file for kind in ("html", "js", "typ") for file in sorted(PACKAGE.rglob(f"*.{kind}"))),
    *(file for kind in ("py", "js") for file in sorted(CUSTOM_COMPONENTS.rglob(f"*.{kind}"))),
    *sorted(CUSTOM_COMPONENTS.rglob("translations/*.json")),
    *sorted((ROOT / "blueprints").rglob("*.yaml")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "README.md",
]


def test_sentences_use_words_that_a_native_reader_expects() -> None:
    assert [
        f"{name(file)}: {match[0]!r} in {sentence[max(match.start() - 40, 0) : match.end() + 40]!r}"
        for file in READ_BY_PEOPLE
        for sentence in _sentences(file)
        for match in FORBIDDEN.finditer(sentence)
    ] == []
