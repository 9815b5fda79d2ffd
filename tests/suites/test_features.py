"""Every feature of viewproof's own contracts is proved beside its own file, and used by a known issue."""

import importlib.util
import sys
from pathlib import Path

from viewproof.contract.installed import own_contracts
from viewproof.contract.known_issues import own_issues

TESTS = Path(__file__).parent


def modules():
    """The modules that register features, by name."""
    own_contracts()
    return {
        name: module
        for name, module in sorted(sys.modules.items())
        if name.startswith("viewproof_suites.") and hasattr(module, "FEATURES")
    }


def near_pairs(name):
    """The table of the tests that mirror a module of features."""
    *folders, last = name.split(".")[1:]
    path = TESTS.joinpath(*folders, f"test_{last}.py")
    spec = importlib.util.spec_from_file_location(f"near_{'_'.join((*folders, last))}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found.NEAR


def registered():
    return {name for contract in own_contracts() for name in contract.features}


def test_every_feature_is_proved_beside_its_own_module():
    """Each has its near pair, once, in the tests that mirror the module that registers it.

    `always` has nothing beside it.
    """
    proved = [(feature, name) for name in modules() for feature in near_pairs(name)]
    assert sorted(feature for feature, _ in proved) == sorted(registered() - {"always"})
    for feature, name in proved:
        assert feature in modules()[name].FEATURES, f"{feature} is not of {name}"


def test_every_feature_is_used():
    """What no known issue needs is taken out again."""
    used = {name.removeprefix("!") for issue in own_issues() for name in issue.when}
    assert registered() - used == set()
