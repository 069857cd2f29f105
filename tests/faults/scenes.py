"""The calls to a broker, each with what leads up to it and the command that makes it."""

from dataclasses import dataclass

INSTANCE = r"/service_instances/[^/?]+(\?|$)"
INSTANCE_POLL = r"/service_instances/[^/?]+/last_operation"
BINDING = r"/service_bindings/[^/?]+(\?|$)"
BINDING_POLL = r"/service_bindings/[^/?]+/last_operation"

PROVISION = ("provision", "db", "--class", "sqlite", "--plan", "file")
PROVISION_SLOW = ("provision", "db", "--class", "sqlite", "--plan", "file-async")
PROVISION_SLOW_BIND = ("provision", "db", "--class", "sqlite", "--plan", "file-async-bind")
UPDATE = ("update", "db", "--plan", "file-async")
BIND = ("bind", "db")
UNBIND = ("unbind", "db")
ROTATE = ("rotate", "db")
DEPROVISION = ("deprovision", "db")


@dataclass(frozen=True, slots=True)
class Scene:
    """A call (method and path), the commands before it, and the command that makes it."""

    name: str
    method: str
    path: str
    before: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


SCENES = (
    Scene("provision", "PUT", INSTANCE, (), PROVISION),
    Scene("poll a provision", "GET", INSTANCE_POLL, (), PROVISION_SLOW),
    Scene("update", "PATCH", INSTANCE, (PROVISION,), UPDATE),
    Scene("deprovision", "DELETE", INSTANCE, (PROVISION,), DEPROVISION),
    Scene("bind", "PUT", BINDING, (PROVISION,), BIND),
    Scene("poll a bind", "GET", BINDING_POLL, (PROVISION_SLOW_BIND,), BIND),
    Scene("fetch a binding", "GET", BINDING, (PROVISION_SLOW_BIND,), BIND),
    Scene("unbind", "DELETE", BINDING, (PROVISION, BIND), UNBIND),
    Scene("rotate", "PUT", BINDING, (PROVISION, BIND), ROTATE),
    Scene("delete what was rotated", "DELETE", BINDING, (PROVISION, BIND), ROTATE),
)
