"""The command line: parses, asks the tracker, shows. Nothing is measured here and nothing heavy is imported.

`door` starts and ends; `courses`, `photographs`, `trials` and `record` hold the commands, which the help lists in the
order in which these are loaded; `choices` is what may be chosen, `shown` what is said.
"""

# ruff: noqa: I001 - the order of the help
from pigtrack.cli.door import app, main
from pigtrack.cli import courses, photographs, trials, record, record_looking, record_export, record_backup
from pigtrack.cli import record_work, record_corrections, record_people, record_erasing, record_trail, serve

__all__ = [
    "app",
    "courses",
    "main",
    "photographs",
    "record",
    "record_backup",
    "record_corrections",
    "record_erasing",
    "record_export",
    "record_looking",
    "record_people",
    "record_trail",
    "record_work",
    "serve",
    "trials",
]
