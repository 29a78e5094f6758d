"""What schemathesis cannot learn from the document."""

import schemathesis
from schemathesis import GenerationMode

# Seconds; a long poll of nothing new answers no differently after 25.
LONGEST = 0.5
# Further down, lists are read by cursor only.
DEEPEST = 10_000


@schemathesis.hook
def before_call(context, case, kwargs):
    # Where an answer points to is no part of the document, and may be somebody else's.
    kwargs["allow_redirects"] = False
    never_behind(case.query or {})
    never_long(case.query or {}, 25 if case.path == "/api/v1/events" else 10)
    if case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
        as_a_client_would(case)


def never_behind(query):
    """A position that the log has not reached is waited for, and 504 is the right answer then; tests of
    their own see to it (G7). Here it would take seconds and hide every other 5xx."""
    position = query.get("min_position")
    if isinstance(position, str) and position.isdecimal() and int(position) > 1:
        query["min_position"] = "1"


def never_long(query, most):
    """A wait that is allowed is kept short. One that is not stays what it is."""
    try:
        seconds = float(query.get("wait", 0))
    except (TypeError, ValueError):
        return
    if LONGEST < seconds <= most:
        query["wait"] = LONGEST


def as_a_client_would(case):
    """Rules between values, which no schema can express."""
    query = case.query or {}
    # Only what an answer gave is a cursor.
    query.pop("cursor", None)
    keys = [key.lstrip("-") for key in str(query.get("sort", "")).split(",")]
    if len(set(keys)) < len(keys):
        query["sort"] = keys[0]
    if number(query.get("page")) * number(query.get("limit")) > DEEPEST:
        query["page"] = 1
    case.body = whole(case.body)


def number(value):
    return int(value) if str(value).isdecimal() else 1


def whole(value):
    """JSON Schema takes 7.0 for an integer; Pantheon wants it written as 7."""
    match value:
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case list():
            return [whole(item) for item in value]
        case dict():
            return {name: whole(item) for name, item in value.items()}
    return value
