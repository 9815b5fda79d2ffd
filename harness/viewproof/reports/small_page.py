"""The frame of a small HTML page: readable on a phone, on paper, in light and in dark, and complete in one file."""

from __future__ import annotations

from collections.abc import Sequence

from viewproof.reports.markup import marked_up

_STYLE = """
:root { color-scheme: light dark; --bad: light-dark(#b42318, #ff8a7a); --good: light-dark(#1a7f37, #6fdd8b); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; border-left: .5rem solid var(--good); padding-left: .6rem; }
h1.bad { border-color: var(--bad); }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #8886; }
th, td, code { overflow-wrap: anywhere; font-weight: normal; }
thead th { font-weight: 600; }
td.n { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
svg { width: 100%; height: auto; }
@media (max-width: 40rem) { body { font-size: 14px; padding: .5rem; } }
@media print { body { max-width: none; } }
"""


def small_page(title: str, parts: Sequence[str], *, bad: bool) -> str:
    """The page. `parts` are HTML already; `title` is text."""
    mark = ' class="bad"' if bad else ""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{marked_up(title)}</title>",
            f"<style>{_STYLE}</style></head>",
            f"<body><main><h1{mark}>{marked_up(title)}</h1>",
            *parts,
            "</main></body></html>",
            "",
        ]
    )
