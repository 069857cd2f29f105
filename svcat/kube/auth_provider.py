"""The retired ``auth-provider`` users of a kubeconfig (OIDC, gcp): what is around their refresh.

The refresh itself is the ``kubernetes`` package's. It does not verify the issuer's certificate when
the kubeconfig names no authority, and it rewrites kubeconfig files in place; both are done here.
"""

import os
import ssl
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

from svcat.errors import AuthFailed
from svcat.kube.kubeconfig import Entry

RENEWED = ("id-token", "refresh-token", "access-token", "expiry")


def with_trusted_issuer(user: Entry) -> dict[str, Any]:
    """Copy the provider's settings, with the system's authorities if they name none."""
    provider = deepcopy(user.mapping("auth-provider"))
    config = provider.setdefault("config", {})
    if not isinstance(config, dict):
        config = provider["config"] = {}
    if provider.get("name") == "oidc" and not any(
        config.get(f"idp-certificate-authority{suffix}") for suffix in ("", "-data")
    ):
        config.pop("idp-certificate-authority-data", None)
        config["idp-certificate-authority"] = _system_authorities(user)
    return provider


def _system_authorities(user: Entry) -> str:
    paths = ssl.get_default_verify_paths()
    for candidate in (paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt"):
        if candidate and Path(candidate).is_file():
            return candidate
    raise AuthFailed(
        f"{user}: no certificate authorities to verify the identity provider with",
        hint="set idp-certificate-authority in the auth-provider's config",
    )


def as_kubeconfig(provider: dict[str, Any]) -> dict[str, Any]:
    """Wrap the settings as the smallest kubeconfig that leads to them (shared, not copied)."""
    return {
        "clusters": [{"name": "it", "cluster": {}}],
        "users": [{"name": "it", "user": {"auth-provider": provider}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }


def save_renewed(user: Entry, provider: dict[str, Any]) -> None:
    """Write renewed tokens back into the user's file, for a refresh token may be good only once.

    A file that cannot be written is left: this command has its login.
    """
    old, new = user.mapping("auth-provider").get("config") or {}, provider["config"]
    renewed = {key: new[key] for key in RENEWED if key in new and new[key] != old.get(key)}
    if not renewed:
        return
    import yaml

    file = user.file.resolve()
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for item in content["users"]:
            if item["name"] == user.name:
                item["user"]["auth-provider"].setdefault("config", {}).update(renewed)
        _replace(file, yaml.safe_dump(content, sort_keys=False))
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return


def _replace(file: Path, text: str) -> None:
    """Write at once or not at all, under the lock file that kubectl honours."""
    lock = file.with_name(f"{file.name}.lock")
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0))
    try:
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
            new.write(text)
        Path(new.name).chmod(file.stat().st_mode & 0o777)
        Path(new.name).replace(file)
    finally:
        lock.unlink()
