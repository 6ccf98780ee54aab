"""The questions before a course: answered, signed by whoever asked; a yes with a reason and their password."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from pigtrack.errors import FormError
from pigtrack.model.course import Course
from pigtrack.model.roles import Verb
from pigtrack.model.treatment import Screen
from pigtrack.store.protocol_file import load_protocol
from pigtrack.store.record.courses import need_course
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.editing import ChangedCourse, change_course, read_told
from pigtrack.tracker.record.proving import Ask, prove_actor


def answer_screen(
    *,
    label: str,
    answers: Mapping[str, bool],
    ask: Ask,
    reason: str | None = None,
    seen: int | None = None,
    data: Data = None,
    by: By = None,
) -> ChangedCourse:
    """Write down the answers before a course. What was answered before and is not asked now stays as it was.

    Parameters
    ----------
    answers : mapping of str to bool
        By the protocol's name of the question; True: yes.
    ask : callable
        Asks for the password; only where there is a yes.
    reason : str or None
        Why the course goes on in spite of a yes.

    Raises
    ------
    FormError
        If nothing is answered, or there is a yes without a reason.
    NotAllowedError
        If the password is wrong.
    RecordError
        If the course was changed since ``seen``.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.reading() as connection:
            told = read_told(connection, need_course(connection, label))
        screen = _signed(told, answers, reason, actor.name)
        if screen.yes and actor.role is not None:  # nobody has a password in a record without users
            actor_of(record, by, to=Verb.SIGN)
            prove_actor(record, actor, ask(actor.name))
        return change_course(
            label=label, change=lambda course: replace(course, screen=screen), seen=seen, data=record, by=by
        )


def _signed(told: Course, answers: Mapping[str, bool], reason: str | None, name: str) -> Screen:
    before = told.screen.answers if told.screen is not None else ()
    together = {**dict(before), **answers}
    if not answers:
        raise FormError("No question is answered.", "Answer one at least.")
    why = (reason or "").strip() or None
    screen = Screen(tuple(together.items()), name, date.today(), why)
    if screen.yes and why is None:
        raise FormError(
            "There is a yes, and no reason to go on in spite of it.", "Write the reason, and sign.", field="reason"
        )
    return screen if screen.yes else replace(screen, reason=None)


def change_protocol(course: Course, name: str | None) -> Course:
    """Return a course under another known protocol, with the answers of its screen that this one asks for, too.

    The trail keeps the others. A screen answers a protocol's questions: a course that has one keeps some protocol.

    Raises
    ------
    FormError
        If it would be left with answers to nothing.
    """
    if name == course.protocol or course.screen is None:
        return replace(course, protocol=name)
    if name is None:
        raise FormError(
            "The screen before the course answers the questions of its protocol.",
            "Choose another protocol instead of none.",
            field="protocol",
        )
    asked = load_protocol(name).screen_keys
    screen = replace(course.screen, answers=tuple(each for each in course.screen.answers if each[0] in asked))
    return replace(course, protocol=name, screen=screen)
