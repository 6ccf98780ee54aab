"""Passwords can't be tried at will: not of one name, not from one address, not by many at once; nor anything else."""

import threading
import time
from types import SimpleNamespace

import httpx
import pytest
from kept_records import copied
from served_records import PASSWORD, served

from pigtrack.store.record import passwords
from pigtrack.web import listening
from pigtrack.web import rates as limits
from pigtrack.web.rates import Rate, Rates, WrongTries, address_of

WRONG = "not the right one"


@pytest.fixture
def clinic(staffed, tmp_path):
    with served(copied(staffed, tmp_path / "data")) as server:
        yield server


@pytest.fixture
def clock(clinic):
    """Wind the clock of the limits by hand."""
    hands = [1000.0]
    clinic.app.state.rates = Rates(clock=lambda: hands[0])
    return hands


def try_in(clinic, name, password=WRONG):
    return clinic.as_(None).post("/sign-in", data={"name": name, "password": password})


def test_after_five_wrong_passwords_a_user_and_a_name_of_nobody_are_refused_in_the_same_words(clinic):
    told = {}
    for name in ("cleo", "nemo"):
        answers = [try_in(clinic, name) for _ in range(6)]
        assert [each.status_code for each in answers] == [403] * 5 + [429]
        told[name] = answers[-1].text.replace(name, "NAME"), answers[-1].headers["retry-after"]
    assert told["cleo"] == told["nemo"]
    assert try_in(clinic, "cleo", PASSWORD).status_code == 429
    assert try_in(clinic, "otto", PASSWORD).status_code == 303


def test_a_server_that_was_started_again_has_not_forgotten_the_wrong_passwords(clinic):
    for _ in range(5):
        try_in(clinic, "cleo")
    clinic.app.state.rates = Rates()
    answer = try_in(clinic, "cleo", PASSWORD)
    assert answer.status_code == 429
    assert "5 wrong passwords" in answer.text


def test_of_many_guesses_at_once_no_more_than_five_are_answered(clinic):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(try_in(clinic, "cleo"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.status_code for each in answers].count(403) == 5
    assert {each.status_code for each in answers} == {403, 429}


def test_a_right_password_forgives_and_an_owners_new_one_opens_the_lock(clinic):
    for _ in range(2):
        for _ in range(4):
            try_in(clinic, "cleo")
        assert try_in(clinic, "cleo", PASSWORD).status_code == 303
    for _ in range(5):
        try_in(clinic, "cleo")
    olga = clinic.as_("olga")
    page = olga.get("/clinic/people").text
    person = page.split("/clinic/people/")[1:]
    uid = next(each[:36] for each in person if ">cleo<" in each[:60])
    new = "four quiet herons wading"
    olga.submit(f"/clinic/people/{uid}/password", new_password=new, again=new, password=PASSWORD)
    assert try_in(clinic, "cleo", new).status_code == 303


def test_one_address_may_not_try_names_at_will(clinic, clock, monkeypatch):
    quick = SimpleNamespace(hash=lambda _: "")  # a hundred times the long work is not the point
    monkeypatch.setattr(passwords, "_HASHER", quick)
    answers = [try_in(clinic, f"name {number}").status_code for number in range(101)]
    assert answers == [403] * 100 + [429]
    clock[0] += 6
    assert try_in(clinic, "one more").status_code == 403
    assert try_in(clinic, "and another").status_code == 429


def test_whoever_asks_for_more_than_a_person_can_must_wait_and_others_need_not(clinic, clock):
    cleo, otto = clinic.as_("cleo"), clinic.as_("otto")
    clinic.app.state.rates.askers = Rate(most=5, within_s=60, clock=lambda: clock[0])
    answers = [cleo.get("/api/me") for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].headers["retry-after"] == "12"
    page = cleo.get("/")
    assert (page.status_code, page.headers["retry-after"]) == (429, "12")
    assert "Wait 12 seconds" in page.text
    assert otto.get("/").status_code == 200
    clock[0] += 12
    assert cleo.get("/").status_code == 200


def test_passwords_are_worked_on_two_at_a_time_and_too_many_waiting_are_sent_away(clinic, monkeypatch):
    at_work, most, gate = [0], [0], threading.Lock()
    ready = threading.Event()

    def slow(*_):
        with gate:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        ready.wait(20)
        with gate:
            at_work[0] -= 1
        return ""

    monkeypatch.setattr(passwords, "_HASHER", SimpleNamespace(hash=slow))
    answers = []
    threads = [
        threading.Thread(target=lambda n=number: answers.append(try_in(clinic, f"name {n}"))) for number in range(24)
    ]
    for thread in threads:
        thread.start()
    try:
        cleo = clinic.as_("cleo")
        assert cleo.get("/").status_code == 200  # pages are still served
        end = time.monotonic() + 20
        while len(answers) < 4 and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        ready.set()
        for thread in threads:
            thread.join()
    assert most[0] == 2
    sent_away = [each for each in answers if each.status_code == 429]
    assert len(sent_away) == 4
    assert sent_away[0].headers["retry-after"] == "5"


def test_who_waits_for_a_password_to_be_worked_on_takes_no_thread_from_a_page(clinic, monkeypatch):
    """Each page needs a thread of the few that there are: many at the door at eight must not stop those inside."""
    monkeypatch.setattr(listening, "THREADS", 2)
    ready, cleo = threading.Event(), clinic.as_("cleo")
    monkeypatch.setattr(passwords, "_HASHER", SimpleNamespace(hash=lambda *_: str(ready.wait(20))))
    with listening.listen("127.0.0.1", 0) as held:
        server = listening.TidyServer(listening.configured(clinic.app), ready=lambda: None)
        threads = [threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)]
        threads[0].start()
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
        for number in range(6):
            fields = {"name": f"name {number}", "password": WRONG}
            ways = (f"{address}/sign-in", fields), (f"{address}/link/{'A' * 43}", {"code": "00000000"})
            way, data = ways[number % 2]
            threads.append(threading.Thread(target=httpx.post, args=(way,), kwargs={"data": data, "timeout": 30}))
            threads[-1].start()
        try:
            time.sleep(0.5)
            assert httpx.get(f"{address}/", cookies=dict(cleo.cookies), timeout=10).status_code == 200
        finally:
            ready.set()
            server.should_exit = True
            for thread in threads:
                thread.join(20)


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(limits, "_KEPT", 10)
    rate, wrong = Rate(most=1, within_s=60), WrongTries()
    for number in range(30):
        rate.take(str(number))
        wrong.count(str(number))
    assert len(rate) == len(wrong) == 10


def test_all_addresses_of_one_ipv6_network_count_as_one():
    class Asked:
        def __init__(self, host):
            self.client = type("Client", (), {"host": host})

    assert address_of(Asked("2001:db8::1")) == address_of(Asked("2001:db8::ffff")) == "2001:db8::/64"
    assert address_of(Asked("fe80::1%eth0")) == "fe80::/64"
    assert address_of(Asked("10.0.0.1")) != address_of(Asked("10.0.0.2"))


def test_names_that_people_take_for_one_are_counted_as_one():
    wrong = WrongTries()
    for name in ("cleo", "Cleo", "CLEO", "ｃleo", "cleo"):
        wrong.count(name)
    assert wrong.are_too_many("cleo")
