"""What a worker does with one photograph, and what it refuses to do."""

import pytest
from drawn_courses import lay_out

from pigtrack.errors import PhotographError
from pigtrack.model.photograph import WorkingGrid
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.jobs import Bench, PlaceJob, ReadJob, place_job, read_job


def test_a_photograph_replaced_between_two_steps_is_refused_and_not_measured_with_the_other_s_card(drawn, tmp_path):
    folder = lay_out(tmp_path / "course", [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    bench = Bench(folder, tmp_path, MeasurementSettings(), pictures=False)
    reading = read_job(ReadJob(bench, 1, "a.jpg", load_card("colorchecker-classic"), 9.0, None))
    (folder / "a.jpg").write_bytes(drawn.bytes_of(2))
    frame = WorkingGrid((100, 100), (0.0, 0.0), 1.0, None)
    with pytest.raises(PhotographError, match=r"a\.jpg changed while"):
        place_job(PlaceJob(bench, 0, reading, "linear", frame))
