"""Whether a record is what was written: the trail, every row, every measurement, every original, each named if not."""

from pigtrack.model.progress import Progress
from pigtrack.store.record.checking.bundled import check_bundle
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.whole import check_database, check_record

__all__ = ["Mismatch", "Progress", "Tally", "check_bundle", "check_database", "check_record"]
