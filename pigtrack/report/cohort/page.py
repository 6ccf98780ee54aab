"""What the cohort's page holds, top to bottom: sentences ready to be set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as the table shows it; ``figures`` go with the table's two headings."""

    name: str
    who: tuple[str, ...]
    figures: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One group against another; ``figures`` go with the table's two headings."""

    names: str
    figures: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpreadCard:
    """What the model found in one group."""

    name: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CohortPage:
    """Everything on the page, top to bottom, but for its headings."""

    title: str
    scope: str
    warnings: tuple[str, ...]
    chart: str | None
    headings: tuple[str, ...]
    groups: tuple[GroupRow, ...]
    group_notes: tuple[str, ...]
    pairs: tuple[PairRow, ...]
    pair_notes: tuple[str, ...]
    left_out: tuple[str, ...]
    spread: tuple[SpreadCard, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    footer: str
