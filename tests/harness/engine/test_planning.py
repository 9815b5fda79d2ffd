"""What the plan says of the known issues that it was made with."""

import msgspec

from viewproof.contract.known_issues import own_issues
from viewproof.engine.planning import described, issues_digest, planned_here
from viewproof.records.outdir import Selection


def test_the_known_issues_of_a_plan_are_told_by_what_they_say():
    issues = own_issues()
    digest = issues_digest(issues)
    assert digest == issues_digest(issues[::-1])
    assert digest.startswith("sha256:")
    changed = [msgspec.structs.replace(issues[0], title="another"), *issues[1:]]
    assert len({digest, issues_digest(changed), issues_digest(issues[1:])}) == 3


def test_a_run_says_how_many_chunks_its_plan_has_of_each_suite():
    plan = planned_here(Selection(queries=("views/eager/*/aten.t", "aliasing/eager/*/aten.t")))
    said = described(plan)
    assert list(said["suite_chunks"]) == said["suites"]
    assert sum(said["suite_chunks"].values()) == said["chunks"] == len(plan.chunks)
    assert said["known_issues"] == plan.known_issues
