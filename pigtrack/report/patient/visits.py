"""What happened at each visit, in plain words."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Session, day_of
from pigtrack.model.patient_page import Visit
from pigtrack.model.protocol import Protocol
from pigtrack.model.result import CourseResult
from pigtrack.model.treatment import Treatment


def tell_visits(result: CourseResult, catalogue: Catalogue) -> tuple[Visit, ...]:
    """Tell every visit in order."""
    return tuple(_tell_visit(result, session, catalogue) for session in result.course.sessions)


def _tell_visit(result: CourseResult, session: Session, catalogue: Catalogue) -> Visit:
    day = day_of(session)
    return Visit(
        name=catalogue.say(
            "patient.visits.first" if session.number == 1 else "patient.visits.name", number=session.number
        ),
        day="" if day is None else catalogue.day(day),
        lines=tuple(_lines(result, session, catalogue)),
    )


def _lines(result: CourseResult, session: Session, catalogue: Catalogue) -> list[str]:
    if session.treatments:
        lines = [_tell_treatment(each, result.protocol, catalogue) for each in session.treatments]
    else:
        lines = [catalogue.say("patient.visits.photographs")]
    for event in session.adverse_events:
        known = None if result.protocol is None else result.protocol.find_complication(event.kind)
        what = event.kind if known is None else catalogue.choose(known)
        lines.append(catalogue.say("patient.visits.event", what=what))
    taken = [each for each in result.photographs if each.session == session.number]
    if taken and all(each.qc_status == "reject" for each in taken):
        lines.append(catalogue.say("patient.visits.unusable"))
    return lines


def _tell_treatment(treatment: Treatment, protocol: Protocol | None, catalogue: Catalogue) -> str:
    """Tell how and with what; lots, doses and makers are for the clinic."""
    technique = treatment.technique
    known = protocol.find_technique(technique) if protocol is not None and technique else None
    words = (technique if known is None else catalogue.choose(known.what), treatment.product)
    what = ", ".join(filter(None, words))
    return catalogue.say("patient.visits.treatment", what=what) if what else catalogue.say("patient.visits.treated")
