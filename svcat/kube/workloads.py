"""What svcat does to objects that are not its own: it adds fields by server-side apply.

An apply names its field manager, so the server knows which fields are whose and takes exactly them
away again. https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from svcat.errors import NotFound, UsageError
from svcat.kube import resources
from svcat.kube.client import KubeObjects
from svcat.kube.status import Call
from svcat.objects import JsonObject, Resource, list_all

APPLY = "application/apply-patch+yaml"  # JSON is YAML
MAPPINGS = Resource(
    "servicebinding.io/v1",
    "ClusterWorkloadResourceMapping",
    "clusterworkloadresourcemappings",
    namespaced=False,
)
_GROUPS = Resource("v1", "APIGroupList", "apigroups", namespaced=False)
_GROUP = Resource("v1", "APIGroup", "apigroups", namespaced=False)
_LIST = Resource("v1", "APIResourceList", "apiresources", namespaced=False)


class KubeWorkloads(KubeObjects):
    """Workloads of one cluster; implements ``svcat.app.ports.Workloads``."""

    def find_kind(self, word: str) -> Resource:
        """Return the kind that ``word`` names: a plural, singular or short name, with its group.

        ``widgets``, ``widget.example.com``, ``widgets.v1.example.com``. Raises NotFound.
        """
        name, _, group = word.lower().partition(".")
        version = ""
        if group.startswith("v") and group[1:2].isdigit():
            version, _, group = group.partition(".")
        for candidate in self._kinds(group, version):
            names = {
                candidate.get("name"),
                candidate.get("singularName"),
                str(candidate.get("kind")).lower(),
                *(candidate.get("shortNames") or ()),
            }
            if name in names and "/" not in str(candidate.get("name")):
                return Resource(
                    candidate["apiVersion"],
                    candidate["kind"],
                    candidate["name"],
                    bool(candidate.get("namespaced")),
                )
        raise NotFound(
            f"this API server knows no kind {word!r}",
            hint="give it with its group, as in widgets.example.com/NAME",
        )

    def serves(self, resource: Resource) -> bool:
        """Whether the server has such objects at that version."""
        return any(r.get("name") == resource.plural for r in self._resources(resource.api_version))

    def list_all(self, resource: Resource, namespace: str, *, selector: str) -> list[JsonObject]:
        """List objects."""
        return list(list_all(self, resource, namespace, selector=selector))

    def apply(self, resource: Resource, obj: JsonObject, *, manager: str) -> JsonObject:
        """Own exactly the fields of ``obj``, which carries a uid: it never creates, never forces.

        Raises Conflict (naming who holds a field), Stale (it is another object now), Invalid,
        NotFound, Forbidden, Unreachable (it may have happened; to repeat it is safe).
        """
        metadata = obj["metadata"]
        if not metadata.get("uid"):
            raise ValueError("an apply without a uid could create the object")
        path = resources.object_path(resource, metadata["namespace"], metadata["name"])
        query = {"fieldManager": manager} | ({} if self._lasts else {"dryRun": "All"})
        call = Call(
            verb="patch",
            resource=resource,
            namespace=metadata["namespace"],
            name=metadata["name"],
            method="PATCH",
            path=f"{path}?{urlencode(query)}",
            body={"apiVersion": resource.api_version, "kind": resource.kind, **obj},
            content_type=APPLY,
        )
        return self._server.ask(call)

    def mapping(self, resource: Resource) -> JsonObject | None:
        """Return the spec of the kind's ClusterWorkloadResourceMapping, if the cluster has one."""
        for api_version in self._versions(MAPPINGS.group):
            kind = MAPPINGS._replace(api_version=api_version)
            if not self.serves(kind):
                continue
            try:
                found = self.get(kind, "", f"{resource.plural}.{resource.group}")
            except NotFound:
                return None
            spec = found.get("spec")
            return spec if isinstance(spec, dict) else None
        return None

    def _kinds(self, group: str, version: str) -> Iterator[JsonObject]:
        for api_version in self._versions(group):
            if version and api_version.rpartition("/")[2] != version:
                continue
            for found in self._resources(api_version):
                yield {**found, "apiVersion": api_version}

    def _versions(self, group: str) -> Iterator[str]:
        """Give the versions of a group, the preferred one first; of all groups if none is named."""
        if group in {"", "core"}:
            yield "v1"
        for known in self._groups(group):
            preferred = (known.get("preferredVersion") or {}).get("groupVersion", "")
            if preferred:
                yield preferred
            for version in known.get("versions") or ():
                if version.get("groupVersion") not in {"", None, preferred}:
                    yield version["groupVersion"]

    def _groups(self, group: str) -> list[JsonObject]:
        if "/" in group or "%" in group:
            raise UsageError(f"{group!r} is no API group")
        if not group:
            return list(self._discovered(_GROUPS, "/apis").get("groups") or ())
        found = self._discovered(_GROUP, f"/apis/{group}") if group != "core" else {}
        return [found] if found else []

    def _resources(self, api_version: str) -> list[JsonObject]:
        root = "/apis" if "/" in api_version else "/api"
        return list(self._discovered(_LIST, f"{root}/{api_version}").get("resources") or ())

    def _discovered(self, resource: Resource, path: str) -> JsonObject:
        """Read one page of discovery; empty if there is no such group or version."""
        call = Call(verb="get", resource=resource, method="GET", path=path, is_read=True)
        response = self._server.answer(call)
        if response.status == 404:  # in plain text
            return {}
        return self._server.read(call, response, resource.kind)
