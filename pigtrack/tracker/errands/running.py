"""The server's side of errands: takes them in, has one worked at after the other, and knows what came of them."""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from pigtrack.errors import NotAllowedError, PigtrackError, RecordError, TooOftenError, UnknownError
from pigtrack.model.errand import Errand, ErrandKind, ErrandState
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.errand_files import ErrandFiles
from pigtrack.store.record.erasing import count_erased
from pigtrack.store.record.opening import Record
from pigtrack.store.vault.sealing import make_key
from pigtrack.tracker.errands.orders import Order
from pigtrack.tracker.processes import Hired
from pigtrack.tracker.record.desk import actor_of, now

_VERBS: Mapping[ErrandKind, Verb] = {
    ErrandKind.EXPORT: Verb.EXPORT,
    ErrandKind.CHECK: Verb.VERIFY,
    ErrandKind.CLINIC: Verb.VERIFY,
    ErrandKind.COHORT: Verb.VERIFY,
}
_MOST_WAITING = 5
"""Of one person at a time; more than that is nobody's wish."""

_MOST_KNOWN = 200
_WORK = "pigtrack.tracker.errands.worker:work"


class Errands:
    """The errands of one server; ``record`` is open as long as this is."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._files = ErrandFiles(Path(record.folder.path))
        self._files.clear_exports()
        self._known: dict[str, Errand] = {}
        self._keys: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def begin(self, kind: ErrandKind, *, by: Actor, words: str, asked: Any = None) -> Errand:
        """Have something done; return at once.

        Raises
        ------
        NotAllowedError
            If they may not.
        TooOftenError
            If they wait for several already.
        """
        actor = actor_of(self._record, by, to=_VERBS[kind])
        with self._lock:
            waiting = [each for each in self._known.values() if each.by == actor.name and each.is_going_on]
            same = next((each for each in waiting if each.kind is kind and kind is not ErrandKind.EXPORT), None)
            if same is not None:
                return same
            if len(waiting) >= _MOST_WAITING:
                raise TooOftenError("Several things that you asked for are not done yet.", "Wait for them first.")
            errand = Errand(secrets.token_urlsafe(18), kind, actor.name, words, now())
            place, key = self._files.make(errand.uid), make_key()
            self._known[errand.uid], self._keys[errand.uid] = errand, key
            self._forget()
        order = Order(kind, Path(self._record.folder.path).resolve(), actor, place, key, asked)
        threading.Thread(target=self._run, args=(errand.uid, order), name="errand", daemon=True).start()
        return errand

    def of(self, uid: str, *, by: Actor) -> Errand:
        """Return an errand that somebody asked for.

        Raises
        ------
        UnknownError
            If there is none of theirs: nobody learns of others'.
        """
        with self._lock:
            found = self._known.get(uid)
        if found is None or found.by != by.name:
            raise UnknownError("There is no such work of yours.", "Ask for it again.")
        return found

    def asked_by(self, by: Actor, kind: ErrandKind) -> tuple[Errand, ...]:
        """Return what somebody asked for of a kind, newest first."""
        self._files.sweep()
        with self._lock:
            found = [each for each in self._known.values() if each.by == by.name and each.kind is kind]
        return tuple(reversed(found))

    def going_on(self, kind: ErrandKind) -> Errand | None:
        """Return what is under way of a kind, whoever asked for it."""
        with self._lock:
            return next((each for each in self._known.values() if each.kind is kind and each.is_going_on), None)

    def failed(self, kind: ErrandKind) -> Errand | None:
        """Return the last of a kind if it failed."""
        with self._lock:
            last = next((each for each in reversed(self._known.values()) if each.kind is kind), None)
        return last if last is not None and last.state is ErrandState.FAILED else None

    def last(self, kind: ErrandKind, *, by: Actor) -> Errand | None:
        """Return the last of a kind that was done, by whomever, also by an earlier server; None: never.

        Raises
        ------
        PigtrackError
            If they may not see it, or it can't be read.
        """
        actor_of(self._record, by, to=_VERBS[kind])
        kept = self._files.read_result(kind.value)
        if kept is None:
            return None
        return Errand(**{**kept, "kind": ErrandKind(kept["kind"]), "state": ErrandState(kept["state"])})

    def take(self, uid: str, *, by: Actor) -> BinaryIO:
        """Open the file that an export made, for whoever asked for it; the trail is told.

        Raises
        ------
        NotAllowedError
            If they may not export any more.
        UnknownError
            If it is not theirs, or not there any more.
        """
        errand, actor = self.of(uid, by=by), actor_of(self._record, by, to=Verb.EXPORT)
        key = self._keys.get(uid)
        if errand.state is not ErrandState.DONE or "name" not in errand.result or key is None:
            raise UnknownError("The file is not there yet.", "Wait until it is made.")
        file = self._files.open(uid, key)
        with self._record.writing(actor) as unit:
            unit.note("export", "download", manifest=errand.result["digest"], bytes=errand.result["bytes"])
        return file

    def drop(self, uid: str, *, by: Actor) -> None:
        """Remove what an export made."""
        errand = self.of(uid, by=by)
        if errand.is_going_on:
            raise NotAllowedError("It is still being made.", "Wait until it is made, then remove it.")
        self._remove(uid)
        with self._lock:
            self._known.pop(uid, None)

    def _forget(self) -> None:
        """Forget the oldest that are over, where there are very many."""
        over = [uid for uid, each in self._known.items() if not each.is_going_on]
        for uid in over[: max(0, len(self._known) - _MOST_KNOWN)]:
            self._known.pop(uid)
            self._remove(uid)

    def _remove(self, uid: str) -> None:
        """Remove what an errand made, with the key that it was sealed with."""
        self._files.remove(uid)
        self._keys.pop(uid, None)

    def _run(self, uid: str, order: Order) -> None:
        with self._turn:
            self._change(uid, state=ErrandState.WORKING)
            try:
                done = self._done(uid, order)
            except PigtrackError as fault:
                done = replace(self._known[uid], state=ErrandState.FAILED, fault=str(fault), ended=now())
            if done.state is ErrandState.FAILED or order.kind is not ErrandKind.EXPORT:
                self._remove(uid)
            with self._lock:
                self._known[uid] = done

    def _done(self, uid: str, order: Order) -> Errand:
        """Have an errand done, and its result kept where an export is not what came of it."""

        def tell(done: int, total: int, what: str) -> None:
            self._change(uid, done=done, total=total, what=what)

        before = self._erased()
        hired = Hired(_WORK, name="pigtrack-errand")
        try:
            result = hired.have_done(order, progress=tell)
        finally:
            hired.leave()
        done = replace(self._known[uid], state=ErrandState.DONE, ended=now(), result=result)
        if order.kind is not ErrandKind.EXPORT:
            self._files.keep_result(order.kind.value, asdict(done))
        if self._erased() != before:  # it may hold what was read before; an erasure clears all that was there by then
            self._files.clear()
            raise RecordError("A patient was erased meanwhile, so that what was made is gone.", "Ask for it again.")
        return done

    def _erased(self) -> int:
        with self._record.reading() as connection:
            return count_erased(connection)

    def _change(self, uid: str, **values: Any) -> None:
        with self._lock:
            self._known[uid] = replace(self._known[uid], **values)
