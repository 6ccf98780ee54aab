"""What signatures say of a course: they stand under one version of its measurement, and under no other."""

from collections.abc import Sequence

from pigtrack.model.record import SignOff


def signed_versions(sign_offs: Sequence[SignOff]) -> tuple[int, ...]:
    """Return the numbers of the measurements that somebody signed, in order."""
    return tuple(sorted({each.measurement for each in sign_offs}))


def tell_signed(sign_offs: Sequence[SignOff], current: int | None) -> str:
    """Say whether the measurement at hand is signed, or only others are.

    Examples
    --------
    >>> signature = SignOff(1, "anna", "2026-01-11T12:00:00Z", "reviewed")
    >>> tell_signed((signature,), 1)
    'measurement 1 signed by anna at 2026-01-11T12:00:00Z: reviewed'
    >>> tell_signed((signature,), 2)
    'signed for measurement 1, not for 2'
    >>> tell_signed((), 2)
    'not signed'
    """
    mine = [each for each in sign_offs if each.measurement == current]
    if mine:
        told = "; ".join(f"signed by {each.by} at {each.at}: {each.meaning}" for each in mine)
        return f"measurement {current} {told}"
    others = ", ".join(map(str, signed_versions(sign_offs)))
    return f"signed for measurement {others}, not for {current}" if others else "not signed"
