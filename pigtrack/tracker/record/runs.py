"""What is told to whoever measures courses of a record, wherever they are."""

from dataclasses import dataclass

from pigtrack import __version__
from pigtrack.model.record import Actor
from pigtrack.store.record.trail import Head


@dataclass(frozen=True, slots=True)
class Run:
    """What a worker must know beside the courses.

    Attributes
    ----------
    data : str
        The data folder, absolute.
    host : str
        The machine that hands out.
    uid : str
        The record's own identifier.
    begun : Head
        The entry of the trail that tells of this run: only the very same database has it.
    method : str
        Import path of a `Method`, ``module:name``.
    batch : str
        The batch's name, which a worker with other versions or settings would give otherwise.
    """

    data: str
    host: str
    uid: str
    begun: Head
    method: str
    batch: str
    actor: Actor
    pigtrack: str = __version__
