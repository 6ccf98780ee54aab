"""What finding left in doubt is told in the rows that it concerns, and in no others."""

import numpy as np

from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import LesionSession, SessionMetrics, SpotMap, Status, Verdict
from pigtrack.pipeline.finds import tell_finds

DOUBT, MARKS = QualityFlag.DOUBTFUL_MARK, QualityFlag.TREATMENT_MARKS


def row(lesion, session):
    return LesionSession(lesion, session, Status.PRESENT, None, 1, (), Verdict.NO_DETECTABLE_CHANGE)


def session(number):
    return SessionMetrics(number, 2, None, None, None, None, None, (), Verdict.NO_DETECTABLE_CHANGE)


def test_each_doubt_is_told_where_it_belongs():
    nothing = np.zeros((2, 2), np.int32)
    spots = SpotMap(nothing, nothing, nothing > 0, flags={2: frozenset({DOUBT})}, marks={2: 0, 3: 70})
    change = CourseChange(1, tuple(map(session, (1, 2, 3))), tuple(row(k, s) for s in (1, 2, 3) for k in (1, 2)))
    told = tell_finds(change, spots)
    assert [DOUBT in each.flags for each in told.lesions] == [False, True] * 3
    assert [MARKS in each.flags for each in told.sessions] == [False, False, True]
