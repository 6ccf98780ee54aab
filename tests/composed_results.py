"""Measured courses composed from simulated lesions, and a reader of pages: for the tests of what people see."""

from html.parser import HTMLParser

from imaging.simulated_course import course, photograph, spot

from pigtrack.imaging.change import measure_change
from pigtrack.imaging.link import link_lesions
from pigtrack.model.photograph import CaptureFacts, WorkingGrid
from pigtrack.model.provenance import Algorithm
from pigtrack.model.result import CourseResult, PhotographRecord


def result(*sessions, which=None, exploratory=False, refusal=None):
    which = which or course(len(sessions))
    change = measure_change(which, link_lesions(sessions), calibrated=not exploratory)
    photographs = tuple(
        PhotographRecord(
            session=session.number,
            photo=photo,
            sha256="ab" * 32,
            capture=CaptureFacts(),
            card="colorchecker-classic",
            card_found=True,
            calibration_method="spectral-prior",
            loo_delta_e00_mean=1.2,
            loo_delta_e00_max=3.4,
            mm_per_px=0.06,
            u_scale=0.02,
            tilt_deg=3.0,
            registration_error_mm=0.1,
            qc_status="pass",
            refusal=refusal,
        )
        for session in which.sessions
        for photo in session.photos
    )
    return CourseResult(
        course=which,
        sessions=change.sessions,
        lesions=change.lesions,
        photographs=photographs,
        frame=WorkingGrid((10, 10), (0.0, 0.0), 1.0, 0.06),
        ruler=None,
        method="spectral-prior",
        exploratory=exploratory,
        u_scale=0.02,
        algorithms=(Algorithm("measure_change", 1),),
        settings={"method": "auto"},
        trend=change.trend,
    )


def spots(area=1.0, contrast=1.0):
    return [photograph(*(spot(i, area=10 * i * area, contrast=8 * contrast) for i in (1, 2, 3)))]


class Page(HTMLParser):
    """Text, tags and addresses of a page."""

    VOID = ("meta", "img", "br", "link", "input", "hr")

    def __init__(self, html):
        super().__init__()
        self.text, self.tags, self.addresses, self.open = "", [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.addresses += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data
