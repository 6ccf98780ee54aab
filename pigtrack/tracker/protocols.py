"""What is asked of protocols: to be listed, told in words, checked and copied. The command line speaks English."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from pigtrack.errors import OutputError
from pigtrack.model.catalogue import Words
from pigtrack.model.protocol import Protocol
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.naming import quoted
from pigtrack.store.protocol_file import list_protocols, load_protocol, protocol_text

_INDENT, _WIDTH = "  ", 100


def tell_protocols() -> tuple[str, ...]:
    """Return two lines for each protocol that pigtrack knows: its name and title, and how its courses usually go."""
    return tuple(line for each in list_protocols() for line in (_name(each), f"{_INDENT}{_in_short(each)}"))


def tell_protocol(*, protocol: str) -> tuple[str, ...]:
    """Return a protocol in words, line by line, with the source of every number.

    Parameters
    ----------
    protocol : str
        A known name, or the path of a file.

    Raises
    ------
    ProtocolError
        If there is none, or its file is wrong: all faults together.
    """
    told = load_protocol(protocol)
    return (_name(told), *(line for each in _lines(told) for line in _wrapped(each)))


def write_protocol(*, protocol: str, out: Path) -> Path:
    """Write a copy of a known protocol's file, to be edited.

    Raises
    ------
    ProtocolError
        If there is none of that name.
    OutputError
        If the file is there already, or can't be written.
    """
    text, path = protocol_text(protocol), Path(out)
    if path.suffix != ".toml":
        raise OutputError(f"{quoted(path)} does not end in .toml.", "Name a file that does: my-clinic.toml, say.")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as fault:
        raise OutputError(f"{quoted(path)} is there already.", "Name another file.") from fault
    except OSError as fault:
        raise OutputError(
            f"{quoted(path)} can't be written ({fault.strerror}).", "Check the folder's rights and space."
        ) from fault
    return path


def _wrapped(line: str) -> list[str]:
    """A line folded to what a terminal shows, the rest of it below its first word; addresses stay whole."""
    hang = _INDENT if line.startswith((_INDENT, "- ")) else ""
    indent = len(line) - len(line.lstrip())
    return textwrap.wrap(
        line.strip(),
        _WIDTH,
        initial_indent=_INDENT + " " * indent,
        subsequent_indent=_INDENT + " " * indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _name(protocol: Protocol) -> str:
    return f"{protocol.name}: {_english(protocol.title)}"


def _in_short(protocol: Protocol) -> str:
    sessions, days = _span(protocol.sessions_usual), _span(protocol.interval_days)
    visits = f"{sessions} {'sessions' if protocol.treats else 'visits'}, {days} days apart"
    quiet = f"{protocol.quiet_days} days after each kept out of the trend" if protocol.treats else "nobody is treated"
    return f"{visits}; {quiet}"


def _lines(protocol: Protocol) -> Iterator[str]:
    yield from filter(None, (_english(protocol.about), _english(protocol.season)))
    if protocol.example:
        yield "An example from the literature, for a clinic to adapt."
    yield from _schedule(protocol)
    yield from _block("Worth knowing before", map(_english, protocol.notes))
    yield from _block("How to photograph", map(_english, protocol.capture))
    yield from _block("A session", (_step(each.what, each.minutes) for each in protocol.steps))
    yield from _block(
        "Usual afterwards",
        (f"{_english(each.what)}: over after {_span(each.days)} days" for each in protocol.reactions),
    )
    yield from _block("Aftercare", (f"{_hours(each.hours)}: {_english(each.what)}" for each in protocol.aftercare))
    if protocol.patch_test is not None:
        yield f"Patch test: {_english(protocol.patch_test.site)}, {protocol.patch_test.hours:g} hours"
    yield from _block("Asked before the course ([screen])", _keyed(protocol.screen_keys, protocol.screen))
    yield from _block(
        "Recorded if it happens (adverse_events)", _keyed(protocol.complication_keys, protocol.complications)
    )
    yield from _block("Techniques", (f"{each.name}: {_english(each.what)}" for each in protocol.techniques))
    yield from _block("Products named, not recommended", (_product(protocol, k) for k in range(len(protocol.products))))
    yield from _block("Ingredients", _keyed(tuple(protocol.ingredients), tuple(protocol.ingredients.values())))
    yield from _sources(protocol)


def _schedule(protocol: Protocol) -> Iterator[str]:
    what = "Sessions" if protocol.treats else "Visits"
    yield f"{what}: usually {_span(protocol.sessions_usual)}; any course {_span(protocol.sessions_range)}"
    yield f"Days from one to the next: {_span(protocol.interval_days)}"
    if protocol.treats:
        yield (
            f"A change may show from session {protocol.visible_from_session} and day {protocol.visible_from_days} on, "
            f"more clearly from session {protocol.clearer_from_session} on"
        )
        yield f"Days kept out of the trend after a treatment: {protocol.quiet_days}"
    if protocol.darkening_days is not None:
        yield f"Treated skin may be darker for a while: days {_span(protocol.darkening_days)} after a treatment"


def _sources(protocol: Protocol) -> Iterator[str]:
    """Each source with the numbers that rest on it."""
    numbers: dict[str, list[str]] = {}
    for name, sources in protocol.cited.items():
        for source in sources:
            numbers.setdefault(source, []).append(name)
    yield from _block("Sources", (f"{source} ({', '.join(names)})" for source, names in numbers.items()))
    yield f"All else: {protocol.source}"


def _block(title: str, lines: Iterator[str]) -> Iterator[str]:
    for count, line in enumerate(lines):
        if count == 0:
            yield f"{title}:"
        yield f"{_INDENT}- {line}"


def _keyed(keys: tuple[str, ...], texts: tuple[Words, ...]) -> Iterator[str]:
    return (f"{key}: {_english(text)}" for key, text in zip(keys, texts, strict=True))


def _step(what: Words, minutes: tuple[int, int] | None) -> str:
    return _english(what) if minutes is None else f"{_english(what)} ({_span(minutes)} minutes)"


def _product(protocol: Protocol, index: int) -> str:
    each = protocol.products[index]
    made = ", ".join(filter(None, (each.maker, each.country)))
    sessions = "" if each.sessions is None else f"{_span(each.sessions)} sessions"
    about = "; ".join(filter(None, (_english(each.used_for), ", ".join(each.ingredients), sessions)))
    return f"{each.name}{f' ({made})' if made else ''}{f': {about}' if about else ''}"


def _hours(hours: float | None) -> str:
    return "whole course" if hours is None else f"{hours:g} hours"


def _span(ends: tuple[int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _english(words: Words) -> str:
    return load_catalogue("en").choose(words)
