"""What a form about a course offers to choose from."""

from dataclasses import dataclass

from pigtrack.model.catalogue import Words
from pigtrack.store.card_names import card_titles
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.protocol_file import list_protocols


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Names with their titles: of cards and protocols; and the codes of the languages a patient may read."""

    cards: tuple[tuple[str, str], ...]
    protocols: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]


def on_offer() -> OnOffer:
    """Return what there is to choose from."""
    protocols = tuple((each.name, in_english(each.title)) for each in list_protocols())
    return OnOffer(card_titles(), protocols, list_languages())


def in_english(words: Words) -> str:
    """Return a text of a protocol as staff read it."""
    return load_catalogue("en").choose(words)
