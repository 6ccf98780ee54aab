import pickle

import pytest

from pigtrack.errors import CardError, CourseError, PhotographError


@pytest.mark.parametrize("fault", [PhotographError("It is empty.", "Copy it."), CourseError("Two:\na\nb", "Mend.")])
def test_a_fault_comes_back_whole_from_a_worker_process(fault):
    back = pickle.loads(pickle.dumps(fault))
    assert (type(back), str(back), back.problem, back.remedy) == (type(fault), str(fault), fault.problem, fault.remedy)


def test_a_fault_s_own_facts_come_back_too():
    fault = CardError("No card.", "Retake.")
    fault.seen = True
    assert pickle.loads(pickle.dumps(fault)).seen is True


def test_one_sentence_stays_on_one_line_and_many_faults_keep_theirs():
    assert str(PhotographError("It is empty.", "Copy it.")) == "It is empty. Copy it."
    assert str(CourseError("Two:\na\nb", "Mend.")) == "Two:\na\nb\nMend."
