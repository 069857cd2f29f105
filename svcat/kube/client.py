"""The object API of a cluster: the verbs of Kubernetes' REST API, on plain JSON.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

from svcat.clock import Clock
from svcat.errors import Invalid, Stale
from svcat.http import Exchange
from svcat.kube import resources
from svcat.kube.api_server import READ_PATIENCE_S, ApiServer
from svcat.kube.config import Cluster
from svcat.kube.status import Call
from svcat.objects import JsonObject, Page, Resource, UserInfo

# https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


class KubeObjects:
    """Objects of one cluster; implements ``svcat.objects.ObjectApi``, safe for threads.

    What is written lasts, unless ``lasts`` is false: then the server only says whether it would
    write it (``dryRun=All``).
    """

    makes_namespaces = False

    def __init__(
        self,
        cluster: Cluster,
        *,
        clock: Clock | None = None,
        patience_s: float = READ_PATIENCE_S,
        observe: Callable[[Exchange], None] | None = None,
        lasts: bool = True,
    ) -> None:
        self._lasts = lasts
        self._server = ApiServer(cluster, clock=clock, patience_s=patience_s, observe=observe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object. Raises NotFound."""
        return self._server.ask(_object_call("get", resource, namespace, name, is_read=True))

    def list_page(
        self,
        resource: Resource,
        namespace: str,
        *,
        selector: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> Page:
        """List one page; ``namespace=""`` means all. Raises Expired for an old token."""
        query = resources.list_query(selector=selector, limit=limit, continue_token=continue_token)
        call = Call(
            verb="list",
            resource=resource,
            namespace=namespace,
            method="GET",
            path=resources.collection_path(resource, namespace) + query,
            is_read=True,
        )
        answer = self._server.ask(call, kind=f"{resource.kind}List")
        items = answer.get("items") or []
        for item in items:  # the server leaves out what the list says
            item.setdefault("apiVersion", resource.api_version)
            item.setdefault("kind", resource.kind)
        return Page(tuple(items), (answer.get("metadata") or {}).get("continue") or "")

    def list_cells(
        self, resource: Resource, namespace: str, *columns: str, limit: int = 500
    ) -> list[tuple[str, ...]]:
        """List ``columns`` of the server's own table, of the first objects.

        The objects stay where they are, and with them what is in Secrets; their metadata too, where
        kubectl keeps a copy of what was applied.
        """
        path = resources.collection_path(resource, namespace)
        call = Call(
            verb="list",
            resource=resource,
            namespace=namespace,
            method="GET",
            path=f"{path}?includeObject=None&limit={limit}",
            accept=_TABLE,
            is_read=True,
        )
        table = self._server.ask(call, kind="Table")
        titles = [each.get("name") for each in table.get("columnDefinitions") or []]
        places = [titles.index(column) for column in columns if column in titles]
        rows = (row.get("cells") or [] for row in table.get("rows") or [])
        return [tuple(str(cells[i]) for i in places) for cells in rows]

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Create ``obj``. Raises AlreadyExists, Invalid, NotFound (no such namespace)."""
        if obj["metadata"].get("resourceVersion"):
            raise Invalid(f"cannot create {resource.kind}: resourceVersion is the server's to give")
        return self._server.ask(self._meant(_create_call(resource, obj)))

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Write over the object whose resourceVersion it carries.

        Raises ValueError without one (the server would write blindly), Stale, NotFound, Invalid.
        """
        metadata = obj["metadata"]
        # The server takes "0", however it is written, for "whatever stands there".
        if not metadata.get("resourceVersion", "").strip("0"):
            raise ValueError("a replace without resourceVersion would be a blind write")
        place = resource, metadata.get("namespace", ""), metadata["name"]
        call = replace(_object_call("update", *place, method="PUT"), body=_typed(resource, obj))
        try:
            return self._server.ask(self._meant(call))
        except Stale:
            if metadata.get("uid"):
                self.get(*place)  # with a uid, the server calls a missing object a conflict too
            raise

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> None:
        """Delete if uid and resourceVersion still match. Raises NotFound, Stale."""
        conditions = {"uid": uid, "resourceVersion": resource_version}
        options: JsonObject = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if given := {key: value for key, value in conditions.items() if value}:
            options["preconditions"] = given
        if not self._lasts:
            options["dryRun"] = ["All"]  # with a body, the query of a DELETE is not looked at
        call = _object_call("delete", resource, namespace, name, method="DELETE")
        self._server.ask(self._meant(replace(call, body=options)), kind="Status")

    def whoami(self) -> UserInfo | None:
        """Ask who we are; None if this server cannot tell (before Kubernetes 1.26) or will not."""
        for review in resources.SELF_SUBJECT_REVIEWS:
            call = replace(_create_call(review, {}), is_read=True)
            response = self._server.answer(call)
            if response.status == 403:
                return None
            if response.status != 404:
                return _to_user(self._server.read(call, response, review.kind))
        return None

    def can_i(self, verb: str, resource: Resource, namespace: str, name: str = "") -> bool:
        """Ask whether we may."""
        wanted = {"verb": verb, "group": resource.group, "resource": resource.plural, "name": name}
        if resource.namespaced:
            wanted["namespace"] = namespace
        review = resources.SELF_SUBJECT_ACCESS_REVIEW
        call = replace(_create_call(review, {"spec": {"resourceAttributes": wanted}}), is_read=True)
        return bool((self._server.ask(call).get("status") or {}).get("allowed"))

    def server_version(self) -> str:
        """The API server's version."""
        return self._server.version()

    def now(self) -> datetime:
        """The server's time: of its last answer, and what has passed since."""
        return self._server.now()

    def _meant(self, write: Call) -> Call:
        return write if self._lasts else replace(write, path=f"{write.path}?dryRun=All")


def _object_call(
    verb: str,
    resource: Resource,
    namespace: str,
    name: str,
    *,
    method: str = "GET",
    is_read: bool = False,
) -> Call:
    return Call(
        verb=verb,
        resource=resource,
        namespace=namespace if resource.namespaced else "",
        name=name,
        method=method,
        path=resources.object_path(resource, namespace, name),
        is_read=is_read,
    )


def _create_call(resource: Resource, obj: JsonObject) -> Call:
    metadata = obj.get("metadata") or {}
    namespace = (metadata.get("namespace") or "") if resource.namespaced else ""
    name = metadata.get("name") or ""
    if resource.namespaced:
        resources.object_path(resource, namespace, name)  # refuses what has no place
    return Call(
        verb="create",
        resource=resource,
        namespace=namespace,
        name=name,
        method="POST",
        path=resources.collection_path(resource, namespace),
        body=_typed(resource, obj),
    )


def _typed(resource: Resource, obj: JsonObject) -> JsonObject:
    return {"apiVersion": resource.api_version, "kind": resource.kind, **obj}


def _to_user(review: JsonObject) -> UserInfo:
    info = (review.get("status") or {}).get("userInfo") or {}
    extra = info.get("extra") or {}
    return UserInfo(
        username=info.get("username") or "",
        uid=info.get("uid") or "",
        groups=tuple(info.get("groups") or ()),
        extra=tuple((key, tuple(values)) for key, values in sorted(extra.items())),
    )
