"""Everything that pigtrack raises on purpose.

``ValueError`` means that our caller erred. A `PigtrackError` means that the world did: it carries one
sentence for the person at the keyboard, with the problem and its remedy, and never a traceback.
"""


class PigtrackError(Exception):
    """Something a person can mend: ``problem`` says what is wrong, ``remedy`` what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__("\n".join([problem, remedy]) if "\n" in problem else f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["PigtrackError"], tuple[str, str], dict[str, object]]:
        """Survive the way back from a worker process, with all that was said."""
        return type(self), (self.problem, self.remedy), dict(self.__dict__)


class PhotographError(PigtrackError):
    """A photograph is missing, undecodable, or not a kind of picture that can be measured."""


class CardError(PigtrackError):
    """No known card can be read in the photograph, or the card file itself is wrong.

    ``seen`` tells whether a card is there, though it can't be used: hidden, blown out, mirrored, of another make.
    """

    def __init__(self, problem: str, remedy: str, *, seen: bool = False) -> None:
        super().__init__(problem, remedy)
        self.seen = seen


class RegistrationError(PigtrackError):
    """A photograph cannot be laid over the baseline."""


class CourseError(PigtrackError):
    """A course cannot be measured: its course.toml is wrong or no session is usable.

    All faults of one course.toml are reported together, one a line.
    """


class OutputError(PigtrackError):
    """Results cannot be written where they were asked for."""


class ProtocolError(PigtrackError):
    """No protocol of that name is known, or the protocol file itself is wrong.

    All faults of one file are reported together, one a line.
    """


class RecordError(PigtrackError):
    """The clinic's record can't be opened, read or written as was asked."""


class UnusableError(RecordError):
    """The record can't be used just now: a full disk, somebody who writes for long. The same may be asked again."""


class UnknownError(RecordError):
    """The record holds nothing of that name."""


class OriginalError(RecordError):
    """An original is missing, damaged, or can't be kept; ``name`` says which."""

    def __init__(self, problem: str, remedy: str, *, name: str = "") -> None:
        super().__init__(problem, remedy)
        self.name = name


class NotAllowedError(RecordError):
    """The user who asks may not do this."""


class NotSignedInError(NotAllowedError):
    """Nobody is signed in, or not any more."""


class TooOftenError(NotAllowedError):
    """It was tried too often, or by too many at once; ``wait_s`` seconds later it may be tried again."""

    def __init__(self, problem: str, remedy: str, *, wait_s: float = 60) -> None:
        super().__init__(problem, remedy)
        self.wait_s = wait_s


class FormError(PigtrackError):
    """What was typed into a form, or sent, can't be taken as it is; ``field`` says where."""

    def __init__(self, problem: str, remedy: str, *, field: str = "") -> None:
        super().__init__(problem, remedy)
        self.field = field


class ExportError(PigtrackError):
    """Something can't be exported in the format that was asked for."""


class SheetError(PigtrackError):
    """A spreadsheet, or the mapping that says what its columns are, can't be used.

    All faults of one are reported together, one a line, each with its row and column.
    """
