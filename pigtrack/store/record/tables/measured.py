"""Tables of what was measured: versions with their rows, corrections by hand, signatures, what is still to do."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from pigtrack.store.record.tables.columns import content_column, id_column, metadata, reference

reviews = Table(
    "reviews",
    metadata,
    id_column(),
    reference("course_id", indexed=True),
    Column("blinded", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    content_column(),
)

corrections = Table(
    "corrections",
    metadata,
    id_column(),
    reference("course_id"),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("blinded", Boolean, nullable=False),
    reference("review_id", nullable=True),
    content_column(),
    UniqueConstraint("course_id", "number"),
)

measurements = Table(
    "measurements",
    metadata,
    id_column(),
    reference("course_id"),
    Column("number", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("pigtrack", Text, nullable=False),
    Column("algorithms", Text, nullable=False),
    Column("versions_digest", Text, nullable=False),
    Column("settings_digest", Text, nullable=False),
    Column("input_digest", Text, nullable=False),
    Column("rows_digest", Text, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("exploratory", Boolean, nullable=False),
    Column("session_columns", Text, nullable=False),
    Column("lesion_columns", Text, nullable=False),
    Column("photo_columns", Text, nullable=False),
    Column("labels", Text),
    content_column(),
    UniqueConstraint("course_id", "number"),
    UniqueConstraint("course_id", "input_digest", "versions_digest", "settings_digest", name="uq_measurements_input"),
)

_CHANGE = tuple(
    f"{endpoint}_{what}"
    for endpoint in ("area", "contrast", "load")
    for what in ("change_percent", "change_ci_low", "change_ci_high")
)

session_rows = Table(
    "session_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("days_from_baseline", Integer),
    Column("qc_status", Text, nullable=False),
    Column("lesion_count", Integer),
    *(
        Column(name, Double)
        for name in ("area_total_mm2", "area_total_mm2_u", "contrast_delta_mi", "contrast_delta_mi_u")
    ),
    *(Column(name, Double) for name in ("pigment_load", "pigment_load_u", *_CHANGE)),
    Column("verdict", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

lesion_rows = Table(
    "lesion_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("lesion_id", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    *(Column(name, Double) for name in ("area_mm2", "delta_mi", "pigment_load")),
    Column("verdict", Text, nullable=False),
    Column("cells", Text, nullable=False),
    sqlite_with_rowid=False,
)

photo_rows = Table(
    "photo_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("session", Integer, nullable=False),
    Column("qc_status", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

shot_values = Table(
    "shot_values",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("shot", Integer, primary_key=True),
    Column("reseated", Boolean, nullable=False),
    *(
        column
        for name, unit in (("area", "mm2"), ("contrast", "mi"), ("load", "mi_mm2"))
        for column in (Column(f"{name}_lesions", Integer, nullable=False), Column(f"{name}_{unit}", Double))
    ),
    sqlite_with_rowid=False,
)

sign_offs = Table(
    "sign_offs",
    metadata,
    id_column(),
    reference("measurement_id", indexed=True),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("rows_digest", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("batch", Text, primary_key=True),
    Column("course_id", Text, ForeignKey("courses.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("owner", Text),
    Column("taken_at", Text),
    Column("tries", Integer, nullable=False),
    Column("fault", Text),
    Index("ix_jobs_batch_state", "batch", "state"),
    sqlite_with_rowid=False,
)
