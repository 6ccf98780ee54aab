"""What the command line lets people choose from; told here, as the modules that draw and measure load slowly."""

from enum import StrEnum


class Factor(StrEnum):
    """What courses are put side by side by."""

    PRODUCT = "product"
    TECHNIQUE = "technique"
    CAUSE = "cause"
    SKIN_TYPE = "skin_type"
    PROTOCOL = "protocol"
    DIAGNOSIS = "diagnosis"
    SITE = "site"


class ComparedEndpoint(StrEnum):
    """What is compared between courses."""

    LOAD = "load"
    AREA = "area"
    CONTRAST = "contrast"


class CourseMode(StrEnum):
    """How courses were measured."""

    SPOTS = "spots"
    FIELD = "field"


class Scenario(StrEnum):
    """Where the phantom is photographed."""

    STUDIO = "studio"
    WARD = "ward"
    PHONE = "phone"


class Tone(StrEnum):
    """The phantom's skin."""

    VERY_LIGHT = "very-light"
    LIGHT = "light"
    INTERMEDIATE = "intermediate"
    TAN = "tan"
    BROWN = "brown"
    DARK = "dark"


class Fate(StrEnum):
    """What becomes of the phantom's lesions."""

    MIXED = "mixed"
    STATIC = "static"
    FADE = "fade"
    SHRINK = "shrink"
    BOTH = "both"


class Language(StrEnum):
    """Of pages and charts; the command line speaks English."""

    ENGLISH = "en"
    GERMAN = "de"


class Scene(StrEnum):
    """What lies on the phantom's skin."""

    SPOTS = "spots"
    MELASMA = "melasma"


class Nuisance(StrEnum):
    """What may go wrong at the phantom's later sessions."""

    LAMP = "lamp"
    TILT = "tilt"
    DISTANCE = "distance"
    EXPOSURE = "exposure"
    REDNESS = "redness"
    NEEDLE_MARKS = "needle-marks"
    BRUISE = "bruise"
    TAN = "tan"
    HAIR = "hair"
    GLARE = "glare"
    SHEEN = "sheen"
    BLUR = "blur"
    NOISE = "noise"
    JPEG = "jpeg"
    LOCAL_TONE_MAPPING = "local-tone-mapping"
    CARD_SHADOW = "card-shadow"
    DECOYS = "decoys"
    STRAIN = "strain"


class UserRole(StrEnum):
    """What a user of the record may do."""

    CLINICIAN = "clinician"
    AUDITOR = "auditor"
    OWNER = "owner"


class Answer(StrEnum):
    """What a patient says to one purpose."""

    YES = "yes"
    NO = "no"


class ExportedAs(StrEnum):
    """In what form the record goes out."""

    CSV = "csv"
    LONG = "long"
    PARQUET = "parquet"
    JSONL = "jsonl"
    FHIR_R4B = "fhir-r4b"
    FHIR_R5 = "fhir-r5"
    DICOM = "dicom"
    CDISC = "cdisc"
    PDF = "pdf"
    BUNDLE = "bundle"


class ExportedVersions(StrEnum):
    """Which measurements of a course go out."""

    CURRENT = "current"
    ALL = "all"


class AgreedPurpose(StrEnum):
    """What a patient must have agreed to."""

    CARE = "care"
    RESEARCH = "research"
    TEACHING = "teaching"
