"""Draw a phantom course into a folder."""

from collections.abc import Sequence
from pathlib import Path

from pigtrack.imaging.phantom import ChangeKind, Nuisance, PhantomPlan, Scenario, Scene
from pigtrack.model.progress import Progress
from pigtrack.store.phantom_folder import write_phantom


def render_phantom(
    *,
    out: Path,
    seed: int = 1,
    scenario: str = "ward",
    tone: str = "light",
    sessions: int = 3,
    shots: int = 1,
    change: str = "mixed",
    nuisances: Sequence[str] = (),
    megapixels: float = 4.0,
    fall: float | None = None,
    reseated: bool = False,
    freckles: int = 0,
    scene: str = "spots",
    progress: Progress | None = None,
) -> Path:
    """Draw a course of photographs whose truth is known, whole or not at all.

    Parameters
    ----------
    out : Path
        A folder that does not exist yet, or is empty.
    fall : float or None
        Percent that every treated lesion has lost at the last session, for ``fade``, ``shrink`` and ``both``.
    reseated : bool
        Every shot of a session is set up anew.
    freckles : int
        So many freckles on the treated skin in place of single lesions.

    Raises
    ------
    OutputError
        If the folder can't be written.
    """
    plan = PhantomPlan(
        seed=seed,
        scenario=Scenario(scenario),
        tone=tone,
        sessions=sessions,
        shots=shots,
        change=ChangeKind(change),
        nuisances=frozenset(Nuisance(each) for each in nuisances),
        megapixels=megapixels,
        fall=fall,
        reseated=reseated,
        freckles=freckles,
        scene=Scene(scene),
    )
    watch = None if progress is None else lambda done, total: progress(done, total, "Drawing photograph")
    return write_phantom(Path(out), plan, progress=watch)
