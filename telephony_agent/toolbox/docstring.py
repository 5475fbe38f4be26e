"""A docstring taken apart: what the function does, and what it says of each parameter (Google's or Sphinx's way)."""

from __future__ import annotations

import re

ARGS = re.compile(r"(Args|Arguments|Parameters):\s*")
ARG = re.compile(r"(?P<name>\w+)\s*(\([^)]*\))?\s*:\s*(?P<text>.*)")
PARAM = re.compile(r":param\s+(?:[^:]*\s)?(?P<name>\w+)\s*:\s*(?P<text>.*)")
TYPE = re.compile(r":type\s+\w+\s*:.*")


def take_apart(docstring: str) -> tuple[str, dict[str, str]]:
    """The description without the parameters' part, and the parameters' descriptions by name.

    `docstring` as `inspect.getdoc` gives it, without the function's indentation.
    """
    prose: list[str] = []
    parameters: dict[str, list[str]] = {}
    current: list[str] | None = None  # the description that an indented line continues
    in_args, level = False, 0
    for line in docstring.splitlines():
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if text and not indent:
            in_args, current = False, None
        if not indent and ARGS.fullmatch(text):
            in_args, level = True, 0
        elif not indent and (match := PARAM.fullmatch(text)):
            current = parameters.setdefault(match["name"], [match["text"]])
        elif not indent and TYPE.fullmatch(text):
            current = []
        elif in_args and text and indent <= (level or indent) and (match := ARG.fullmatch(text)):
            level = indent
            current = parameters.setdefault(match["name"], [match["text"]])
        elif current is not None:
            current.append(text)
        elif not in_args:
            prose.append(line.rstrip())
    described = {name: " ".join(" ".join(lines).split()) for name, lines in parameters.items()}
    return re.sub(r"\n{3,}", "\n\n", "\n".join(prose)).strip(), described
