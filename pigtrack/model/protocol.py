"""What is planned for a course: a protocol as its file tells it. It records practice and promises nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pigtrack.model.catalogue import Words


@dataclass(frozen=True, eq=False, slots=True)
class Aftercare:
    """One thing to leave alone, or to do, after a session; ``hours`` from the session, None: all the course."""

    hours: float | None
    what: Words


@dataclass(frozen=True, eq=False, slots=True)
class Reaction:
    """What the skin usually shows after a session, and after how many days, least and most, it is usually gone.

    ``name``: the word by which course.toml records it where it was more than usual; None: none is known.
    """

    what: Words
    days: tuple[int, int]
    name: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One step of a session; ``minutes``: how long it takes, least and most, None: no time is told.

    ``photograph``: the photographs are taken here.
    """

    what: Words
    minutes: tuple[int, int] | None = None
    photograph: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Technique:
    """A way to treat; ``name`` is the word that course.toml uses. ``needles`` None: not told."""

    name: str
    what: Words
    needles: bool | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Product:
    """A product as it is named on its package; ``sessions``: fewest and most that its courses are said to take."""

    name: str
    maker: str | None = None
    country: str | None = None
    ingredients: tuple[str, ...] = ()
    used_for: Words = field(default_factory=dict)
    sessions: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PatchTest:
    """A test of the skin before the first session."""

    site: Words
    hours: float


@dataclass(frozen=True, eq=False, slots=True)
class Protocol:
    """How a course of one treatment usually goes.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    title : Words
        For people.
    source : str
        Where the numbers come from.
    sessions_usual : tuple of int
        Fewest and most sessions of most courses.
    sessions_range : tuple of int
        Fewest and most of any course.
    interval_days : tuple of int
        Least and most days from one session to the next.
    visible_from_session, clearer_from_session : int
        From which session on a change may be seen at all, and from which more clearly, on a photograph taken before
        that session's procedure. Before it, a flat chart is what is expected.
    visible_from_days : int
        Days from the first session before which nothing is expected to show.
    quiet_days : int
        Days after a procedure in which photographs are kept out of the trend.
    capture : tuple of Words
        When and how to photograph at a session, in order.
    aftercare : tuple of Aftercare
    screen : tuple of Words
        Questions before a course; a yes is signed with a reason.
    complications : tuple of Words
        Adverse events to be recorded if they happen.
    screen_keys, complication_keys : tuple of str
        The names of these questions and events in course.toml, in the same order.
    about, season : Words
        What the treatment is, and when in the year; empty: nothing is said.
    steps : tuple of Step
        Of a session, in order.
    reactions : tuple of Reaction
        What is usual after a session, and no adverse event.
    techniques : tuple of Technique
    products : tuple of Product
    ingredients : mapping of str to Words
        Common ones by name, with what is said of them.
    patch_test : PatchTest or None
    notes : tuple of Words
        What else is worth knowing before a course, for the person who treats.
    treats : bool
        False: nobody is treated, the course is only watched; then nothing is expected to show.
    example : bool
        True: drawn from the literature for a clinic to adapt, nobody's own practice.
    darkening_days : tuple of int or None
        From which to which day after a treatment treated skin may be darker for a while (after a laser or a peel, the
        more the darker the skin); None: nothing is known of it.
    cited : mapping of str to tuple of str
        The sources of each number, by its name in the file.
    digest : str
        SHA-256 of the file, and of the one it is based on.
    """

    name: str
    title: Words
    source: str
    sessions_usual: tuple[int, int]
    sessions_range: tuple[int, int]
    interval_days: tuple[int, int]
    visible_from_session: int
    clearer_from_session: int
    visible_from_days: int
    quiet_days: int
    capture: tuple[Words, ...] = ()
    aftercare: tuple[Aftercare, ...] = ()
    screen: tuple[Words, ...] = ()
    complications: tuple[Words, ...] = ()
    screen_keys: tuple[str, ...] = ()
    complication_keys: tuple[str, ...] = ()
    about: Words = field(default_factory=dict)
    season: Words = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    techniques: tuple[Technique, ...] = ()
    products: tuple[Product, ...] = ()
    ingredients: Mapping[str, Words] = field(default_factory=dict)
    patch_test: PatchTest | None = None
    notes: tuple[Words, ...] = ()
    treats: bool = True
    example: bool = False
    darkening_days: tuple[int, int] | None = None
    cited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""

    def find_technique(self, told: str) -> Technique | None:
        """Return the technique that course.toml names, by its name or by its words in any language."""
        wanted = told.strip().casefold()
        for each in self.techniques:
            if wanted in {each.name.casefold(), *(word.casefold() for word in each.what.values())}:
                return each
        return None

    def find_product(self, told: str) -> Product | None:
        """Return the product that course.toml names."""
        return next((each for each in self.products if each.name.casefold() == told.strip().casefold()), None)

    def find_complication(self, told: str) -> Words | None:
        """Return what an adverse event of this kind is called, by its name in the file or its words.

        A reaction that is usual is one too where course.toml records it: it was more than usual then.
        """
        wanted = told.strip().casefold()
        reactions = ((each.name or "", each.what) for each in self.reactions)
        for key, words in (*zip(self.complication_keys, self.complications, strict=True), *reactions):
            names = {key, key.replace("-", " "), *words.values()} - {""}
            if wanted in {each.casefold() for each in names}:
                return words
        return None
