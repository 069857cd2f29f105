"""Read kubeconfig files as kubectl does, without the ``kubernetes`` package (200 ms to import).

Which files, how they merge, what beats what: client-go's ``clientcmd`` is the model. Messages never
hold the files' content, for that is where the credentials are.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from svcat.errors import NotFound, UsageError

SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}


def broken(message: str, *, hint: str = "check with: kubectl config view") -> UsageError:
    """Make the error for a kubeconfig that cannot be meant."""
    return UsageError(message, hint=hint)


@dataclass(frozen=True, slots=True)
class Entry:
    """One named cluster, context or user, and the file that it came from."""

    kind: str
    name: str
    file: Path
    fields: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f'{self.kind} "{self.name}" in {self.file}'

    def text(self, key: str) -> str:
        """Read a text; empty if absent. Raises UsageError."""
        value = self.fields.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise broken(f"{self}: {key} is not text", hint="put it in quotes")
        return value

    def flag(self, key: str) -> bool:
        """Read true or false; false if absent. Raises UsageError."""
        value = self.fields.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise broken(f"{self}: {key} is neither true nor false")

    def mapping(self, key: str) -> dict[str, Any]:
        """Read a mapping; empty if absent. Raises UsageError."""
        value = self.fields.get(key) or {}
        if not isinstance(value, dict):
            raise broken(f"{self}: {key} is not a mapping")
        return value

    def resolve(self, path: str) -> Path:
        """Say which file ``path`` means: a relative one lies beside the kubeconfig."""
        return Path(os.path.normpath(self.file.parent.absolute() / path))

    def content(self, key: str) -> str:
        """Read ``KEY-data`` (base64) or else the file named by ``KEY``; empty without both.

        Raises UsageError.
        """
        if data := self.text(f"{key}-data"):
            try:
                return b64decode(data, validate=False).decode()
            except ValueError:
                raise broken(f"{self}: {key}-data is not base64 of a text") from None
        path = self.text(key)
        return self.read_file(key, path) if path else ""

    def read_file(self, key: str, path: str) -> str:
        """Read a file that this entry names. Raises UsageError."""
        return _read_text(self.resolve(path), f"{self}: {key}")


@dataclass(frozen=True, slots=True)
class Login:
    """What proves who we are: request headers, a client certificate, or both."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    client_cert_pem: str | None = None
    client_key_pem: str | None = field(default=None, repr=False)


class Choice(NamedTuple):
    """The context in force and what it leads to; ``user`` is None for an anonymous one."""

    context: Entry
    cluster: Entry
    user: Entry | None


def find_files(explicit: str | None, environ: Mapping[str, str]) -> list[Path]:
    """List the files that count: ``explicit`` alone, else $KUBECONFIG, else the default.

    Files of $KUBECONFIG and the default may be missing; raises NotFound if ``explicit`` is.
    """
    if explicit:
        if not Path(explicit).exists():
            raise NotFound(
                f"kubeconfig {explicit} does not exist", hint="check --kubeconfig for a typo"
            )
        return [Path(explicit)]
    if listed := environ.get("KUBECONFIG"):
        candidates = [Path(each) for each in dict.fromkeys(listed.split(os.pathsep)) if each]
    else:
        candidates = [default_file(environ)]
    return [path for path in candidates if _may_exist(path)]


def _may_exist(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True  # reading it will say so


def default_file(environ: Mapping[str, str]) -> Path:
    """Say where kubectl keeps its kubeconfig."""
    return Path(environ.get("HOME") or Path.home()) / ".kube" / "config"


class Kubeconfig(NamedTuple):
    """All files merged: of two entries of one name the first counts, as a whole."""

    files: tuple[Path, ...]
    current_context: str
    entries: dict[str, dict[str, Entry]]

    @property
    def is_empty(self) -> bool:
        """Whether the files say nothing, which is as if there were none."""
        return not self.current_context and not any(self.entries.values())

    def choose(self, context: str | None) -> Choice:
        """Follow ``context`` or the current one. Raises NotFound, UsageError."""
        name = context or self.current_context
        if not name:
            raise broken(
                f"no current context is set in {self._where()}",
                hint=f"name one with --context: {self._names('context')}",
            )
        chosen = self._entry("context", name)
        cluster = self._entry("cluster", chosen.text("cluster"), named_by=chosen)
        user = chosen.text("user")
        return Choice(chosen, cluster, self._entry("user", user, named_by=chosen) if user else None)

    def _entry(self, kind: str, name: str, *, named_by: Entry | None = None) -> Entry:
        found = self.entries[kind].get(name)
        if found is None:
            because = f", which {named_by} names," if named_by else ""
            raise NotFound(
                f'{kind} "{name}"{because} is not in {self._where()}',
                hint=f"known {kind}s: {self._names(kind)}",
            )
        return found

    def _where(self) -> str:
        return ", ".join(map(str, self.files)) or "any kubeconfig, for there is none"

    def _names(self, kind: str) -> str:
        return ", ".join(sorted(self.entries[kind])) or "none"


def read(files: list[Path]) -> Kubeconfig:
    """Read and merge ``files``. Raises UsageError."""
    merged: dict[str, dict[str, Entry]] = {kind: {} for kind in SECTIONS.values()}
    current = ""
    for file in files:
        content = _read_yaml(file)
        value = content.get("current-context") or ""
        if not isinstance(value, str):
            raise broken(f"{file}: current-context is not text", hint="put it in quotes")
        current = current or value
        for section, kind in SECTIONS.items():
            merged[kind] = _read_section(content, section, file) | merged[kind]
    return Kubeconfig(tuple(files), current, merged)


def _read_section(content: dict[str, Any], section: str, file: Path) -> dict[str, Entry]:
    kind = SECTIONS[section]
    found: dict[str, Entry] = {}
    items = content.get(section) or []
    if not isinstance(items, list):
        raise broken(f"{file}: {section} is not a list")
    for index, item in enumerate(items):
        name = item.get("name") if isinstance(item, dict) else None
        fields = (item.get(kind) or {}) if isinstance(item, dict) else None
        if not isinstance(name, str) or not isinstance(fields, dict):
            raise broken(f"{file}: {section}[{index}] needs a name and a mapping {kind}")
        if name in found:
            raise broken(f'{file}: {kind} "{name}" is there twice')
        found[name] = Entry(kind, name, file, fields)
    return found


def _read_yaml(file: Path) -> dict[str, Any]:
    text = _read_text(file, "kubeconfig")
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        # The cause quotes the line at fault, and that line may hold a token.
        raise broken(f"kubeconfig {file} is not valid YAML{place}") from None
    if content is not None and not isinstance(content, dict):
        raise broken(f"kubeconfig {file} is not a mapping")
    return content or {}


def _read_text(file: Path, what: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise broken(f"{what}: {file} is not UTF-8 text") from None
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise broken(f"{what}: cannot read {file}: {reason}") from error


def static_login(user: Entry) -> Login | None:
    """Read a login that needs no program and no refresh; None if the user has another kind.

    A token or password beats an exec plugin or auth-provider, as in kubectl. Raises UsageError.
    """
    headers = _token(user) | _password(user)
    if len(headers) > 1:
        raise broken(f"{user} has both a token and a username", hint="keep one of them")
    if not headers and (user.fields.get("exec") or user.fields.get("auth-provider")):
        return None
    certificate, key = user.content("client-certificate"), user.content("client-key")
    if bool(certificate) != bool(key):
        missing = "client-certificate" if key else "client-key"
        raise broken(f"{user} lacks a {missing}", hint=f"add {missing} or {missing}-data")
    authorization = next(iter(headers.values()), None)
    return Login(
        {"Authorization": authorization} if authorization else {}, certificate or None, key or None
    )


def _token(user: Entry) -> dict[str, str]:
    """Read the bearer token; a readable tokenFile beats ``token``, for it is the one renewed."""
    token, path = user.text("token"), user.text("tokenFile")
    if path:
        try:
            token = user.read_file("tokenFile", path).strip() or token
        except UsageError:
            if not token:
                raise
    return {"token": f"Bearer {token}"} if token else {}


def _password(user: Entry) -> dict[str, str]:
    name = user.text("username")
    if not name:
        return {}
    pair = f"{name}:{user.text('password')}".encode()
    return {"password": f"Basic {b64encode(pair).decode()}"}
