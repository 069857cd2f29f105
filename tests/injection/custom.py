"""Kinds that Kubernetes does not know, made on the real server."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from svcat.errors import AlreadyExists
from svcat.kube.workloads import MAPPINGS, KubeWorkloads
from svcat.objects import Resource
from tests.waiting import wait_until

CRDS = Resource(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False
)
_ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def define(
    workloads: KubeWorkloads, group: str, kind: str, plural: str, *, scope: str = "Namespaced"
) -> Resource:
    """Make a kind whose lists the server does not merge, and wait until it is served."""
    schema = {"openAPIV3Schema": {**_ANYTHING, "properties": {"spec": _ANYTHING}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    crd = {
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }
    try:
        workloads.create(CRDS, crd)
    except AlreadyExists:
        pass
    resource = Resource(f"{group}/v1", kind, plural, scope == "Namespaced")

    def is_served() -> bool:
        found = workloads.get(CRDS, "", f"{plural}.{group}")
        conditions = (found.get("status") or {}).get("conditions") or ()
        is_there = any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
        return is_there and workloads.serves(resource)

    wait_until(is_served)
    return resource


def unique_group() -> str:
    return f"t{uuid4().hex[:8]}.example.com"


def put_mapping(workloads: KubeWorkloads, resource: Resource, spec: Mapping[str, Any]) -> None:
    """Tell the cluster where a kind has its containers."""
    define(workloads, "servicebinding.io", MAPPINGS.kind, MAPPINGS.plural, scope="Cluster")
    name = f"{resource.plural}.{resource.group}"
    workloads.create(MAPPINGS, {"metadata": {"name": name}, "spec": spec})
