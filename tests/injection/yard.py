"""A namespace on the real server with a binding in it, and workloads made as people make them."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from msgspec.structs import replace

from svcat.app import ejecting, injecting, injection, places
from svcat.app.injection_record import Outcome
from svcat.app.ports import Ports
from svcat.app.workload_kinds import named
from svcat.clock import SystemClock
from svcat.kube.client import KubeObjects
from svcat.kube.workloads import KubeWorkloads
from svcat.store.catalogs import Catalogs
from svcat.store.ledger import Ledger
from svcat.store.records import (
    BindingId,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Role,
)
from svcat.store.secrets import Secrets
from svcat.store.store import Records
from tests.controlplane.server import KubeServer
from tests.credentials.records import binding
from tests.e2e.place import ROOT, Done
from tests.fleet.fleet import shared

GENERATION = "deprecated.daemonset.template.generation"
CREDENTIALS = {"uri": "post://box", "username": "u", "password": "p-1"}


@dataclass(slots=True)
class Yard:
    """One namespace."""

    server: KubeServer
    namespace: str
    ports: Ports
    warnings: list[str] = field(default_factory=list)

    def bind(self, name: str = "db", data: Mapping[str, str] | None = None) -> BindingRecord:
        """Make a binding that is ready, as if a broker had been asked."""
        binding_id = str(uuid4())
        record = replace(
            binding(),
            namespace=self.namespace,
            name=name,
            uid="",
            ids=(BindingId(id=binding_id, role=Role.CURRENT, sends=1),),
            secret_name=f"{name}-secret",
        )
        stored, is_mine = self.ports.records.create(record)
        assert is_mine
        assert self.ports.secrets.reserve(stored, binding_id) is not None
        self.fill(stored, data or CREDENTIALS)
        return stored

    def put_instance_on_record(self, binding: BindingRecord) -> None:
        """Keep the instance of ``binding``, too, and the ledger's entry, which proves its id."""
        record = InstanceRecord(
            namespace=self.namespace,
            name=binding.instance,
            broker=binding.broker,
            service_id=binding.service_id,
            service_name=binding.service_name,
            plan_id=binding.plan_id,
            plan_name=binding.plan_name,
            instance_id=binding.instance_id,
            phase=InstancePhase.READY,
        )
        self.ports.records.create(record)
        place = places.place_of(self.namespace, self.ports)
        for known in binding.ids:
            entry = places.binding_entry(binding, known.id, place, self.ports.holder)
            places.note_in_ledger(entry, self.ports)

    def fill(self, binding: BindingRecord, data: Mapping[str, str]) -> None:
        """Put other credentials into the Secret."""
        secret = self.ports.secrets.find(self.namespace, binding.secret_name)
        current = binding.id_in(Role.CURRENT)
        assert secret is not None
        assert current is not None
        contents = {"type": b"pg", "provider": b"b"} | {k: v.encode() for k, v in data.items()}
        assert self.ports.secrets.fill(secret, current.id, contents)

    def binding(self, name: str = "db") -> BindingRecord:
        return self.ports.records.load(BindingRecord, self.namespace, name)

    def inject(self, *workloads: str, binding: str = "db", **order: Any) -> list[Outcome]:
        """Inject, and let no workload fail."""
        return _good(self.try_inject(*workloads, binding=binding, **order))

    def try_inject(self, *workloads: str, binding: str = "db", **order: Any) -> list[Outcome]:
        if not {"env", "env_all", "files"} & set(order):
            order["files"] = True
        wanted = injecting.Order(
            binding=binding, namespace=self.namespace, workloads=workloads, **order
        )
        return injecting.inject(wanted, self.ports)

    def eject(self, *workloads: str, binding: str = "db", everywhere: bool = False) -> None:
        _good(ejecting.eject(binding, self.namespace, workloads, self.ports, everywhere=everywhere))

    def repair(self, binding: str = "db") -> list[Outcome]:
        return _good(injecting.repair(binding, self.namespace, self.ports))

    def drift(self, binding: str = "db") -> dict[str, tuple[str, ...]]:
        """What is not as it was made: lapse and details by KIND/NAME."""
        found = injection.drift(self.binding(binding), self.ports)
        return {
            f"{each.injection.kind.lower()}/{each.injection.name}": (each.lapse, *each.details)
            for each in found
        }

    def svcat(self, *words: str, stdin: str = "", code: int = 0, **environment: str) -> Done:
        """Run the command as a process; fail unless it ends with ``code``."""
        done = self._run(words, stdin, environment)
        shown = f"svcat {' '.join(words)}\n-> {done.code}\n{done.out}\n{done.err}"
        assert done.code == code, shown
        assert "Traceback" not in done.err, shown
        return done

    def attempt(self, *words: str, **environment: str) -> int:
        """Run the command, which may end as it likes; return its exit code."""
        return self._run(words, "", environment).code

    def _run(self, words: tuple[str, ...], stdin: str, environment: Mapping[str, str]) -> Done:
        return shared().run(
            *("-n", self.namespace, *words),
            environment={**self._environment(), **environment},
            directory=self.server.directory,
            stdin=stdin,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.server.directory),
            "SVCAT_STORE": "kube",
            "SVCAT_SYSTEM_NAMESPACE": _system_of(self.namespace),
            "KUBECONFIG": str(self.server.kubeconfig),
        }

    def kubectl(self, *words: str, stdin: Any = None, code: int = 0) -> str:
        """Run kubectl here with documents on standard input."""
        done = self._kubectl(*words, stdin=stdin)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _kubectl(self, *words: str, stdin: Any) -> "subprocess.CompletedProcess[str]":
        assert self.server.kubectl
        text = "\n".join(json.dumps(document) for document in stdin or ())
        config = f"--kubeconfig={self.server.kubeconfig}"
        return subprocess.run(
            [str(self.server.kubectl), config, "-n", self.namespace, *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )

    def replace(self, document: Any) -> None:
        """Replace an object with kubectl; again while a controller writes to it as well."""
        for _ in range(10):
            done = self._kubectl("replace", "-f", "-", stdin=[document])
            if "the object has been modified" not in done.stderr:
                break
        assert done.returncode == 0, done.stderr

    def apply(self, *documents: Any) -> None:
        self.kubectl("apply", "-f", "-", stdin=documents)

    def get(self, word: str, name: str) -> dict[str, Any]:
        kind, workloads = named(word), self.ports.workloads
        assert kind is not None
        assert workloads is not None
        return workloads.get(injection.served(kind, workloads), self.namespace, name)


def _good(outcomes: list[Outcome]) -> list[Outcome]:
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return outcomes


def pod_template(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": list(containers) or [container("app")], **spec},
    }


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "example.com/app:1", **more}


def deployment(name: str = "web", *containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": spec.pop("replicas", 1),
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(*containers, **spec),
        },
    }


def _system_of(namespace: str) -> str:
    return f"system-of-{namespace}"


def make_yard(server: KubeServer, api: KubeObjects, workloads: KubeWorkloads, ns: str) -> Yard:
    clock, warnings = SystemClock(), list[str]()

    def new_id() -> str:
        return str(uuid4())

    def no_broker(*_: object) -> Any:
        raise AssertionError("no broker is asked here")

    records = Records(api, clock, new_id)
    ports = Ports(
        records=records,
        secrets=Secrets(api),
        ledger=Ledger(api, _system_of(ns)),
        catalogs=Catalogs(api, records),
        connect=no_broker,
        clock=clock,
        new_id=new_id,
        claim_id=uuid4().hex[:12],
        holder="a test",
        warn=warnings.append,
        workloads=workloads,
    )
    return Yard(server, ns, ports, warnings)


def bare(obj: dict[str, Any]) -> dict[str, Any]:
    """Return an object without what the server and its controllers count and keep book of."""
    counted = {"managedFields", "resourceVersion", "generation", "annotations"}
    metadata = {key: value for key, value in obj["metadata"].items() if key not in counted}
    of_controllers = {"deployment.kubernetes.io/revision", GENERATION}
    noted = obj["metadata"].get("annotations") or {}
    notes = {key: value for key, value in noted.items() if key not in of_controllers}
    return {**obj, "metadata": {**metadata, "annotations": notes}, "status": None}


def scratch(path: Path, *documents: Any) -> Path:
    """Write documents as YAML."""
    path.write_text(yaml.safe_dump_all(documents))
    return path
