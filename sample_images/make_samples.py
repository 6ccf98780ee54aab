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


TOLD = """\
# A phantom, drawn by make_samples.py: nobody was treated. What is told of treatments shows what can be told, and says
# nothing of any product.
"""

PROTOCOL = """\
protocol = "dark-spot-mesotherapy"
"""

SCREEN = """
[screen]
diabetes = "no"
pregnancy = "no"
breast-feeding = "no"
blood-clotting = "no"
fungal-disease = "no"
herpes = "no"
infectious-disease = "no"
chronic-disease = "no"
other-skin-disease = "no"
allergy = "no"
signed_by = "staff-1"
signed_on = 2026-01-08
"""

TREATED = 'treatment = { technique = "manual injection", product = "F-RADIANCE" }\n'

TREATMENT = """
[session.treatment]
technique = "manual injection"
product = "F-RADIANCE"
country = "Spain"
ingredients = ["arbutin", "ascorbic acid"]
dose = 2.0
dose_unit = "ml"
area = "left cheek"
operator = "staff-2"
"""

PATCH_TEST = """\
patch_test = { date = 2026-01-08, site = "inner elbow", hours = 3, result = "negative" }
"""

EVENT = """\
adverse_events = [
    { kind = "bruise", date = 2026-01-26, severity = "mild", outcome = "resolved", until = 2026-01-29 },
]
"""


def tell(text: str) -> str:
    """Return a phantom's course.toml with all that can be told: protocol, screen, treatments, an adverse event."""
    before, *treated = text.split(TREATED)
    if not treated:
        raise ValueError("the phantom's course.toml tells of no treatment any more: mend TREATED")
    told = [TREATMENT + PATCH_TEST, EVENT + TREATMENT, *[TREATMENT] * len(treated)]
    body = before + "".join(each + after for each, after in zip(told, treated, strict=False))
    head, first, rest = body.partition("\n[[session]]")
    return TOLD + head.replace('card = "', PROTOCOL + 'card = "', 1) + SCREEN + first + rest


def main() -> None:
    """Render every sample course, each in place of the one that is there."""
    for name, plan in PLANS.items():
        folder = HERE / name
        fresh = write_phantom(HERE / f"{name}.fresh", plan, name=name)
        course = fresh / "course.toml"
        course.write_text(tell(course.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        print(f"{name}: {plan.sessions} sessions")


if __name__ == "__main__":
    main()
