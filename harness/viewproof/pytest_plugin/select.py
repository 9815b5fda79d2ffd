"""Makes the queries that ask the engine for the items that pytest has selected, and for as little else as possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from viewproof.contract.installed import own_suites
from viewproof.pytest_plugin.key import Key


def queries_for(keys: Iterable[Key]) -> tuple[str, ...]:
    """The queries of the selected items: none for all of them, one for a whole suite or a whole operator of it.

    An operator of which a part is selected has one query an item, so that its chunks check no other rule.
    """
    chosen: dict[str, dict[str, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for key in keys:
        chosen[key.suite][key.operator].append(key)
    suites = own_suites()
    queries: list[str] = []
    whole_suites = 0
    for name, operators in chosen.items():
        suite = suites[name]
        number = len(suite.targets) * len(suite.rules)
        partial = {operator for operator, keys in operators.items() if len(keys) < number}
        if not partial and len(operators) == len(suite.operators()):
            whole_suites += 1
            queries.append(name)
            continue
        for operator, of_operator in operators.items():
            if operator in partial:
                queries += [f"{name}/{key.target}/{key.rule}/{operator}" for key in of_operator]
            else:
                queries.append(f"{name}/*/*/{operator}")
    return () if whole_suites == len(suites) else tuple(queries)
