"""The embedded cluster: the object API on one SQLite file.

It differs from a cluster in three ways: a namespace comes into being when the first object is
created in it, it ends at once when the last object in it goes, and only ConfigMaps, Secrets and
Namespaces are kept.
"""

import grp
import os
import pwd
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from svcat.errors import UsageError
from svcat.local import verbs
from svcat.local.database import PATIENCE_S, Database
from svcat.local.drafts import drafted
from svcat.local.paging import Position, position_of, token_for
from svcat.local.table import KEPT, Rows, fits
from svcat.objects import NAMESPACE, JsonObject, Page, Resource, UserInfo
from svcat.selectors import parse


def system_time() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)


class LocalObjects:
    """Read and write objects in ``path``, which is made on the first use.

    ``clock`` gives the time; a command that finds the file locked waits ``patience_s``. Threads
    may share one. Raises SvcatError when the file cannot be used, Unreachable when it stays locked.
    """

    makes_namespaces = True

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] = system_time,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._clock = clock
        self._database = Database(path, patience_s=patience_s)
        self._database.define("fits", fits, 2)

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def __enter__(self) -> "LocalObjects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object. Raises NotFound."""
        _check_kept(resource)
        with self._database.reading() as connection:
            return verbs.find(Rows(connection), resource, namespace, name)

    def list_page(
        self,
        resource: Resource,
        namespace: str,
        *,
        selector: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> Page:
        """List one page by namespace and name. Raises Expired, Invalid."""
        _check_kept(resource)
        parse(selector)
        after = position_of(continue_token, self._clock())
        with self._database.reading() as connection:
            found = Rows(connection).page(
                resource,
                namespace if resource.namespaced else "",
                selector=selector,
                after=after,
                limit=limit + 1 if limit > 0 else -1,
            )
        if limit <= 0 or len(found) <= limit:
            return Page(tuple(found))
        last = found[limit - 1]["metadata"]
        position = Position(last.get("namespace", ""), last["name"])
        return Page(tuple(found[:limit]), token_for(position, self._clock()))

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Create an object, and its namespace if need be. Raises AlreadyExists, Invalid."""
        _check_kept(resource)
        draft = drafted(resource, obj)
        with self._database.writing() as connection:
            rows = Rows(connection)
            if resource.namespaced:
                self._make_namespace(rows, draft["metadata"]["namespace"])
            return verbs.create(rows, resource, draft, uid=str(uuid.uuid4()), now=self._stamp())

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Write over the object as it was read. Raises ValueError, Stale, NotFound, Invalid."""
        _check_kept(resource)
        if not obj["metadata"].get("resourceVersion"):
            raise ValueError("a replace needs the resourceVersion that was read")
        draft = drafted(resource, obj)
        with self._database.writing() as connection:
            return verbs.replace(Rows(connection), resource, draft)

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> None:
        """Delete an object if it is still the same. Raises NotFound, Stale."""
        _check_kept(resource)
        with self._database.writing() as connection:
            verbs.delete(
                Rows(connection),
                resource,
                namespace,
                name,
                uid=uid,
                resource_version=resource_version,
                now=self._stamp(),
            )

    def whoami(self) -> UserInfo:
        """The user this process runs as, and his groups."""
        uid = os.getuid()
        groups = tuple(_group_name(gid) for gid in sorted({os.getgid(), *os.getgroups()}))
        return UserInfo(username=_user_name(uid), uid=str(uid), groups=groups)

    def can_i(self, verb: str, resource: Resource, namespace: str, name: str = "") -> bool:  # noqa: ARG002 - the protocol's
        """Who can open the file may do everything."""
        return True

    def now(self) -> datetime:
        """The machine's time; 1 s resolution."""
        return self._clock().replace(microsecond=0)

    def _stamp(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _make_namespace(self, rows: Rows, name: str) -> None:
        if rows.find(NAMESPACE, "", name) is not None:
            return
        draft = drafted(NAMESPACE, {"metadata": {"name": name}})
        verbs.create(rows, NAMESPACE, draft, uid=str(uuid.uuid4()), now=self._stamp())


def _check_kept(resource: Resource) -> None:
    if KEPT.get(resource.plural) != resource:
        raise UsageError(
            f"the local store keeps no {resource.plural}",
            hint="use a cluster: --store kube",
        )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
