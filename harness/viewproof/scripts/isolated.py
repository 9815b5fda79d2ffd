"""The part of a script that runs the rest of it in a process of its own, which may die."""

from __future__ import annotations


def isolated(times: int) -> list[str]:
    """Lines that run the script again `times` times with the word `here`, and exit 1 where one of them ends badly.

    What reads freed memory does not go wrong every time: then `times` is more than 1.
    """
    return [
        'if sys.argv[1:] != ["here"]:',
        "    import subprocess",
        "",
        "    # In a process of its own, which may die of what is shown.",
        f"    for _ in range({times}):",
        '        end = subprocess.run([sys.executable, __file__, "here"], timeout=600, check=False).returncode',
        "        if end not in (0, 1):",
        '            print(f"expected a process that lives\\nobserved one that ended with {end}")',
        "        if end:",
        "            break",
        "    sys.exit(1 if end else 0)",
        "",
    ]
