"""The words of one language: every sentence a person reads on a page or a chart, by its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pigtrack.model.flags import QualityFlag
from pigtrack.model.quality import QualityCheck

MINUS = "\u2212"

Words = Mapping[str, str]
"""One text in several languages, by language code; under ``""`` one that serves all."""


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue:
    """Sentences of one language with places for values, and how it writes numbers and dates.

    Attributes
    ----------
    language : str
        Two letters, as in HTML's ``lang``.
    entries : mapping of str to str
        Sentence by key, ``page.title`` say, with ``{name}`` where a value goes. A key that counts has two:
        ``key.one`` and ``key.other``.
    decimal : str
        The decimal sign.
    months : tuple of str
        Twelve names, for `day`.
    flags : mapping of str to tuple of str
        Meaning and remedy of a quality flag by its name; those that are not here are said in English.
    checks : mapping of str to tuple of str
        Name and usual remedy of a check of a photograph; an empty remedy: the check's own words serve.
    """

    language: str
    entries: Mapping[str, str]
    decimal: str = "."
    date_form: str = "{day} {month} {year}"
    months: tuple[str, ...] = ()
    flags: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    checks: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence with its values put in.

        Raises
        ------
        ValueError
            If the catalogue has no such sentence.
        """
        if key not in self.entries:
            raise ValueError(f"the catalogue {self.language!r} has no sentence {key!r}")
        return self.entries[key].format(**values)

    def count(self, key: str, count: int, /, **values: object) -> str:
        """Return the sentence for one or for several, with ``{count}`` put in."""
        return self.say(f"{key}.{'one' if count == 1 else 'other'}", count=count, **values)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with so many digits after the decimal sign, and a true minus."""
        text = f"{abs(value):.{digits}f}"
        sign = MINUS if value < 0 and float(text) else ""
        return sign + text.replace(".", self.decimal)

    def signed(self, value: float, digits: int = 0) -> str:
        """Write a number as `number` does, with a plus where it rounds to more than nought."""
        text = self.number(value, digits)
        return f"+{text}" if value > 0 and float(f"{value:.{digits}f}") else text

    def day(self, when: date) -> str:
        """Write a day in words: 11 January 2026."""
        return self.date_form.format(day=when.day, month=self.months[when.month - 1], year=when.year)

    def choose(self, words: Words) -> str:
        """Return a text in this language; else the one for all, else the English one, else any."""
        for language in (self.language, "", "en"):
            if language in words:
                return words[language]
        return next(iter(words.values()), "")

    def meaning(self, flag: QualityFlag) -> str:
        """Return what a flag means, one sentence."""
        return self.flags[flag.value][0] if flag.value in self.flags else flag.meaning

    def remedy(self, flag: QualityFlag) -> str:
        """Return what to do about a flag, one sentence."""
        return self.flags[flag.value][1] if flag.value in self.flags else flag.remedy

    def check_name(self, name: str) -> str:
        """Return what a check is called on a page."""
        return self.checks[name][0] if name in self.checks else name.replace("_", " ")

    def check_remedy(self, check: QualityCheck) -> str:
        """Return what to do about a check: its own words, or the usual ones where those are of another language."""
        usual = self.checks[check.name][1] if check.name in self.checks else ""
        return usual or check.remedy
