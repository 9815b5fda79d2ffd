"""Makes a text safe where HTML, SVG and XML are written by hand; templates and XML trees escape by themselves."""

from __future__ import annotations

from html import escape

from viewproof.visible import visible


def marked_up(value: object) -> str:
    """The value as text or as a quoted attribute: no markup, and no character that acts on what shows it."""
    return escape(visible(value))
