"""How sentences are set in a page's template: escaped, kept whole, and marked where they are of another language."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pigtrack.model.catalogue import Catalogue
from pigtrack.report.page import Foreign, Said

_HELD = re.compile(r"\((?=[^()]*\d)[^()]{1,36}\)")
"""An interval holds digits and is that short; a remark in brackets must be free to run on, as on a phone."""


def environment(catalogue: Catalogue) -> Environment:
    """Return the templates of the pages, with the catalogue's ``say`` and its language.

    Filter ``told`` sets a sentence, ``hold`` a text whose brackets must not be torn.
    """
    templates = Environment(
        loader=PackageLoader("pigtrack.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["hold"] = hold
    templates.filters["told"] = lambda said: _told(said, catalogue.language)
    templates.globals.update(say=catalogue.say, language=catalogue.language)
    return templates


def hold(text: str) -> Markup:
    """Keep what stands in brackets on one line: an interval torn apart is read as one number."""
    return Markup(_HELD.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def _told(said: Said, language: str) -> Markup:
    if not isinstance(said, Foreign):
        return hold(said)
    if said.language == language:
        return hold(said.text)
    return Markup('<span lang="{}">{}</span>').format(said.language, hold(said.text))
