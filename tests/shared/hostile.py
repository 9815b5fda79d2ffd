"""Texts that would be code, markup or an escape where they stood as they are, and what finds that one does."""

from __future__ import annotations

import unicodedata

#: By what each tries. All say `evil` somewhere, so that it is seen whether one is code.
TEXTS = {
    "triple quote": '""" + evil("x") + """',
    "single quotes": "''' + evil('x') + '''",
    "quote": "'); evil(\"x\"); ('",
    "backslash": "evil\\",
    "backslash and quote": '\\"""; evil("x")\\',
    "newline": "evil\nevil()\n# heading\n- item",
    "carriage return": "evil\revil()\r",
    "form feed": "evil\x0cevil()\x0b\x1c\x85\u2028evil()\u2029",
    "coding": "coding: utf-7 +AAo-evil()",
    "script": "</script><script>evil()</script>",
    "cdata": "<![CDATA[evil]]>]]>&amp;&lt;&#0;",
    "image": "<img src=x onerror=evil()>",
    "comment": "--><!-- evil",
    "attribute": '" onload="evil()" x=\'',
    "template": "{{ evil }}{% evil %}${evil}{0}%s",
    "backticks": "`evil` ``evil`` ```",
    "table": "evil|evil\\|evil",
    "markdown": "**evil** _evil_ ~~evil~~ [evil](javascript:evil) ![evil](x) [evil]: x",
    "heading": "# evil",
    "item": "- [ ] evil",
    "number": "1. evil",
    "rule": "---evil",
    "rich": "[bold red]evil[/]",
    "clear": "\x1b[2J\x1b[Hevil",
    "link": "\x1b]8;;http://evil\x1b\\evil\x1b]8;;\x07",
    "c1": "\x9b2Jevil\x9d0;evil\x9c",
    "bell": "evil\x07\x08\x7f",
    "nul": "evil\x00evil",
    "bidi": "evil\u202elive\u202c\u2066\u200f",
    "unseen": "e\u200bvi\ufeffl\U000e0041",
    "surrogate": "evil\ud800",
    "no character": "evil\uffff\ue000",
    "long": "evil" * 5_000,
}


def acting(text: str, keep: str = "\n") -> list[str]:
    """The characters of `text` that act on what shows them, but for those that a layout of ours makes."""
    return [
        repr(one)
        for one in text
        if one not in keep and (unicodedata.category(one)[0] == "C" or unicodedata.category(one) in {"Zl", "Zp"})
    ]
