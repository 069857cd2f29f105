"""The object API: the few verbs of the Kubernetes API that svcat keeps its state with.

Two implementations stand behind it, ``kube`` (a cluster) and ``local`` (one SQLite file); one
contract suite (``tests/contract``) holds both to the same behaviour. Objects are plain JSON.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from svcat.errors import Expired

JsonObject = dict[str, Any]


class Resource(NamedTuple):
    """A kind of object and where its collection is found."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""


CONFIG_MAP = Resource("v1", "ConfigMap", "configmaps")
SECRET = Resource("v1", "Secret", "secrets")
NAMESPACE = Resource("v1", "Namespace", "namespaces", namespaced=False)


class Page(NamedTuple):
    """One page of a list; ``continue_token`` is empty on the last."""

    items: tuple[JsonObject, ...]
    continue_token: str = ""


class UserInfo(NamedTuple):
    """Who the API server takes us for (authentication.k8s.io UserInfo)."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


class ObjectApi(Protocol):
    """Read and write objects; every write is conditional.

    Raises (all methods): Unreachable when no usable answer came (a write may or may not have
    happened), AuthFailed on 401, Forbidden on 403 naming verb, resource and namespace.
    """

    @property
    def makes_namespaces(self) -> bool:
        """Whether a namespace comes into being with its first use."""

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object. Raises NotFound. ``namespace`` is ignored for cluster-wide kinds."""

    def list_page(
        self,
        resource: Resource,
        namespace: str,
        *,
        selector: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> Page:
        """List one page; ``namespace=""`` means all. Raises Expired for an old token.

        ``selector`` is a Kubernetes label selector (``a=b,c!=d,e in (f,g),h,!i``).
        """

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Create ``obj`` under its metadata's namespace and name.

        Raises AlreadyExists, Invalid, NotFound (no such namespace).
        """

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Write ``obj`` over the object whose resourceVersion (and uid, if given) it carries.

        Raises ValueError without a resourceVersion or with "0" (blind writes), Stale, NotFound,
        Invalid. A write that changes nothing keeps the resourceVersion.
        """

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> None:
        """Delete if uid and resourceVersion still match. Raises NotFound, Stale.

        An object with finalizers stays, with a deletionTimestamp, until they are replaced away.
        """

    def whoami(self) -> UserInfo | None:
        """Ask who we are; None if this server cannot tell (SelfSubjectReview, Kubernetes 1.28)."""

    def can_i(self, verb: str, resource: Resource, namespace: str, name: str = "") -> bool:
        """Ask whether we may (SelfSubjectAccessReview)."""

    def now(self) -> datetime:
        """The server's time, aware and in UTC; 1 s resolution."""


def list_all(
    api: ObjectApi, resource: Resource, namespace: str, *, selector: str = "", limit: int = 500
) -> Iterator[JsonObject]:
    """List every page.

    A token that expires half way (HTTP 410) makes the list go on from the fresh token that comes
    with it. Objects made meanwhile may be missed, as in ``kubectl get``; none is given twice.
    """
    token = ""
    seen: set[tuple[str, str]] = set()
    while True:
        try:
            page = api.list_page(
                resource, namespace, selector=selector, limit=limit, continue_token=token
            )
        except Expired as error:
            if not token or error.continue_token == token:
                raise
            token = error.continue_token  # empty: start again
            continue
        for item in page.items:
            key = (item["metadata"].get("namespace", ""), item["metadata"]["name"])
            if key not in seen:
                seen.add(key)
                yield item
        token = page.continue_token
        if not token:
            return
