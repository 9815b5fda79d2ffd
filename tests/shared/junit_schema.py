"""What the schema that Jenkins reads junit.xml by (junit-10.xsd) allows, as a table, and what of a file it does not."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

_NUMBER, _SECONDS = re.compile(r"\d+"), re.compile(r"\d+(\.\d+)?")
#: By element: the attributes that it must have, and those that it may have beside them.
ATTRIBUTES = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors", "disabled")),
    "testsuite": (
        ("name", "tests"),
        ("failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"),
    ),
    "properties": ((), ()),
    "property": (("name", "value"), ()),
    "testcase": (("name", "classname"), ("time", "status")),
    "skipped": ((), ("type", "message")),
    "error": ((), ("type", "message")),
    "failure": ((), ("type", "message")),
    "system-out": ((), ()),
    "system-err": ((), ()),
}  # fmt: skip
#: By element: its children, each a letter, as a pattern of their order.
CHILDREN = {
    "testsuites": r"U*",
    "testsuite": r"P?C*O?E?",
    "properties": r"p+",
    "testcase": r"s?(e*)(f*)O*E*",
}
_LETTERS = {
    "testsuite": "U", "properties": "P", "property": "p", "testcase": "C", "skipped": "s", "error": "e", "failure": "f",
    "system-out": "O", "system-err": "E",
}  # fmt: skip
_NUMBERS = ("tests", "failures", "errors", "disabled", "skipped")


def breaches(text: str) -> list[str]:
    """What of the file the schema does not allow, an empty list where it allows all."""
    root = ET.fromstring(text)  # noqa: S314  -- our own text
    found = [] if root.tag == "testsuites" else [f"root {root.tag}"]
    for one in root.iter():
        if one.tag not in ATTRIBUTES:
            found.append(f"element {one.tag}")
            continue
        must, may = ATTRIBUTES[one.tag]
        found += [f"{one.tag} has {name}" for name in one.attrib if name not in (*must, *may)]
        found += [f"{one.tag} lacks {name}" for name in must if name not in one.attrib]
        order = "".join(_LETTERS.get(child.tag, "?") for child in one)
        if re.fullmatch(CHILDREN.get(one.tag, ""), order) is None:
            found.append(f"{one.tag} holds {order}")
        if one.tag in {"testsuites", "testsuite"}:
            found += [f"{name}={one.get(name)}" for name in _NUMBERS if not _NUMBER.fullmatch(one.get(name, "0"))]
        if not _SECONDS.fullmatch(one.get("time", "0")):
            found.append(f"time={one.get('time')}")
    return found
