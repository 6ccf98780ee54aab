"""The record: people, courses, originals, measurements, and the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEPT = ("trail", "measurements", "session_rows", "lesion_rows", "photo_rows", "sign_offs")
"""Rows are only added to these, never changed or taken away: the database itself refuses it."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "subjects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("erased", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_subjects_pseudonym")),
    )
    op.create_table(
        "trail",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("course_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail")),
    )
    op.create_index(op.f("ix_trail_course_id"), "trail", ["course_id"], unique=False)
    op.create_index(op.f("ix_trail_subject_id"), "trail", ["subject_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_consents_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("subject_id", "purpose", "number", name=op.f("uq_consents_subject_id_purpose_number")),
    )
    op.create_table(
        "courses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Text(), nullable=True),
        sa.Column("last_day", sa.Text(), nullable=True),
        sa.Column("next_day", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("measurement_id", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_courses_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("label", name=op.f("uq_courses_label")),
    )
    op.create_index(op.f("ix_courses_last_day"), "courses", ["last_day"], unique=False)
    op.create_index(op.f("ix_courses_next_day"), "courses", ["next_day"], unique=False)
    op.create_index(op.f("ix_courses_subject_id"), "courses", ["subject_id"], unique=False)
    op.create_table(
        "subject_keys",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_subject_keys_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subject_keys")),
    )
    op.create_table(
        "course_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_files_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_files")),
    )
    op.create_index(op.f("ix_course_files_course_id"), "course_files", ["course_id"], unique=False)
    op.create_index(op.f("ix_course_files_original"), "course_files", ["original"], unique=False)
    op.create_table(
        "measurements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("pigtrack", sa.Text(), nullable=False),
        sa.Column("algorithms", sa.Text(), nullable=False),
        sa.Column("versions_digest", sa.Text(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("rows_digest", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("exploratory", sa.Boolean(), nullable=False),
        sa.Column("session_columns", sa.Text(), nullable=False),
        sa.Column("lesion_columns", sa.Text(), nullable=False),
        sa.Column("photo_columns", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_measurements_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint(
            "course_id", "input_digest", "versions_digest", "settings_digest", name="uq_measurements_input"
        ),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_measurements_course_id_number")),
    )
    op.create_table(
        "screens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_screens_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screens")),
        sa.UniqueConstraint("course_id", name=op.f("uq_screens_course_id")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_sessions_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_sessions_course_id_number")),
    )
    op.create_index(op.f("ix_sessions_day"), "sessions", ["day"], unique=False)
    op.create_table(
        "adverse_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_adverse_events_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adverse_events")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_adverse_events_session_id_position")),
    )
    op.create_table(
        "lesion_rows",
        sa.Column("measurement_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("lesion_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("area_mm2", sa.Double(), nullable=True),
        sa.Column("delta_mi", sa.Double(), nullable=True),
        sa.Column("pigment_load", sa.Double(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurements.id"], name=op.f("fk_lesion_rows_measurement_id")),
        sa.PrimaryKeyConstraint("measurement_id", "session", "lesion_id", name=op.f("pk_lesion_rows")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "photo_rows",
        sa.Column("measurement_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("qc_status", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurements.id"], name=op.f("fk_photo_rows_measurement_id")),
        sa.PrimaryKeyConstraint("measurement_id", "number", name=op.f("pk_photo_rows")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "photographs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_photographs_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photographs")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_photographs_session_id_position")),
    )
    op.create_index(op.f("ix_photographs_original"), "photographs", ["original"], unique=False)
    op.create_index(op.f("ix_photographs_sha256"), "photographs", ["sha256"], unique=False)
    op.create_table(
        "session_rows",
        sa.Column("measurement_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("days_from_baseline", sa.Integer(), nullable=True),
        sa.Column("qc_status", sa.Text(), nullable=False),
        sa.Column("lesion_count", sa.Integer(), nullable=True),
        sa.Column("area_total_mm2", sa.Double(), nullable=True),
        sa.Column("area_total_mm2_u", sa.Double(), nullable=True),
        sa.Column("contrast_delta_mi", sa.Double(), nullable=True),
        sa.Column("contrast_delta_mi_u", sa.Double(), nullable=True),
        sa.Column("pigment_load", sa.Double(), nullable=True),
        sa.Column("pigment_load_u", sa.Double(), nullable=True),
        sa.Column("area_change_percent", sa.Double(), nullable=True),
        sa.Column("area_change_ci_low", sa.Double(), nullable=True),
        sa.Column("area_change_ci_high", sa.Double(), nullable=True),
        sa.Column("contrast_change_percent", sa.Double(), nullable=True),
        sa.Column("contrast_change_ci_low", sa.Double(), nullable=True),
        sa.Column("contrast_change_ci_high", sa.Double(), nullable=True),
        sa.Column("load_change_percent", sa.Double(), nullable=True),
        sa.Column("load_change_ci_low", sa.Double(), nullable=True),
        sa.Column("load_change_ci_high", sa.Double(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurements.id"], name=op.f("fk_session_rows_measurement_id")),
        sa.PrimaryKeyConstraint("measurement_id", "session", name=op.f("pk_session_rows")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sign_offs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("measurement_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("rows_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurements.id"], name=op.f("fk_sign_offs_measurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
    )
    op.create_index(op.f("ix_sign_offs_measurement_id"), "sign_offs", ["measurement_id"], unique=False)
    op.create_table(
        "treatments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_treatments_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatments")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_treatments_session_id_position")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_loss() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in KEPT:
        refuse_loss(table)


def downgrade() -> None:
    """Take the tables away, with all they hold."""
    op.drop_table("treatments")
    op.drop_index(op.f("ix_sign_offs_measurement_id"), table_name="sign_offs")
    op.drop_table("sign_offs")
    op.drop_table("session_rows")
    op.drop_index(op.f("ix_photographs_sha256"), table_name="photographs")
    op.drop_index(op.f("ix_photographs_original"), table_name="photographs")
    op.drop_table("photographs")
    op.drop_table("photo_rows")
    op.drop_table("lesion_rows")
    op.drop_table("adverse_events")
    op.drop_index(op.f("ix_sessions_day"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("screens")
    op.drop_table("measurements")
    op.drop_index(op.f("ix_course_files_original"), table_name="course_files")
    op.drop_index(op.f("ix_course_files_course_id"), table_name="course_files")
    op.drop_table("course_files")
    op.drop_table("subject_keys")
    op.drop_index(op.f("ix_courses_subject_id"), table_name="courses")
    op.drop_index(op.f("ix_courses_next_day"), table_name="courses")
    op.drop_index(op.f("ix_courses_last_day"), table_name="courses")
    op.drop_table("courses")
    op.drop_table("consents")
    op.drop_table("users")
    op.drop_index(op.f("ix_trail_subject_id"), table_name="trail")
    op.drop_index(op.f("ix_trail_course_id"), table_name="trail")
    op.drop_table("trail")
    op.drop_table("subjects")
    op.drop_table("meta")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_loss()")


def refuse_loss(table: str) -> None:
    """Have the database refuse to change or take away a row of a table."""
    for what in ("UPDATE", "DELETE"):
        name = f"{table}_no_{what.lower()}"
        if op.get_bind().dialect.name == "sqlite":
            told = f"SELECT RAISE(ABORT, '{table} is append-only')"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN {told}; END")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_loss()")
