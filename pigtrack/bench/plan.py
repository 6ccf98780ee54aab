"""Which phantom courses the benchmark draws."""

from dataclasses import dataclass

SCENARIOS = ("studio", "ward", "phone")
TONES = ("light", "tan", "dark")

DEVELOPMENT_SEED = 100
RECORD_SEED = 5000
"""Seeds that the method was tuned on, and seeds kept for the record: they never meet."""

FALLS = (10.0, 20.0, 30.0, 40.0)
"""Percent that treated lesions have lost at the last of three sessions; at the second it is half of that."""

FADING = ("fade", "shrink", "both")
SESSIONS = 3
SHOTS = 3

MIXED, NUMBERED, STATIC = 8, 20, 23
"""For each scenario and tone in the record: courses that change in all ways, the seeds set aside for them, and
courses that do not change."""


@dataclass(frozen=True, slots=True)
class BenchJob:
    """One phantom course to draw, measure and compare.

    Attributes
    ----------
    fall : float or None
        Percent that every treated lesion has lost at the end; None: as ``change`` has it.
    shots : int
        Photographs a session, each set up anew where there are several.
    """

    scenario: str
    tone: str
    change: str
    seed: int
    sessions: int
    folder: str
    fall: float | None = None
    shots: int = 1

    @property
    def name(self) -> str:
        """Name of the course and of its folder."""
        fall = "" if self.fall is None else f"{self.fall:.0f}"
        shots = "" if self.shots == 1 else f"x{self.shots}"
        return f"{self.scenario}-{self.tone}-{self.change}{fall}{shots}-{self.seed}"


def plan_courses(*, full: bool, folder: str) -> tuple[BenchJob, ...]:
    """Plan the courses of the short or of the full benchmark.

    The short one has, for every scenario and tone, a course that changes and one that does not. The full one has many
    of both, every wanted size of fall once by single shots, and by three reseated shots a course that does not change
    and one that falls by 10 or 20 %.
    """
    start, numbered, static = (RECORD_SEED, NUMBERED, STATIC) if full else (DEVELOPMENT_SEED, 1, 1)
    kinds = [(scenario, tone) for scenario in SCENARIOS for tone in TONES]
    changes = ("mixed",) * numbered + ("static",) * static
    asked = [(*kind, change) for change in changes for kind in kinds]
    plain = [BenchJob(*each, start + number, SESSIONS, folder) for number, each in enumerate(asked)]
    if not full:
        return tuple(plain)
    kept = plain[: MIXED * len(kinds)] + plain[NUMBERED * len(kinds) :]
    return (*kept, *_falls(kinds, start + len(plain), folder))


def _falls(kinds: list[tuple[str, str]], seed: int, folder: str) -> list[BenchJob]:
    jobs: list[BenchJob] = []
    for turn, fall in enumerate(FALLS):
        for number, kind in enumerate(kinds):
            change = FADING[(turn + number) % len(FADING)]
            jobs.append(BenchJob(*kind, change, seed + len(jobs), SESSIONS, folder, fall))
    for number, kind in enumerate(kinds):
        change = FADING[number % len(FADING)]
        jobs.append(BenchJob(*kind, "static", seed + len(jobs), 2, folder, shots=SHOTS))
        jobs.append(BenchJob(*kind, change, seed + len(jobs), 2, folder, FALLS[number % 2], SHOTS))
    return jobs
