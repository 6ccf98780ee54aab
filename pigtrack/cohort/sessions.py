"""What the mixed model reads and finds: the sessions of a group, and the spread in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import FloatArray

IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Sessions:
    """Later sessions of all courses of a group, one after another.

    Attributes
    ----------
    x, y, variance : ndarray, shape (sessions,), float64
        Distance from the baseline, change, and the variance of the change without the baseline's part.
    course : ndarray, shape (sessions,), intp
        Which course, from 0 and never falling.
    shared : ndarray, shape (courses,), float64
        Variance of each course's baseline.
    patient : ndarray, shape (courses,), intp
        Whose course it is, from 0 and never falling.
    covariate : ndarray, shape (patients,), float64, or None
        Centred, so that the slope is that of a patient where it is 0.
    """

    x: FloatArray
    y: FloatArray
    variance: FloatArray
    course: IntArray
    shared: FloatArray
    patient: IntArray
    covariate: FloatArray | None = None

    @property
    def patients(self) -> int:
        """Number of patients."""
        return int(self.patient.max()) + 1

    @property
    def course_starts(self) -> IntArray:
        """First session of each course."""
        return np.searchsorted(self.course, np.arange(len(self.shared)))

    @property
    def patient_starts(self) -> IntArray:
        """First course of each patient."""
        return np.searchsorted(self.patient, np.arange(self.patients))

    @property
    def design(self) -> FloatArray:
        """One row a patient: 1, and the covariate where there is one."""
        columns = [np.ones(self.patients)] + ([] if self.covariate is None else [self.covariate])
        return np.stack(columns, axis=1)


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """Variances of the model: sessions about the line, slopes of patients, slopes of one patient's courses."""

    residual: float
    patient: float
    course: float
