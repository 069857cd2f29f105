"""An answer to a platform, before it becomes HTTP."""

from dataclasses import dataclass, field

from svcat.osb.models import JsonObject


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON object and extra headers; ``raw`` replaces the object's encoding."""

    status: int
    body: JsonObject = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
