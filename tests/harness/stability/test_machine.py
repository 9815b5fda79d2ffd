"""What a machine has is looked for, and not supposed."""

import locale
import os
import subprocess
import sys

from viewproof.stability import machine
from viewproof.stability.machine import hash_with, this_machine


def test_this_machine_is_looked_at_and_left_as_it_was():
    before = locale.setlocale(locale.LC_CTYPE)
    found = this_machine()
    assert found.architecture == os.uname().machine
    assert found.locale is None or found.locale in machine.LOCALES
    assert locale.setlocale(locale.LC_CTYPE) == before


def test_a_locale_that_is_nowhere_is_not_found(monkeypatch):
    monkeypatch.setattr(machine, "LOCALES", ("xx_YY.UTF-8",))
    assert this_machine().locale is None


def test_a_hash_is_that_of_a_process_with_the_seed():
    done = subprocess.run(
        [sys.executable, "-c", "print(hash('viewproof'))"], env={"PYTHONHASHSEED": "5"}, capture_output=True, check=True
    )
    assert hash_with("5") == int(done.stdout)
    assert hash_with("5") != hash_with("6")
