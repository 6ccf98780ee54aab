"""Renders the two sample courses again, byte for byte, beside this script.

`sample-course`: six visits in a ward whose lamp changes from visit to visit, light skin, lesions of every fate.
`before-after`: two visits in a studio, tan skin, every treated lesion smaller and fainter.
"""

import shutil
from pathlib import Path

from pigtrack.imaging.phantom import ChangeKind, Nuisance, PhantomPlan, Scenario
from pigtrack.store.phantom_folder import write_phantom

HERE = Path(__file__).parent

PLANS = {
    "sample-course": PhantomPlan(
        seed=18, scenario=Scenario.WARD, tone="light", sessions=6, nuisances=frozenset({Nuisance.LAMP}), megapixels=4
    ),
    "before-after": PhantomPlan(
        seed=5, scenario=Scenario.STUDIO, tone="tan", sessions=2, change=ChangeKind.BOTH, megapixels=4
    ),
}


def main() -> None:
    """Render every sample course, each in place of the one that is there."""
    for name, plan in PLANS.items():
        folder = HERE / name
        fresh = write_phantom(HERE / f"{name}.fresh", plan, name=name)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        print(f"{name}: {plan.sessions} sessions")


if __name__ == "__main__":
    main()
