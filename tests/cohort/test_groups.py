"""Which groups are told of, what hides the small ones, and what a page may never hold."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.cohort import FOLLOWED_BRIEFLY, ONE_LATER_SESSION, compare_groups
from pigtrack.cohort.groups import MASK
from pigtrack.model.cohort import Axis, CohortCourse, CohortResult, Factor
from pigtrack.model.course import Endpoint


def draw_course(
    subject: str, label: str | None, *, slope: float = -0.1, days=(30, 60, 90), name: str = "", level: float = 6.0
) -> CohortCourse:
    on = np.array(days, dtype=np.float64)
    wiggle = 0.01 * np.sin(on + sum(map(ord, subject)))
    return CohortCourse(
        id=name or f"course-of-{subject}",
        subject=subject,
        digest=f"{subject}{name}",
        days=on,
        treatments=np.arange(1.0, len(on) + 1),
        change=slope * on / 30 + wiggle,
        variance=np.full(len(on), 2e-4),
        shared=1e-4,
        level=level,
        groups={Factor.PRODUCT: label},
        primary=Endpoint.LOAD,
    )


def draw_group(label: str | None, patients: int, *, start: int = 0, spread: float = 0.03, **more) -> list[CohortCourse]:
    return [
        draw_course(f"P-{start + n:03}", label, slope=-0.1 + spread * np.cos(2.4 * n), level=6 + 0.1 * (n % 5), **more)
        for n in range(patients)
    ]


def compare(courses, least: int = 5, endpoint: Endpoint = Endpoint.LOAD) -> CohortResult:
    return compare_groups(courses, factor=Factor.PRODUCT, endpoint=endpoint, least=least)


def test_a_group_of_four_is_named_and_not_told_of():
    result = compare([*draw_group("A", 6), *draw_group("B", 4, start=50)])
    shown, hidden = result.groups
    assert (shown.label, shown.hidden, shown.patients) == ("A", False, 6)
    assert (hidden.label, hidden.hidden) == ("B", True)
    assert (hidden.patients, hidden.courses, hidden.sessions, hidden.effects, hidden.lines) == (
        None,
        None,
        None,
        (),
        (),
    )
    assert hidden.curve is None
    assert result.differences == ()


def test_totals_that_would_give_a_hidden_group_away_are_not_told():
    assert compare([*draw_group("A", 6), *draw_group("B", 4, start=50)]).patients is None
    assert compare([*draw_group("A", 6), *draw_group("B", 4, start=50)]).courses is None
    whole = compare([*draw_group("A", 6), *draw_group("B", 5, start=50)])
    assert (whole.patients, whole.courses) == (11, 11)


def test_patients_are_counted_and_not_courses():
    both = [draw_course(f"P-{n}", "A", name=side) for n in range(4) for side in ("left", "right")]
    assert compare(both).groups[0].hidden


def test_a_group_followed_by_too_few_to_the_day_has_no_figure_for_it():
    courses = draw_group("A", 4) + draw_group("A", 4, start=20, days=(14,))
    group = compare(courses).groups[0]
    assert not group.hidden
    assert all(effect.axis is not Axis.DAYS or effect.at <= 30 for effect in group.effects)
    briefly = compare_groups(
        courses, factor=Factor.PRODUCT, endpoint=Endpoint.LOAD, least=5, at={Axis.DAYS: 90.0}
    ).groups[0]
    assert FOLLOWED_BRIEFLY in briefly.notes
    assert all(effect.axis is not Axis.DAYS for effect in briefly.effects)


def test_groups_are_compared_as_far_as_all_were_followed():
    brief = draw_group("A", 6, days=(14, 28, 56))
    assert compare([*brief, *draw_group("B", 6, start=50)]).at[Axis.DAYS] == 60
    assert compare(draw_group("B", 6, start=50)).at[Axis.DAYS] == 90


def test_a_group_that_was_hardly_followed_or_never_treated_holds_no_other_back():
    treated, brief = draw_group("A", 6, days=(30, 60, 90, 120)), draw_group("B", 6, start=50, days=(10,))
    untreated = [replace(each, treatments=0 * each.treatments) for each in draw_group(None, 6, start=80)]
    result = compare([*treated, *brief, *untreated])
    assert result.at[Axis.DAYS] == 90
    assert result.at[Axis.TREATMENTS] == 1  # the brief group had one
    assert compare([*treated, *untreated]).at[Axis.TREATMENTS] == 4
    assert [len(group.effects) > 0 for group in result.groups] == [True, True, True]
    assert all(effect.axis is Axis.TREATMENTS for effect in result.groups[1].effects)


def test_least_can_not_fall_below_three():
    with pytest.raises(ValueError, match="least must be at least 3"):
        compare(draw_group("A", 6), least=2)


def test_groups_stand_in_alphabetical_order_and_those_without_a_name_last():
    labels = [None, "beta", "Alpha", "Ätherisch"]
    courses = [each for n, label in enumerate(labels) for each in draw_group(label, 5, start=20 * n)]
    assert [group.label for group in compare(courses).groups] == ["Alpha", "Ätherisch", "beta", None]


def test_spellings_that_differ_in_capitals_and_spaces_are_one_group():
    courses = [
        *draw_group("F-Radiance", 3),
        *draw_group("F-RADIANCE", 2, start=20),
        *draw_group(" f-radiance ", 1, start=9),
    ]
    groups = compare(courses).groups
    assert [(group.label, group.patients) for group in groups] == [("F-Radiance", 6)]


def test_a_pseudonym_in_a_label_is_masked():
    groups = compare([*draw_group("A", 5), draw_course("P-777", "own serum of P-777")]).groups
    assert groups[1].label == f"own serum of {MASK}"


def test_the_order_of_courses_does_not_matter():
    courses = [*draw_group("A", 7), *draw_group("B", 6, start=50), *draw_group("C", 2, start=80)]
    one, other = compare(courses), compare(courses[::-1])
    assert one.differences == other.differences
    assert [group.effects for group in one.groups] == [group.effects for group in other.groups]
    assert one.digest == other.digest


def test_the_figures_are_those_that_were_drawn():
    group = compare(draw_group("A", 12, spread=0.0)).groups[0]
    after_days = next(each for each in group.effects if each.axis is Axis.DAYS and not each.adjusted)
    true = 100 * np.expm1(-0.3)
    assert after_days.mean.low < true < after_days.mean.high
    assert after_days.mean.value == pytest.approx(true, abs=1.0)
    assert after_days.patients is not None
    assert after_days.patients.low <= after_days.mean.low


def test_adjusted_figures_come_from_ten_patients_on():
    adjusted = [any(effect.adjusted for effect in compare(draw_group("A", n)).groups[0].effects) for n in (9, 10)]
    assert adjusted == [False, True]


def test_three_groups_are_compared_with_wider_intervals_than_two():
    a, b, c = (draw_group(name, 8, start=50 * n) for n, name in enumerate("ABC"))
    two, three = compare([*a, *b]), compare([*a, *b, *c])
    width = [r.differences[0].difference.high - r.differences[0].difference.low for r in (two, three)]
    assert width[1] > 1.1 * width[0]
    assert len({(each.first, each.second) for each in three.differences}) == 3


def test_more_than_six_groups_are_not_paired():
    courses = [each for n in range(7) for each in draw_group(f"G{n}", 5, start=20 * n)]
    assert compare(courses).differences == ()


def test_patients_in_both_groups_are_told_of():
    both = [*draw_group("A", 6), *(draw_course(f"P-{n:03}", "B", name="right") for n in range(6))]
    assert all(each.in_both for each in compare(both).differences)


def test_one_later_session_each_is_said_to_leave_the_spread_untold():
    group = compare(draw_group("A", 6, days=(90,))).groups[0]
    assert ONE_LATER_SESSION in group.notes
    assert group.effects[0].trajectory.residual == 0


def test_contrast_is_told_in_its_own_unit():
    group = compare(draw_group("A", 8, spread=0.0), endpoint=Endpoint.CONTRAST).groups[0]
    assert group.effects[0].mean.value == pytest.approx(-0.3, abs=0.02)


def test_adjusting_takes_out_what_only_the_level_at_the_baseline_made():
    rng = np.random.default_rng(2)

    def course(subject: str, label: str, level: float) -> CohortCourse:
        return draw_course(subject, label, level=level, slope=-0.1 + 0.05 * (level - 6) + 0.005 * rng.normal())

    low = [course(f"P-{n:03}", "A", 5.5 + 0.08 * n) for n in range(12)]
    high = [course(f"P-{50 + n:03}", "B", 6.0 + 0.08 * n) for n in range(12)]
    plain, adjusted = (each for each in compare([*low, *high]).differences if each.axis is Axis.DAYS)
    assert plain.difference.high < 0
    assert adjusted.adjusted
    assert adjusted.difference.low < 0 < adjusted.difference.high


def test_adjusted_intervals_are_widened_for_all_comparisons_of_the_page():
    many = [*draw_group("A", 12), *draw_group("B", 12, start=50)]
    three = compare([*many, *draw_group("C", 6, start=80)])
    two = compare(many)
    width = [
        next(each.difference.high - each.difference.low for each in result.differences if each.adjusted)
        for result in (two, three)
    ]
    assert width[1] > 1.1 * width[0]
