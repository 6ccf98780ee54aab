"""What goes out of the record: files that stand together, written whole or not at all, each with its digest."""

from pigtrack.store.bundle.manifest import MANIFEST, SUMS, FileDigest
from pigtrack.store.bundle.reading import Bundle, open_bundle
from pigtrack.store.bundle.writing import BundleWriter, new_bundle, refuse_existing

__all__ = [
    "MANIFEST",
    "SUMS",
    "Bundle",
    "BundleWriter",
    "FileDigest",
    "new_bundle",
    "open_bundle",
    "refuse_existing",
]
