"""What each key of a protocol file means: the one place from which the manual's table is made."""

from dataclasses import dataclass

from pigtrack.store.protocol_numbers import NUMBERS, OPTIONAL, PAIRS, UNTREATED


@dataclass(frozen=True, slots=True)
class Key:
    """A key: what it holds, what it means, and what happens without it."""

    name: str
    holds: str
    meaning: str
    without: str


_TEXT = "a text"
_TEXTS = "texts by name"
_LIST = "a list"
_NEEDED = "must be there, or come from the base"
_NOTHING = "nothing is said"
_IN_SCHEDULE = {
    "sessions_usual": "Fewest and most sessions of most courses; within sessions_range.",
    "sessions_range": "Fewest and most of any course; after the most, no next session is planned.",
    "interval_days": "Least and most days from one treatment to the next: the window in which a session is planned.",
    "darkening_days": "Days after a treatment from and to which treated skin may be darker for a while.",
    "visible_from_session": "The session from whose photograph on a change may show; it is taken before the procedure.",
    "clearer_from_session": "The session from whose photograph on it may show more clearly; not before the former.",
    "visible_from_days": "Days from the first treatment before which nothing is expected to show.",
    "quiet_days": "Days after a treatment in which photographs are kept out of the trend; at most the least interval.",
}
_TOP = (
    Key("base", "a known name", "The protocol that this one builds on; what stands here stands in its place.", "none"),
    Key("title", _TEXT, "Its name for people.", _NEEDED),
    Key("about", _TEXT, "What is done, in a sentence or two.", _NOTHING),
    Key("season", _TEXT, "When in the year.", _NOTHING),
    Key("source", "a source", "Where the numbers come from that name no source of their own.", _NEEDED),
    Key("example", "true or false", "Drawn from the literature for a clinic to adapt.", "`false`"),
    Key("treats", "true or false", "`false`: the skin is only watched, and nothing is expected to show.", "`true`"),
)
_TABLES = (
    Key("[sources]", _TEXTS, "Sources with a short name each.", "sources are told in so many words"),
    Key("[[note]]", _LIST, "What else is worth knowing before a course, for the person who treats.", _NOTHING),
    Key("[[capture]]", _LIST, "When and how to photograph at a session, in order.", _NOTHING),
    Key(
        "[[step]]",
        _LIST,
        "Steps of a session; `minutes = [10, 15]`; `photograph = true` where the photographs are taken.",
        _NOTHING,
    ),
    Key(
        "[[reaction]]",
        _LIST,
        "What is usual afterwards; `days = [1, 3]`: over after so many; `name`: its word in adverse_events.",
        _NOTHING,
    ),
    Key(
        "[[aftercare]]",
        _LIST,
        "What to leave alone, or do; `hours` from the session's time, none: during the whole course.",
        _NOTHING,
    ),
    Key("[patch_test]", "`site`, `hours`", "The test of the skin before the first session.", _NOTHING),
    Key(
        "[screen]", _TEXTS, "Questions before the course; course.toml answers them by these names.", "nothing is asked"
    ),
    Key("[complications]", _TEXTS, "Adverse events to be recorded, under these names.", _NOTHING),
    Key("[techniques]", _TEXTS, "Ways to treat, by the words of course.toml; `needles = true` or `false`.", _NOTHING),
    Key(
        "[[product]]",
        _LIST,
        "Products: `name`, `maker`, `country`, `ingredients`, `used_for`, `sessions`; no recommendation.",
        _NOTHING,
    ),
    Key("[ingredients]", _TEXTS, "Common ingredients, with what is said of them.", _NOTHING),
)


def describe_protocol_keys() -> tuple[Key, ...]:
    """Return every key of a protocol file, in the order in which one is best written."""
    return (*_TOP, *(_number(name) for name in (*PAIRS, *NUMBERS)), *_TABLES)


def _number(name: str) -> Key:
    least, largest = PAIRS.get(name) or NUMBERS[name]
    kind = "two whole numbers" if name in PAIRS else "a whole number"
    without = f"{_NEEDED}, unless nobody is treated" if name in UNTREATED else _NEEDED
    if name in OPTIONAL:
        without = _NOTHING
    return Key(f"[schedule] {name}", f"{kind}, {least} to {largest}", _IN_SCHEDULE[name], without)
