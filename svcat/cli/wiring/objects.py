"""Where the objects are: the cluster that is named, or the local file. Built on first use."""

import atexit
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from svcat.cli.settings import STORE_KUBE, STORE_LOCAL, Settings, patience_s, store_of

if TYPE_CHECKING:
    from svcat.app.ports import Workloads
    from svcat.cli.dry_run import Rehearsal
    from svcat.cli.killpoints import KillPoints
    from svcat.kube.config import Cluster
    from svcat.objects import ObjectApi
    from svcat.output.exchange import Trace


class Objects:
    """The object API that the settings name; in a dry run what is in it stays as it is."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        warn: Callable[[str], None],
        *,
        rehearsal: "Rehearsal | None",
        kill_points: "KillPoints | None",
        observe: "Trace | None",
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._warn = warn
        self._rehearsal = rehearsal
        self._kill_points = kill_points
        self._observe = observe

    @property
    def store(self) -> str:
        """Which object API: ``kube``, or ``local`` if asked for. Never chosen silently."""
        return store_of(self._settings, self._environ)

    @cached_property
    def cluster(self) -> "Cluster":
        """The cluster that kubeconfig and --context name."""
        for warning in self._found_cluster.warnings:
            self._warn(warning)
        return self._found_cluster

    @cached_property
    def _found_cluster(self) -> "Cluster":
        from svcat.kube.config import load_cluster

        return load_cluster(
            kubeconfig=self._settings.kubeconfig,
            context=self._settings.context or self._environ.get("SVCAT_CONTEXT"),
            environ=self._environ,
        )

    @cached_property
    def api(self) -> "ObjectApi":
        """The objects as a command may read and write them."""
        if self._rehearsal is None:
            return self._kill_points.objects(self._real) if self._kill_points else self._real
        from svcat.cli.dry_run import SERVER
        from svcat.store.rehearsal import RehearsedObjects

        is_judged = self._rehearsal.mode == SERVER and self.store == STORE_KUBE
        judge = self._judge if is_judged else None
        return RehearsedObjects(self._real, self._rehearsal.note, judge)

    @cached_property
    def _real(self) -> "ObjectApi":
        if self.store == STORE_LOCAL:
            from svcat.local.client import LocalObjects
            from svcat.local.database import PATIENCE_S
            from svcat.local.files import default_path

            path = default_path(self._environ)
            local = LocalObjects(path, patience_s=patience_s(self._environ, PATIENCE_S))
            atexit.register(local.close)  # or its journal stays beside it
            return local
        from svcat.kube.api_server import READ_PATIENCE_S
        from svcat.kube.client import KubeObjects

        patience = patience_s(self._environ, READ_PATIENCE_S)
        return KubeObjects(self.cluster, patience_s=patience, observe=self._observe)

    @cached_property
    def _judge(self) -> "ObjectApi":
        from svcat.kube.client import KubeObjects

        return KubeObjects(self.cluster, lasts=False, observe=self._observe)

    @cached_property
    def workloads(self) -> "Workloads | None":
        """What runs in the cluster."""
        if self.store == STORE_LOCAL:
            return None
        from svcat.kube.api_server import READ_PATIENCE_S
        from svcat.kube.workloads import KubeWorkloads

        workloads = KubeWorkloads(
            self.cluster,
            patience_s=patience_s(self._environ, READ_PATIENCE_S),
            lasts=self._rehearsal is None,
            observe=self._observe,
        )
        if self._rehearsal is None:
            return self._kill_points.workloads(workloads) if self._kill_points else workloads
        from svcat.store.rehearsed_workloads import RehearsedWorkloads

        return RehearsedWorkloads(workloads, self._rehearsal.note)

    @property
    def namespace(self) -> str:
        """The namespace to work in: -n, ``SVCAT_NAMESPACE``, the context's, or ``default``."""
        if named := self._settings.namespace or self._environ.get("SVCAT_NAMESPACE"):
            from svcat.store.names import require_name

            return require_name(named, "a namespace")
        return "default" if self.store == STORE_LOCAL else self.cluster.namespace

    def place(self) -> tuple[str, tuple[str, ...]]:
        """Where the objects are, in words, and what is doubtful about it."""
        if self.store == STORE_LOCAL:
            from svcat.local.files import default_path

            return f"local file {default_path(self._environ)}", ()
        cluster = self._found_cluster
        context = f", context {cluster.context_name}" if cluster.context_name else ""
        return f"{cluster.server} ({cluster.source}{context})", cluster.warnings

    def contexts(self) -> tuple[str, ...]:
        """The names of the kubeconfig's contexts."""
        from svcat.kube import kubeconfig

        files = kubeconfig.find_files(self._settings.kubeconfig, self._environ)
        return tuple(kubeconfig.read(files).entries["context"])

    def secret_names(self) -> list[tuple[str, ...]]:
        """The first Secrets of the namespace by name and type; a cluster sends nothing else."""
        from svcat.objects import SECRET

        if self.store == STORE_LOCAL:
            found = self.api.list_page(SECRET, self.namespace).items
            return [(obj["metadata"]["name"], str(obj.get("type", ""))) for obj in found]
        from svcat.kube.client import KubeObjects

        kube = KubeObjects(self.cluster, observe=self._observe)
        return kube.list_cells(SECRET, self.namespace, "Name", "Type")

    def server_version(self) -> str:
        """The API server's version; the local store has none."""
        if self.store == STORE_LOCAL:
            return "local"
        from svcat.kube.client import KubeObjects

        return KubeObjects(self.cluster, observe=self._observe).server_version()
