"""YAML without its traps: every value is the text that stands there, and what it should be decides what it means.

So 0612 keeps its zero, 12:30 is no number, and `no` is a word. What can only be a mistake is refused with its line.
https://yaml.org/spec/1.1/, as PyYAML reads it.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
import yaml

DEEPEST = 10  # levels of lists and keys; the reader calls itself for each
OPENING = yaml.SequenceStartEvent | yaml.MappingStartEvent
CLOSING = yaml.SequenceEndEvent | yaml.MappingEndEvent
HALF = re.compile(r"[\ud800-\udfff]")  # of UTF-16's pairs, by a \u
QUOTES = "put text that has a colon, or starts with #, *, & or the like, in quotes, and indent with spaces"
KINDS = {  # a check's words for what it wants, and ours
    "Expected": "expected",
    "`bool`": "true or false",
    "`float`": "a number",
    "`int`": "a whole number",
    "`str`": "text",
    "`array`": "a list",
    "`object`": "keys with values",
    "`null`": "nothing",
}

T = TypeVar("T")


def decode(text: str, kind: type[T]) -> T:
    """What `text` says, as a `kind` of msgspec's. Raises ValueError: "line 3, says: ..." with the mend."""
    try:
        _check(text)
        root = yaml.compose(text, yaml.BaseLoader)
        content = _content(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"{_at(error.problem_mark)}: {error.problem}; {error.note or QUOTES}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ValueError(f"line {line}: U+{error.character:04X} is no character of a text; take it out") from error
    except (OverflowError, ValueError) as error:  # not PyYAML's: it trusts a number in the text
        raise ValueError(f"{error}; take out the \\U or %YAML that tells of no character or version") from error
    try:
        return msgspec.convert(content, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(_wrong(str(error), root)) from error


def _check(text: str) -> None:
    """Refuses what a short file by hand has no use for, and what would cost a reader memory without end."""
    depth = 0
    for event in yaml.parse(text, yaml.BaseLoader):
        depth += isinstance(event, OPENING) - isinstance(event, CLOSING)
        if depth > DEEPEST:
            raise _mistake(event, f"more than {DEEPEST} levels", "take some out")
        if isinstance(event, yaml.AliasEvent):
            raise _mistake(event, f"*{event.anchor} stands for something else", _spelt("*"))
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _mistake(event, f"&{event.anchor} is a name for later", _spelt("&"))
        if isinstance(event, yaml.ScalarEvent | OPENING) and event.tag is not None:
            raise _mistake(event, f"{event.tag} is a tag", _spelt("!"))
        if isinstance(event, yaml.ScalarEvent) and HALF.search(event.value):
            raise _mistake(event, "half of a character is none", "write the character itself")


def _spelt(sign: str) -> str:
    return f"write out what is meant, and put text that starts with {sign} in quotes"


def _content(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_content(each) for each in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    content: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _mistake(key, "a key is a word, no list")
        if key.value in content:
            raise _mistake(key, f"{key.value} stands here twice", "a step of its own starts with -")
        if isinstance(value, yaml.ScalarNode) and not (value.value or value.style):
            raise _mistake(key, f"{key.value} has no value", "what starts with # wants quotes")
        content[key.value] = _content(value)
    return content


def _mistake(where: yaml.Event | yaml.Node, what: str, mend: str = QUOTES) -> yaml.MarkedYAMLError:
    mark: Any = where.start_mark  # of its Python parser, which its stubs can't know
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark, note=mend)


def _wrong(error: str, root: yaml.Node | None) -> str:
    """In our words, of msgspec's "what - at `$.caller[0].says`"."""
    what, _, path = error.partition(" - at ")
    for theirs, ours in KINDS.items():
        what = what.replace(theirs, ours)
    node, name = root, ""
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if isinstance(node, yaml.MappingNode):
            node, name = next(value for found, value in node.value if found.value == key), f", {key}"
        elif isinstance(node, yaml.SequenceNode):
            node, name = node.value[int(index)], ""
    return f"line {node.start_mark.line + 1 if node is not None else 1}{name}: {what}"


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
