"""Gives the record out in the formats of others: chosen, told to the trail, and written whole or not at all."""

from pigtrack.tracker.record.exporting.giving import Exported, export_record

__all__ = ["Exported", "export_record"]
