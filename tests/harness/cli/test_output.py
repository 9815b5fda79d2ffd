"""Our lines hold nothing that acts on a terminal, and what a kernel prints does not go between them."""

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from hostile import TEXTS, acting

from viewproof.cli import main
from viewproof.cli.output import apart_from_kernels, own_stream, say, say_laid_out, write_or_say
from viewproof.visible import visible


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_a_line_is_one_line_and_does_nothing(text, capsys):
    say(f"name {text}", "next")
    say(text, err=True)
    said = capsys.readouterr()
    assert said.out == f"name {visible(text)}\nnext\n"
    assert said.err == f"{visible(text)}\n"
    assert acting(said.out + said.err) == []


def test_a_text_that_is_laid_out_keeps_its_lines_alone(capsys, tmp_path):
    say_laid_out("a\n\tb\x1b[2J\r\n\n")
    write_or_say("c\n", None)
    write_or_say("d\n", tmp_path / "file\x1b")
    assert capsys.readouterr().out == f"a\n\tb\\x1b[2J\\r\n\nc\nwrote {tmp_path}/file\\x1b\n"
    assert (tmp_path / "file\x1b").read_text() == "d\n"


NAMED = [
    ["NAME"], ["run", "NAME"], ["show", "NAME"], ["repro", "NAME"], ["list", "NAME"], ["explain", "NAME"],
    ["diff", "NAME", "x"], ["trend", "NAME"], ["report", "NAME"], ["list", "ops", "--import", "NAME"],
    ["run", "--backend", "NAME"], ["list", "ops", "NAME"], ["bench", "NAME"], ["crossref", "NAME"], ["run", "--NAME"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", NAMED, ids=" ".join)
@pytest.mark.parametrize("text", ["clear", "link", "bidi", "carriage return", "newline", "c1"])
def test_an_error_says_what_was_given_and_does_nothing(arguments, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = [one.replace("NAME", TEXTS[text]) for one in arguments]
    done = CliRunner().invoke(main, given)
    assert done.exit_code in {2, 3}, done.output
    assert acting(done.output) == []
    (line,) = [one for one in done.output.split("\n") if one.startswith("Error: ")]
    assert "evil" in line


PROGRAM = """
import ctypes, os, sys
from viewproof.cli.output import apart_from_kernels, say, say_laid_out, own_stream
libc = ctypes.CDLL(None)

@apart_from_kernels()
def verb():
    for number in range(3):
        print("kernel in Python")
        os.write(1, b"kernel below Python\\n")
        libc.puts(b"kernel in C")
        say(f"our line {number}")
    print("our table", file=own_stream())
    sys.__stdout__.write("kernel past Python\\n")

say("first")
try:
    verb()
finally:
    say("last")
"""
OURS = ["first", "our line 0", "our line 1", "our line 2", "our table", "last"]
THEIRS = {"kernel in Python", "kernel below Python", "kernel in C", "kernel past Python"}


def program(more="", **streams):
    return subprocess.run([sys.executable, "-c", PROGRAM + more], text=True, check=False, **streams)


def test_what_a_kernel_prints_goes_to_standard_error():
    done = program(capture_output=True)
    assert done.stdout.splitlines() == OURS
    assert set(done.stderr.splitlines()) == THEIRS


def test_it_ends_with_the_verb_and_begins_again_with_the_next():
    done = program("verb()\nprint('after')\n", capture_output=True)
    assert done.stdout.splitlines() == [*OURS, *OURS[1:-1], "after"]


def test_a_closed_stream_is_none_of_our_lines_place():
    run = [sys.executable, "-c", PROGRAM.replace("sys.__stdout__.write", "str")]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *run], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not set(done.stderr.splitlines()) & set(OURS[:4])
    done = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *run], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines() == OURS


def test_a_stream_of_few_letters_gets_the_others_spelled():
    done = subprocess.run(
        [sys.executable, "-c", "from viewproof.cli.output import say; say('caf\\xe9 \\u202e')"],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.stdout == "caf\\xe9 \\u202e\n"


def test_a_verb_under_test_is_apart_too():
    @click.command
    @apart_from_kernels()
    def verb():
        print("theirs")
        say("ours")
        assert own_stream() is not sys.stdout

    done = CliRunner().invoke(verb)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "ours\n", "theirs\n")
