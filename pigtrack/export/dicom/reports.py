"""What was measured at a session as a DICOM structured report; PS3.16, TID 1500 with TID 1410 for each lesion."""

from collections.abc import Iterable, Iterator, Mapping

import highdicom.sr as sr
import numpy as np
from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ComprehensiveSRStorage, ImplicitVRLittleEndian

from pigtrack.errors import ExportError
from pigtrack.export.dicom.identity import file_bytes, find_visit, make_uid, plain_text, start_dataset
from pigtrack.export.dicom.photographs import photograph_header, stored_orientation
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS, Metric, read_metrics
from pigtrack.export.outlines import stored_points, trace_outlines
from pigtrack.export.provenance import algorithm_names, signers
from pigtrack.export.visits import Visit
from pigtrack.model.quantity import FloatArray
from pigtrack.model.record import Cells, MeasurementVersion, RecordedCourse, RecordedPhotograph

SERIES = 2
"""Number of the reports' series within a session's study."""

SCHEME = "99PIGTRACK"
"""Designator of pigtrack's own codes; 99 marks private schemes (PS3.16, 8)."""

_LESION_METRICS = ("area_mm2", "diameter_mm", "delta_mi", "delta_e00", "delta_ita", "pigment_load")
_TOTAL_METRICS = ("area_total_mm2", "contrast_delta_mi", "contrast_delta_e00", "pigment_load")
_NAMES = {
    "area_mm2": "Area",
    "area_total_mm2": "Total area",
    "diameter_mm": "Diameter of the disc of the same area",
    "delta_mi": "Contrast in melanin index",
    "contrast_delta_mi": "Mean contrast in melanin index",
    "delta_e00": "CIEDE2000 against surrounding skin",
    "contrast_delta_e00": "Mean CIEDE2000 against surrounding skin",
    "delta_ita": "Contrast in individual typology angle",
    "pigment_load": "Pigment load",
}
"""Meanings; a code's meaning has 64 letters at most."""

_NO_DAY, _NO_TIME = "19000101", "000000"
"""A report must have a day (type 1); this one says that it was taken out."""


def write_report(course: RecordedCourse, session: int, *, offsets: bool) -> bytes:
    """Return a session's report as a file; see `pigtrack.export.dicom.measurement_report`."""
    visit, version = find_visit(course, session), course.measurement
    if version is None or (visit.totals is None and not visit.lesions):
        raise ExportError(
            f"Nothing was measured at session {session} of course {course.course.id}.", "Measure the course first."
        )
    images = _images(course, visit, offsets=offsets)
    groups = list(_groups(course, visit, _first_shown(course, visit), version, offsets=offsets))
    report = start_dataset(course, visit, offsets=offsets)
    report.SOPClassUID = ComprehensiveSRStorage
    report.SOPInstanceUID = make_uid(course, "report", session, version.number, version.rows_digest, offsets=offsets)
    report.SeriesInstanceUID = make_uid(course, "reports", session, offsets=offsets)
    report.Modality, report.SeriesNumber, report.InstanceNumber = "SR", SERIES, version.number
    report.SeriesDescription = "Measurements of pigmented skin"
    report.Manufacturer = report.ManufacturerModelName = "pigtrack"
    report.SoftwareVersions = version.pigtrack
    _tell_document(report, course, version, offsets=offsets)
    report.CurrentRequestedProcedureEvidenceSequence = [_evidence(images)]
    # highdicom's own document class copies the tree several times; its templates are what makes the tree right.
    report.update(_content(course, version, groups, offsets=offsets)[0])
    return file_bytes(report, ImplicitVRLittleEndian)


def _tell_document(report: Dataset, course: RecordedCourse, version: MeasurementVersion, *, offsets: bool) -> None:
    """Tell the state of the document and the time of measuring; PS3.3, C.17.1 and C.17.2."""
    moment = "".join(sign for sign in version.at[:19] if sign.isdigit())
    known = len(moment) == 14 and not offsets
    report.ContentDate, report.ContentTime = (moment[:8], moment[8:]) if known else (_NO_DAY, _NO_TIME)
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.PreliminaryFlag = "FINAL" if signers(course) else "PRELIMINARY"
    report.ReferencedPerformedProcedureStepSequence = []
    report.PerformedProcedureCodeSequence = []
    report.CodingSchemeIdentificationSequence = [
        CodingSchemeIdentificationItem(SCHEME, name="pigtrack's own", responsible_organization="pigtrack")
    ]


def _evidence(images: list[Dataset]) -> Dataset:
    """Return the session's images as what the report rests on."""
    study, series = Dataset(), Dataset()
    study.StudyInstanceUID, series.SeriesInstanceUID = images[0].StudyInstanceUID, images[0].SeriesInstanceUID
    series.ReferencedSOPSequence = [_named(image) for image in images]
    study.ReferencedSeriesSequence = [series]
    return study


def _named(image: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return item


def _images(course: RecordedCourse, visit: Visit, *, offsets: bool) -> list[Dataset]:
    """Return the headers of the session's images."""
    images = [photograph_header(course, visit, each, offsets=offsets) for each in visit.photographs]
    if not images:
        raise ExportError(
            f"Session {visit.number} of course {course.course.id} has no photograph that a report could refer to.",
            "Export the numbers as tables.",
        )
    return images


def _first_shown(course: RecordedCourse, visit: Visit) -> RecordedPhotograph | None:
    """Return the session's first measured photograph, the one that lesions are outlined on; None: none was."""
    used = {row["photo"] for row in visit.used}
    measured = (each for each in visit.photographs if each.name in used)
    return next((each for each in measured if course.labels(each.name) is not None), None)


def _outlines(course: RecordedCourse, shown: RecordedPhotograph | None) -> dict[int, tuple[FloatArray, ...]]:
    """Return the lesions' outlines in the pixels that the image stores."""
    labels = None if shown is None else course.labels(shown.name)
    if shown is None or labels is None:
        return {}
    way, (rows, columns) = stored_orientation(shown.read()), labels.shape
    return {
        lesion: tuple(stored_points(each, way, (rows, columns)) for each in parts)
        for lesion, parts in trace_outlines(labels).items()
    }


_Group = sr.PlanarROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations


def _groups(
    course: RecordedCourse,
    visit: Visit,
    shown: RecordedPhotograph | None,
    version: MeasurementVersion,
    *,
    offsets: bool,
) -> Iterator[_Group]:
    """Yield a group a lesion, one more for each further part of its outline, and one for all together.

    The steps of the method stand in the last alone: they are the same for all.
    """
    outlines = _outlines(course, shown)
    image = None if shown is None else photograph_header(course, visit, shown, offsets=offsets)
    method = sr.AlgorithmIdentification(name="pigtrack", version=version.pigtrack)
    steps = sr.AlgorithmIdentification("pigtrack", version.pigtrack, parameters=list(algorithm_names(course)))
    for row in visit.lesions:
        parts = outlines.get(int(row["lesion_id"]), ())
        yield _lesion_group(course, row, parts[:1], image, method, offsets=offsets)
        for part in parts[1:]:
            yield _part_group(course, row, part, image, offsets=offsets)
    if visit.totals is not None:
        yield sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(course, "all lesions", offsets=offsets),
            algorithm_id=steps,
            measurements=list(_measurements(visit.totals, SESSION_UNITS, _TOTAL_METRICS)) or None,
            qualitative_evaluations=_evaluations(visit.totals, ("verdict", "qc_status")),
        )


def _lesion_group(
    course: RecordedCourse,
    row: Cells,
    outline: tuple[FloatArray, ...],
    image: Dataset | None,
    method: sr.AlgorithmIdentification,
    *,
    offsets: bool,
) -> _Group:
    told = {
        "tracking_identifier": _tracking(course, f"lesion {row['lesion_id']}", offsets=offsets),
        "finding_type": codes.SCT.Lesion,
        "algorithm_id": method,
        "finding_sites": [sr.FindingSite(anatomic_location=codes.SCT.Skin)],
        "measurements": list(_measurements(row, LESION_UNITS, _LESION_METRICS)) or None,
        "qualitative_evaluations": _evaluations(row, ("status", "verdict")),
    }
    if not outline or image is None:
        return sr.MeasurementsAndQualitativeEvaluations(**told)
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=_region(outline[0], image), **told)


def _part_group(
    course: RecordedCourse, row: Cells, outline: FloatArray, image: Dataset | None, *, offsets: bool
) -> _Group:
    """Return a further part of a lesion: its outline alone, as the template takes one a group."""
    if image is None:
        raise ValueError("an outline needs the image that it lies on")
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(course, f"lesion {row['lesion_id']}", offsets=offsets),
        referenced_region=_region(outline, image),
        finding_type=codes.SCT.Lesion,
        qualitative_evaluations=[sr.QualitativeEvaluation(_code("part"), _code("further_part", "Further part"))],
    )


def _region(outline: FloatArray, image: Dataset) -> sr.ImageRegion:
    source = sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID)
    return sr.ImageRegion(sr.GraphicTypeValues.POLYLINE, outline.astype(np.float64), source)


def _tracking(course: RecordedCourse, what: str, *, offsets: bool) -> sr.TrackingIdentifier:
    """Return the identifier that a lesion keeps through all sessions and measurements."""
    return sr.TrackingIdentifier(
        uid=make_uid(course, "tracking", what, offsets=offsets), identifier=f"{course.course.id}: {what}"
    )


def _measurements(row: Cells, units: Mapping[str, str], names: Iterable[str]) -> Iterator[sr.Measurement]:
    """Yield what was measured; what could not be has no number, and its reason stands among the evaluations."""
    metrics = {metric.name: metric for metric in read_metrics(row, units) if metric.value}
    for name in names:
        if name in metrics:
            yield _measurement(metrics[name])


def _measurement(metric: Metric) -> sr.Measurement:
    unit = CodedConcept(metric.unit, "UCUM", metric.unit)
    properties = None
    if metric.u:
        doubt = float(metric.u)
        properties = sr.MeasurementProperties(upper_measurement_uncertainty=doubt, lower_measurement_uncertainty=doubt)
        for item in properties:  # highdicom writes no unit; ours is the number's own
            item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = [unit]
    name = codes.SCT.Area if metric.name == "area_mm2" else _code(metric.name, _NAMES[metric.name])
    return sr.Measurement(name=name, value=float(metric.value), unit=unit, properties=properties)


def _evaluations(row: Cells, names: Iterable[str]) -> list[sr.QualitativeEvaluation]:
    """Return what was judged, and every flag."""
    told = [(name, row[name]) for name in names if row.get(name)]
    told += [("flag", flag) for flag in row.get("flags", "").split(";") if flag]
    return [sr.QualitativeEvaluation(_code(name), _code(value)) for name, value in told]


def _code(value: str, meaning: str = "") -> CodedConcept:
    """Return a code of pigtrack's own: the name that the tables have."""
    return CodedConcept(value, SCHEME, meaning or value.replace("_", " "))


def _content(
    course: RecordedCourse, version: MeasurementVersion, groups: list[_Group], *, offsets: bool
) -> sr.MeasurementReport:
    device = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=make_uid(course, "device", version.pigtrack, offsets=offsets),
            name="pigtrack",
            manufacturer_name="pigtrack",
            model_name=plain_text(f"pigtrack {version.pigtrack}"),
        ),
    )
    return sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=device),
        procedure_reported=_code("photography", "Clinical photography with a colour card"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
