"""What finding the spots left in doubt, and what is no pigment spot by its colour: told in the rows it concerns."""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from pigtrack.imaging.pigment.tone import model_density, tone_of
from pigtrack.imaging.segment.decoys import find_decoys
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import LesionSession, PhotographMeasurement, PigmentRuler, SpotMap, Verdict
from pigtrack.model.spectra import SpectralTables

DARKEST_LENTIGO = 0.11
"""Melanosome fraction that no lentigo adds: half as much again as a dark one (0.07)."""


def find_course_decoys(
    photographs: Iterable[PhotographMeasurement], ruler: PigmentRuler, tables: SpectralTables
) -> frozenset[int]:
    """Find the lesions that are ink or too dark for a lentigo of this course's skin."""
    tone = tone_of(10**-ruler.skin_density, tables)
    melanin = tone.melanin + np.array([0.0, DARKEST_LENTIGO])
    plain, dark = 100 * model_density(tone, melanin, np.full(2, tone.blood), tables)[:, 0]
    return find_decoys((each.spots for each in photographs), ruler, darkest_mi=float(dark - plain))


def tell_finds(change: CourseChange, spots: SpotMap, decoys: Collection[int] = ()) -> CourseChange:
    """Flag the lesions that are doubtful, cut or decoys, and the sessions whose marks of treatment were left out."""
    marked = frozenset({QualityFlag.TREATMENT_MARKS})
    rows = (_told(row, row.lesion_id in decoys) for row in change.lesions)
    return replace(
        change,
        sessions=tuple(
            replace(each, flags=each.flags | marked) if spots.marks.get(each.session) else each
            for each in change.sessions
        ),
        lesions=tuple(replace(row, flags=row.flags | spots.flags.get(row.lesion_id, frozenset())) for row in rows),
    )


def _told(row: LesionSession, decoy: bool) -> LesionSession:
    """Flag a decoy and withhold its verdict; its numbers, and the advice to have it looked at, stay."""
    if not decoy:
        return row
    flags = row.flags | {QualityFlag.DECOY}
    if row.verdict is Verdict.BASELINE:
        return replace(row, flags=flags)
    changes = tuple(replace(change, verdict=Verdict.NOT_MEASURABLE) for change in row.changes)
    return replace(row, changes=changes, verdict=Verdict.NOT_MEASURABLE, flags=flags)
