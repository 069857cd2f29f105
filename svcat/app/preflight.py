"""Asking whether we may, before the first side effect (SelfSubjectAccessReview).

A right that is missing half way would leave a record that cannot be finished, or credentials with
no place to go; asked for first, it costs nothing but a message that names the verb.
"""

from svcat.app.ports import Ports
from svcat.errors import Forbidden
from svcat.objects import CONFIG_MAP, SECRET, Resource

Right = tuple[str, Resource]

RECORDS: tuple[Right, ...] = (("create", CONFIG_MAP), ("update", CONFIG_MAP))
RECORDS_AWAY: tuple[Right, ...] = (("update", CONFIG_MAP), ("delete", CONFIG_MAP))
CREDENTIALS: tuple[Right, ...] = (("create", SECRET), ("update", SECRET), ("delete", SECRET))
CREDENTIALS_AWAY: tuple[Right, ...] = (("delete", SECRET),)


def require(rights: tuple[Right, ...], namespace: str, ports: Ports, what: str) -> None:
    """Raise Forbidden, naming every right of ``rights`` that we lack in ``namespace``."""
    api = ports.records.api
    lacking = [
        f"{verb} {resource.plural}"
        for verb, resource in rights
        if not api.can_i(verb, resource, namespace)
    ]
    if lacking:
        verb, _, plural = lacking[0].partition(" ")
        raise Forbidden(
            f"no right to {what} in namespace {namespace}: you may not {', '.join(lacking)}",
            hint=f"ask for it; check with: kubectl auth can-i {verb} {plural} -n {namespace}",
        )
