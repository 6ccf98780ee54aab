import pytest
from simulated_course import photograph, spot

from pigtrack.imaging.link import link_lesions
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Status


def statuses(*sessions, baseline=None):
    linked = link_lesions(sessions, baseline=baseline)
    return [session.lesions[0].status for session in linked.sessions]


FAINT = {"present": False, "contrast": 1.0, "area": None, "load": 1.0, "u": 0.2}
GONE = {"present": False, "contrast": 0.1, "area": None, "load": 0.1, "u": 5.0}


def test_a_lesion_that_stays_is_baseline_then_present():
    assert statuses([photograph(spot())], [photograph(spot())]) == [Status.BASELINE, Status.PRESENT]


def test_a_lesion_that_is_first_seen_later_is_new_and_has_a_row_at_the_baseline():
    assert statuses([photograph(spot(**GONE))], [photograph(spot())]) == [Status.BELOW_LIMIT, Status.NEW]


def test_a_lesion_that_is_faint_at_the_baseline_is_not_new_when_it_darkens():
    assert statuses([photograph(spot(**FAINT))], [photograph(spot())])[1] is Status.PRESENT


def test_a_lesion_in_more_parts_than_at_the_baseline_is_split():
    assert statuses([photograph(spot())], [photograph(spot(parts=2))])[1] is Status.SPLIT


def test_a_lesion_that_was_in_parts_from_the_start_is_not_split():
    assert statuses([photograph(spot(parts=2))], [photograph(spot(parts=2))])[1] is Status.PRESENT


def test_a_part_seen_in_one_of_two_shots_is_not_a_split():
    assert statuses([photograph(spot())], [photograph(spot()), photograph(spot(parts=2))])[1] is Status.PRESENT


def test_a_lesion_that_touches_a_new_neighbour_is_merged():
    assert statuses([photograph(spot())], [photograph(spot(merged_with=(7,)))])[1] is Status.MERGED


def test_neighbours_that_touched_from_the_start_are_not_merged():
    touching = photograph(spot(merged_with=(7,)))
    assert statuses([touching], [touching])[1] is Status.PRESENT


def test_a_lesion_of_which_a_trace_is_left_is_below_the_limit():
    linked = link_lesions([[photograph(spot())], [photograph(spot(**FAINT))]])
    lesion = linked.sessions[1].lesions[0]
    assert lesion.status is Status.BELOW_LIMIT
    assert QualityFlag.BELOW_LIMIT in lesion.spot.flags
    assert lesion.spot.delta_mi is not None


def test_a_lesion_outlined_in_half_of_the_shots_is_below_the_limit():
    assert statuses([photograph(spot())], [photograph(spot()), photograph(spot(**GONE))])[1] is Status.BELOW_LIMIT


def test_a_lesion_that_is_gone_to_the_end_is_resolved():
    gone = [photograph(spot(**GONE))]
    assert statuses([photograph(spot())], gone, gone)[1:] == [Status.RESOLVED, Status.RESOLVED]


def test_a_lesion_that_comes_back_was_not_resolved():
    came_back = statuses([photograph(spot())], [photograph(spot(**GONE))], [photograph(spot())])
    assert came_back == [Status.BASELINE, Status.BELOW_LIMIT, Status.PRESENT]


def test_a_lesion_out_of_sight_keeps_its_row_without_numbers():
    hidden = photograph(spot(flags=[QualityFlag.NOT_VISIBLE]))
    linked = link_lesions([[photograph(spot())], [hidden]])
    lesion = linked.sessions[1].lesions[0]
    assert lesion.status is Status.NOT_VISIBLE
    assert lesion.spot.area is None
    assert lesion.spot.load is None
    assert lesion.photographs == 0


def test_a_session_without_a_usable_photograph_keeps_all_rows_and_says_so():
    linked = link_lesions([[photograph(spot(1), spot(2))], [], [photograph(spot(1), spot(2))]])
    assert [lesion.status for lesion in linked.sessions[1].lesions] == [Status.NOT_VISIBLE] * 2
    assert QualityFlag.NO_USABLE_PHOTOGRAPH in linked.sessions[1].flags
    assert linked.sessions[1].skin is None


def test_the_baseline_is_the_first_session_with_a_usable_photograph():
    linked = link_lesions([[], [photograph(spot())], [photograph(spot())]])
    assert linked.baseline == 2
    assert [s.lesions[0].status for s in linked.sessions] == [Status.NOT_VISIBLE, Status.BASELINE, Status.PRESENT]


def test_every_lesion_has_a_row_in_every_session_by_rising_number():
    linked = link_lesions([[photograph(spot(3))], [photograph(spot(1), spot(3))]])
    assert [[lesion.lesion_id for lesion in session.lesions] for session in linked.sessions] == [[1, 3], [1, 3]]


def test_pooling_shots_takes_the_mean_and_shrinks_the_uncertainty_by_the_root_of_their_number():
    linked = link_lesions([[photograph(spot(area=9.0, u=0.1)), photograph(spot(area=11.0, u=0.1))]])
    area = linked.sessions[0].lesions[0].spot.area
    assert area.value == pytest.approx(10.0)
    assert area.u == pytest.approx(((0.9**2 + 1.1**2) ** 0.5) / 2)


def test_a_shot_in_which_the_lesion_is_hidden_does_not_pull_the_mean():
    hidden = photograph(spot(area=1.0, flags=[QualityFlag.NOT_VISIBLE]))
    lesion = link_lesions([[photograph(spot(area=10.0)), hidden]]).sessions[0].lesions[0]
    assert lesion.spot.area.value == 10.0
    assert lesion.photographs == 1


def test_a_flag_of_one_shot_stays_but_not_one_that_the_pooled_status_overrules():
    shots = [[QualityFlag.HAIR], [], [QualityFlag.BELOW_LIMIT]]
    linked = link_lesions([[photograph(spot(flags=flags)) for flags in shots]])
    flags = linked.sessions[0].lesions[0].spot.flags
    assert flags == {QualityFlag.HAIR}


def test_nothing_to_link_is_the_callers_fault():
    with pytest.raises(ValueError, match="at least one photograph"):
        link_lesions([[], []])
    with pytest.raises(ValueError, match="baseline must be"):
        link_lesions([[photograph(spot())], []], baseline=2)
