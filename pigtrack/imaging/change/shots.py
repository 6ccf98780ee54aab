"""What the single shots of a session came to, so that a clinic sees later how well its photographs repeat."""

from collections.abc import Mapping, Sequence

import numpy as np

from pigtrack.imaging.change.repeat import clear_values, spread_of
from pigtrack.model.course import Endpoint
from pigtrack.model.linked import LinkedCourse, LinkedSession
from pigtrack.model.quantity import FloatArray, Unit
from pigtrack.model.repeatability import ShotValues, Spread


def total_shots(linked: LinkedCourse, *, reseated: bool) -> tuple[ShotValues, ...]:
    """Return what each photograph of every session with several usable ones came to.

    Parameters
    ----------
    linked : LinkedCourse
        From `pigtrack.imaging.link.link_lesions`.
    reseated : bool
        The shots of a session were each set up anew.

    Returns
    -------
    tuple of ShotValues
        By rising session and shot. Where the size of things is not known there is none: nothing is in mm² then.
    """
    several = [each for each in linked.sessions if each.photographs > 1 and _is_sized(each)]
    return tuple(shot for session in several for shot in _shots_of(session, reseated=reseated))


def pool_spread(groups: Sequence[Sequence[float]]) -> Spread:
    """Return the standard deviation of logarithms within groups, pooled, with its interval by chi-square.

    Parameters
    ----------
    groups : sequence of sequence of float
        Positive values of the shots of each session; two or more in each.

    Notes
    -----
    For spreads of some percent this is the coefficient of variation. Squares and degrees of freedom are added over the
    groups, as `pigtrack.imaging.change.measure_repeatability` does; with as many shots in every session it is the root
    of the mean of the squared coefficients of variation.

    Examples
    --------
    >>> round(pool_spread([[100.0, 102.0], [50.0, 51.0]]).value, 4)
    0.014
    """
    if not groups or any(len(each) < 2 for each in groups):
        raise ValueError("groups must hold two values or more each")
    logs = [np.log(np.asarray(each)) for each in groups]
    degrees = float(sum(len(each) - 1 for each in logs))
    value = float(np.sqrt(sum(np.sum((each - each.mean()) ** 2) for each in logs) / degrees))
    return spread_of(value, degrees)


def _is_sized(session: LinkedSession) -> bool:
    return all(each.spot.area is None or each.spot.area.unit is Unit.SQUARE_MILLIMETRE for each in session.lesions)


def _shots_of(session: LinkedSession, *, reseated: bool) -> list[ShotValues]:
    found = {endpoint: _clear(session, endpoint) for endpoint in Endpoint}
    area, contrast, load = (_amounts(found[each]) for each in (Endpoint.AREA, Endpoint.CONTRAST, Endpoint.LOAD))
    weights = _areas(session, found[Endpoint.CONTRAST])
    return [
        ShotValues(
            session=session.number,
            shot=number + 1,
            reseated=reseated,
            area_lesions=len(area),
            area_mm2=float(area[:, number].sum()) if len(area) else None,
            contrast_lesions=len(contrast),
            contrast_mi=float(np.average(contrast[:, number], weights=weights)) if len(contrast) else None,
            load_lesions=len(load),
            load_mi_mm2=float(load[:, number].sum()) if len(load) else None,
        )
        for number in range(session.photographs)
    ]


def _clear(session: LinkedSession, endpoint: Endpoint) -> dict[int, list[float]]:
    """Return the lesions that stand clear in every shot, by number, with a value a shot."""
    known = {each.lesion_id: clear_values(each.shots, endpoint) for each in session.lesions}
    return {number: [each.value for each in values] for number, values in known.items() if values is not None}


def _amounts(found: Mapping[int, Sequence[float]]) -> FloatArray:
    return np.array(list(found.values()), dtype=float)


def _areas(session: LinkedSession, wanted: Mapping[int, object]) -> FloatArray:
    """Return the area of each wanted lesion, its mean over the shots; all alike where none has one."""
    spots = [each.spot.area for each in session.lesions if each.lesion_id in wanted]
    areas = np.array([0.0 if each is None else max(each.value, 0.0) for each in spots])
    return areas if areas.sum() > 0 else np.ones_like(areas)
