"""The API's own schema: what programs may ask for, and every way in which it says no."""

from typing import Any

from fastapi import FastAPI

from pigtrack.web.problems import PROBLEM_JSON, Problem

_TOLD = {
    400: "It can't be read.",
    401: "Nobody is signed in, or not any more.",
    403: "Whoever is signed in may not do it, or the form's token is missing.",
    404: "There is nothing of that name.",
    409: "It can't be done as the record stands; the problem says what to do.",
    413: "It is too large.",
    415: "It is of a kind that can't be taken.",
    422: "What was sent can't be taken as it is.",
    429: "It was tried too often; Retry-After says when to come again.",
    503: "The record can't be used just now: its disk is full, or somebody writes for long. It may be asked again.",
}
_ERROR = 400
_OF_ALL = (401, 403, 429, 503)
_OF_BODIES = (400, 413, 422)
_OWN = {"HTTPValidationError", "ValidationError"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route documents of its problems: those that any route has, and some of its own."""
    return {each: {"model": Problem, "description": _TOLD[each]} for each in (*_OF_ALL, *statuses)}


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the app's OpenAPI schema, its problems of the type that they are sent as."""
    schema = app.openapi()
    for operation in (each for path in schema.get("paths", {}).values() for each in path.values()):
        answers = operation["responses"]
        for status in (*_OF_ALL, *(_OF_BODIES if "requestBody" in operation else ())):
            answers.setdefault(str(status), {"description": _TOLD[status]})
        for answer in (answers[each] for each in answers if int(each) >= _ERROR):
            answer["content"] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    kept = schema.get("components", {}).get("schemas", {})
    schema["components"]["schemas"] = {name: each for name, each in kept.items() if name not in _OWN}
    return schema
