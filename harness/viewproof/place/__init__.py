"""Where a process runs: its processor, its libraries and their settings, and what it was given to read them from."""

from viewproof.place.compare import Unlike, place_in, unlike, words
from viewproof.place.here import Deterministic, Folder, Place, TimeZone, place_here
from viewproof.place.libraries import Library
from viewproof.place.onednn import OneDNN
from viewproof.place.processor import processor_name
from viewproof.place.threads import asked_threads
from viewproof.place.variables import read_variables

__all__ = [
    "Deterministic",
    "Folder",
    "Library",
    "OneDNN",
    "Place",
    "TimeZone",
    "Unlike",
    "asked_threads",
    "place_here",
    "place_in",
    "processor_name",
    "read_variables",
    "unlike",
    "words",
]
