"""A patient's page in a record without the long work of measuring: of simulated spots, kept as drawing keeps it."""

import json
from dataclasses import replace

import numpy as np
from composed_results import result, spots
from sqlalchemy import select

from pigtrack.charts import draw_patient_chart, figure_bytes, picture_bytes
from pigtrack.model.record import Actor
from pigtrack.report import ReportPictures
from pigtrack.report.patient import patient_pieces, render_patient_page
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.derived import keep_derived
from pigtrack.store.protocol_file import load_protocol
from pigtrack.store.record.courses import read_pieces
from pigtrack.store.record.measurements import NewMeasurement, add_measurement
from pigtrack.store.record.parts import join_course
from pigtrack.store.record.tables import courses, measurements


def measured_as(record, treated=None):
    """Return a measured course as the record tells it: less pigment at each visit; the last one ``treated`` then."""
    with record.reading() as connection:
        row = connection.execute(select(courses).order_by(courses.c.label)).mappings().first()
        course = join_course(read_pieces(connection, row), label=row["label"])
    if treated is not None:
        last = replace(course.sessions[-1], date=treated, treatment=course.sessions[0].treatment)
        course = replace(course, sessions=(*course.sessions[:-1], last))
    sessions = [spots(contrast=1 - 0.2 * number) for number in range(len(course.sessions))]
    return replace(result(*sessions, which=course), protocol=load_protocol("dark-spot-mesotherapy")), row


def pictures_of(measured, catalogue):
    light, dark = (picture_bytes(np.full((480, 640, 3), (150, 170, grey), np.uint8)) for grey in (210, 190))
    chart = draw_patient_chart(measured.course, measured.sessions, protocol=measured.protocol, catalogue=catalogue)
    return ReportPictures(plain_before=dark, plain_after=light, patient_chart=figure_bytes(chart, "svg"))


def page_as_file(record, language):
    measured, _ = measured_as(record)
    catalogue = load_catalogue(language)
    return render_patient_page(measured, pictures_of(measured, catalogue), catalogue=catalogue, version="0.1.0")


def page_files(measured):
    files = {}
    for language in list_languages():
        catalogue = load_catalogue(language)
        told = patient_pieces(measured, pictures_of(measured, catalogue), catalogue=catalogue, version="0.1.0")
        files |= {f"patient/{language}/{name}": data for name, data in told.items()}
    return files


def keep_page(record, treated=None):
    """Keep the page's pieces under the measurement that the course stands at."""
    measured, row = measured_as(record, treated)
    keep_derived(record, row, row["measurement_id"], page_files(measured))


def add_newer_measurement(record):
    """Have the course stand at a measurement that nothing was drawn of yet; return its id."""
    with record.writing(Actor("staff-1")) as unit:
        row = unit.connection.execute(select(courses).order_by(courses.c.label)).mappings().first()
        last = unit.connection.execute(select(measurements)).mappings().first()
        heads = (
            f"course_id,{','.join(json.loads(last[f'{name}_columns']))}\n" for name in ("session", "lesion", "photo")
        )
        return add_measurement(unit, row, NewMeasurement(*heads, (), "0" * 64, "0" * 64, "{}", False, False, "0.0.0"))
