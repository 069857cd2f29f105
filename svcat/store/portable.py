"""Objects as another store takes them: without what only their own server knows. Pure.

They get other uids there. A binding keeps the one it had, for its Secret and what it put into
workloads name it (``manager-uid``), and no longer claims to know its instance's: the id tells.
"""

from svcat.objects import CONFIG_MAP, SECRET, JsonObject, Resource
from svcat.store import codec, names
from svcat.store.records import BindingRecord

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # all of the object once more
_CONTENTS = ("type", "data", "binaryData", "immutable")


def namespace(name: str) -> JsonObject:
    """Return a Namespace to put objects into."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def config_map(obj: JsonObject) -> JsonObject:
    """Return a ConfigMap of ours. Raises RecordDamaged."""
    made = _bare(CONFIG_MAP, obj)
    if codec.holds(BindingRecord, obj):
        binding = codec.decode(BindingRecord, obj)
        made["metadata"]["annotations"] |= {
            f"{names.DOMAIN}/instance-uid": "",
            f"{names.DOMAIN}/manager-uid": binding.manager_uid or binding.uid,
        }
    return made


def secret(obj: JsonObject) -> JsonObject:
    """Return a Secret."""
    return _bare(SECRET, obj)


def _bare(resource: Resource, obj: JsonObject) -> JsonObject:
    """Return what people and we gave the object; owners go: their uids are of this cluster."""
    found = obj["metadata"]
    annotations = dict(sorted((found.get("annotations") or {}).items()))
    annotations.pop(_LAST_APPLIED, None)
    finalizers = [each for each in found.get("finalizers") or () if each == names.FINALIZER]
    metadata = {
        "name": found["name"],
        "namespace": found["namespace"],
        "labels": dict(sorted((found.get("labels") or {}).items())),
        "annotations": annotations,
        "finalizers": finalizers,
    }
    contents = {
        key: dict(sorted(obj[key].items())) if isinstance(obj[key], dict) else obj[key]
        for key in _CONTENTS
        if obj.get(key)
    }
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {key: value for key, value in metadata.items() if value},
        **contents,
    }
