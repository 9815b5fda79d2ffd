"""Every target that there is, whichever contract declares it."""

from viewproof.contract.installed import all_contracts


def all_targets():
    return {target.name: target for contract in all_contracts() for target in contract.targets}
