"""Photographs as DICOM VL Photographic Images; PS3.3, A.32.4."""

import struct

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, VLPhotographicImageStorage

from pigtrack.errors import ExportError
from pigtrack.export.cells import as_told
from pigtrack.export.dicom import Decode
from pigtrack.export.dicom.identity import (
    file_bytes,
    find_visit,
    make_uid,
    photograph_uid,
    plain_text,
    start_dataset,
)
from pigtrack.export.pictures import (
    JPEG_START,
    Segment,
    adobe_transform,
    clean_jpeg,
    coding,
    exif_orientation,
    frame_of,
    icc_profile,
    read_segments,
)
from pigtrack.export.visits import Visit
from pigtrack.model.record import RecordedCourse, RecordedPhotograph

SERIES = 1
"""Number of the photographs' series within a session's study."""

_EXTERNAL_CAMERA = "XC"
_BASELINE = 0
_SIDES = ("left", "right")


def write_photograph(
    course: RecordedCourse, photograph: RecordedPhotograph, *, offsets: bool, decode: Decode | None
) -> bytes:
    """Return a photograph as a file; see `pigtrack.export.dicom.photographic_image`."""
    visit = find_visit(course, photograph.session)
    data = photograph.read()
    title = f"Photograph {photograph.position} of session {photograph.session} of course {course.course.id}"
    dataset = photograph_header(course, visit, photograph, offsets=offsets)
    segments = list(read_segments(data, name=title)) if data.startswith(JPEG_START) else []
    if fits_as_it_is(segments):
        return file_bytes(_with_jpeg(dataset, data, segments, title), JPEGBaseline8Bit)
    return file_bytes(_with_pixels(dataset, data, decode, title), ExplicitVRLittleEndian)


def photograph_header(
    course: RecordedCourse, visit: Visit, photograph: RecordedPhotograph, *, offsets: bool
) -> Dataset:
    """Return all of an image but its pixels."""
    dataset = start_dataset(course, visit, offsets=offsets)
    row = next((row for row in visit.photos if row["photo"] == photograph.name), {})
    dataset.SOPClassUID = VLPhotographicImageStorage
    dataset.SOPInstanceUID = photograph_uid(course, visit.number, photograph.position, offsets=offsets)
    dataset.Modality = _EXTERNAL_CAMERA
    dataset.SeriesInstanceUID = make_uid(course, "photographs", visit.number, offsets=offsets)
    dataset.SeriesNumber, dataset.InstanceNumber = SERIES, photograph.position
    site = (course.course.site or "").strip().lower()
    dataset.SeriesDescription = plain_text(f"Photographs: {site or 'skin'}")
    dataset.Manufacturer = ""
    if row.get("camera"):
        dataset.ManufacturerModelName = plain_text(as_told(row["camera"]))
    dataset.PatientOrientation = ""
    dataset.Laterality = next((side[0].upper() for side in _SIDES if site.startswith(f"{side} ")), "")
    dataset.AnatomicRegionSequence = [_skin()]
    if row.get("taken") and not offsets:
        dataset.AcquisitionDateTime = "".join(sign for sign in row["taken"][:19] if sign.isdigit())
    dataset.AcquisitionContextSequence = []
    dataset.ImageComments = f"Original file: SHA-256 {photograph.sha256}."
    return dataset


def fits_as_it_is(segments: list[Segment]) -> bool:
    """Tell whether a JPEG is one that DICOM's baseline transfer syntax holds: 8 bits, grey or three colours."""
    frame = frame_of(segments)
    return coding(segments) == _BASELINE and len(frame) >= 6 and frame[0] == 8 and frame[5] in (1, 3)


def stored_orientation(data: bytes) -> int:
    """Return how the pixels of an image's file lie: as EXIF says for a JPEG held as it is, else upright."""
    if not data.startswith(JPEG_START):
        return 1
    segments = list(read_segments(data))
    return exif_orientation(segments) if fits_as_it_is(segments) else 1


def _with_jpeg(dataset: Dataset, data: bytes, segments: list[Segment], title: str) -> Dataset:
    clean = clean_jpeg(data, turned=False, name=title)
    _, rows, columns, samples = struct.unpack_from(">BHHB", frame_of(segments))
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    _tell_pixels(dataset, rows, columns, samples, _colours(segments))
    profile = icc_profile(segments)
    if profile:
        dataset.ICCProfile = profile + b"\0" * (len(profile) % 2)
    dataset.LossyImageCompression, dataset.LossyImageCompressionMethod = "01", "ISO_10918_1"
    dataset.LossyImageCompressionRatio = f"{rows * columns * samples / len(clean):.3f}"
    way = exif_orientation(segments)
    if way != 1:
        dataset.ImageComments += f" The pixels are to be turned: EXIF orientation {way}."
    dataset.PixelData = encapsulate([clean])
    dataset["PixelData"].VR = "OB"
    return dataset


def _colours(segments: list[Segment]) -> str:
    """Return the photometric interpretation of a JPEG; PS3.3, C.8.12.1."""
    if frame_of(segments)[5] == 1:
        return "MONOCHROME2"
    # Photographic images know no other YCbCr, however the chroma is sampled; the coded data say it themselves.
    return "RGB" if adobe_transform(segments) == 0 else "YBR_FULL_422"


def _skin() -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = codes.SCT.Skin[:3]
    return item


def _with_pixels(dataset: Dataset, data: bytes, decode: Decode | None, title: str) -> Dataset:
    if decode is None:
        raise ExportError(
            f"{title} is no baseline JPEG, so DICOM can't hold the file as it is.",
            "Export it with its pixels decoded.",
        )
    pixels = decode(data)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.name != "uint8":
        raise ValueError(f"pixels must be uint8 of shape (rows, columns, 3), got {pixels.dtype} {pixels.shape}")
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.DerivationDescription = "Decoded from a file that DICOM can not hold, upright, in sRGB of 8 bits."
    _tell_pixels(dataset, pixels.shape[0], pixels.shape[1], 3, "RGB")
    dataset.LossyImageCompression = "01" if data.startswith(JPEG_START) else "00"
    if dataset.LossyImageCompression == "01":
        dataset.LossyImageCompressionRatio = f"{pixels.size / len(data):.3f}"
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
    body = pixels.tobytes()
    dataset.PixelData = body + b"\0" * (len(body) % 2)
    dataset["PixelData"].VR = "OB"
    return dataset


def _tell_pixels(dataset: Dataset, rows: int, columns: int, samples: int, colours: str) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = samples, colours
    if samples > 1:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
