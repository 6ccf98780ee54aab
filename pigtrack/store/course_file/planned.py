"""What a course.toml says beside what its protocol says."""

from pigtrack.model.course import Course
from pigtrack.model.protocol import Protocol
from pigtrack.store.course_file.screen import judge_screen
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted


def judge_by_protocol(course: Course, protocol: Protocol | None, faults: Faults) -> None:
    """Note what a course tells and its protocol knows nothing of: questions; treatments where nobody is treated."""
    judge_screen(course, protocol, faults)
    if protocol is None or protocol.treats:
        return
    for index, session in enumerate(course.sessions):
        if session.treatment:
            told = f"session {session.number} tells of a treatment"
            said = f"{told}, but by the protocol {quoted(protocol.name)} nobody is treated."
            faults.add(said, "session", index, "treatment")
