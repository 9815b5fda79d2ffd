"""report.html: one file that holds the whole run, for a browser, without a network."""

from viewproof.reports.html.page import render_html

__all__ = ["render_html"]
