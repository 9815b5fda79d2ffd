"""The same verdicts everywhere: whole runs under other settings, each compared with one in the default setting.

`python -m viewproof.stability --out DIR [SETTING]... [-- QUERY...]` (`tox -e stable`). A setting counts only once a
worker of its run has said that it has it.
"""
