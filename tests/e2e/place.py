"""The command as a real process, in one place: a store, a namespace, nothing of the user's own."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svcat.objects import CONFIG_MAP, SECRET, ObjectApi, list_all
from tests.fleet.fleet import ROOT, Done, shared

__all__ = ["KUBE", "LOCAL", "ROOT", "Done", "Place"]

LOCAL, KUBE = "local", "kube"


@dataclass(slots=True, kw_only=True)
class Place:
    """Where commands run, and a look behind the curtain at what they left there."""

    store: str
    home: Path
    namespace: str
    system_namespace: str
    objects: ObjectApi
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self,
        *words: str,
        code: int = 0,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Done:
        """Run ``svcat``; fail unless it ends with ``code``."""
        done = self.attempt(*words, stdin=stdin, environment=environment)
        shown = f"svcat {' '.join(words)}\n-> {done.code}\n{done.out}\n{done.err}"
        assert done.code == code, shown
        assert "Traceback" not in done.err, shown
        return done

    def attempt(
        self, *words: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> Done:
        """Run ``svcat``, however it ends."""
        variables = {**self.full_environment(), **(environment or {})}
        return shared().run(*words, environment=variables, directory=self.home, stdin=stdin)

    def full_environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "SVCAT_STORE": self.store,
            "SVCAT_SYSTEM_NAMESPACE": self.system_namespace,
            **self.environment,
        }

    def register(self, broker: Any, name: str = "b", *more: str) -> Done:
        """Register a broker with its login."""
        words = ["register", name, "--url", broker.url, *more]
        if not broker.username:
            return self.run(*words)
        words += ["--username", broker.username, "--password-stdin"]
        return self.run(*words, stdin=broker.password + "\n")

    def objects_of_ours(self) -> list[str]:
        """Everything that svcat keeps here: ``kind/name``."""
        return sorted(
            f"{resource.kind}/{obj['metadata']['name']}"
            for resource in (CONFIG_MAP, SECRET)
            for namespace in (self.namespace, self.system_namespace)
            for obj in list_all(self.objects, resource, namespace)
            if _is_ours(obj)
        )

    def secret(self, name: str) -> dict[str, str]:
        """The contents of a Secret, as a workload would see them."""
        from base64 import b64decode

        data = self.objects.get(SECRET, self.namespace, name).get("data") or {}
        return {key: b64decode(value).decode() for key, value in data.items()}


def _is_ours(obj: dict[str, Any]) -> bool:
    metadata = obj["metadata"]
    marks = [*metadata.get("labels", {}), *metadata.get("annotations", {})]
    return metadata["name"].startswith("svcat.") or any("svcat.dev/" in mark for mark in marks)
