"""What the API server asks of Secrets whose type it knows (core ``ValidateSecret``).

Other types, ``servicebinding.io/...`` among them, hold whatever keys they like.
"""

import binascii
import json
from collections.abc import Iterator

from svcat.objects import JsonObject

# Of each group of keys, one must be there.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "kubernetes.io/basic-auth": (("username", "password"),),
    "kubernetes.io/dockercfg": ((".dockercfg",),),
    "kubernetes.io/dockerconfigjson": ((".dockerconfigjson",),),
    "kubernetes.io/ssh-auth": (("ssh-privatekey",),),
    "kubernetes.io/tls": (("tls.crt",), ("tls.key",)),
}
_JSON_KEYS = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}
_TOKEN = "kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"


def secret_type_problems(secret: JsonObject) -> Iterator[str]:
    """Say what a Secret lacks for its type; its values are canonical base64."""
    kind, data = secret["type"], secret.get("data", {})
    for group in _KEYS.get(kind, ()):
        if not any(key in data for key in group):
            yield f"data: a secret of type {kind} needs the key {' or '.join(group)}"
    key = _JSON_KEYS.get(kind, "")
    if key in data and not _is_json(data[key]):
        yield f"data: the value of {key} must be JSON"
    if kind == _TOKEN and not secret["metadata"].get("annotations", {}).get(_ACCOUNT):
        yield f"metadata.annotations: a secret of type {kind} needs {_ACCOUNT}"


def _is_json(base64_text: str) -> bool:
    try:
        json.loads(binascii.a2b_base64(base64_text))
    except ValueError:
        return False
    return True
