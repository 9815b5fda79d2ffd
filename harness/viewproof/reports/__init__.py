"""Reports of viewproof: what a run and a single result look like to a reader."""

from viewproof.reports.drawing import draw_storage, draw_together
from viewproof.reports.markdown import render_markdown

__all__ = ["draw_storage", "draw_together", "render_markdown"]
