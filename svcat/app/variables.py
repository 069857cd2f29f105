"""Names of environment variables: which one a key becomes, and which it must never be. Pure.

A broker chooses the keys. A variable of the wrong name runs code (``LD_PRELOAD``), sends traffic
elsewhere (``HTTPS_PROXY``) or changes what a program trusts (``SSL_CERT_FILE``): such names are
refused even to who asks for them by name.
"""

import re
from collections.abc import Iterable

from svcat.errors import UsageError

ROOT = "SERVICE_BINDING_ROOT"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OTHER = re.compile(r"[^A-Z0-9_]", re.ASCII)
_DENIED = frozenset(
    {
        "BASH_ENV",
        "CLASSPATH",
        "ENV",
        "GCONV_PATH",
        "GLIBC_TUNABLES",
        "HOME",
        "HOSTALIASES",
        "IFS",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "LOCALDOMAIN",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PATH",
        "PS4",
        "SHELLOPTS",
        "TMPDIR",
        "_JAVA_OPTIONS",
        ROOT,
    }
)
_DENIED_PREFIXES = (
    "BASH_FUNC_",
    "DOTNET_",
    "DYLD_",
    "GIT_",
    "KUBERNETES_",
    "LD_",
    "MALLOC_",
    "PERL5",
    "PYTHON",
    "RUBY",
    "SSL_CERT_",
)
_DENIED_SUFFIXES = ("_PROXY", "_proxy")
# Facts about the binding, not credentials, and the same document once more.
BESIDES = frozenset({"type", "provider", "credentials.json"})


def is_denied(variable: str) -> bool:
    """Whether no key may become ``variable``."""
    return (
        variable in _DENIED
        or variable.startswith(_DENIED_PREFIXES)
        or variable.endswith(_DENIED_SUFFIXES)
    )


def variable_of(key: str, prefix: str = "") -> str:
    """Return the variable that ``key`` becomes: ``db.host`` → ``DB_HOST``."""
    name = prefix + _OTHER.sub("_", key.upper())
    return f"_{name}" if name[:1].isdigit() else name


def require_allowed(variable: str) -> str:
    """Return ``variable`` if a workload may get it. Raises UsageError."""
    if not _NAME.fullmatch(variable):
        raise UsageError(
            f"{variable!r} cannot be the name of a variable",
            hint="use letters, digits and '_', no digit first",
        )
    if is_denied(variable):
        raise UsageError(
            f"variable {variable} is never set from credentials: it changes how programs run",
            hint="choose another name: --env KEY=NAME, or --prefix",
        )
    return variable


def all_of(keys: Iterable[str], prefix: str = "") -> tuple[dict[str, str], tuple[str, ...]]:
    """Return variable → key for all credentials, and the keys left out. Raises UsageError.

    Left out are those that would become a variable that is never set.
    """
    found: dict[str, str] = {}
    left_out = []
    for key in sorted(set(keys) - BESIDES):
        variable = variable_of(key, prefix)
        if is_denied(variable) or not _NAME.fullmatch(variable):
            left_out.append(key)
            continue
        if variable in found:
            raise UsageError(
                f"keys {found[variable]!r} and {key!r} would both be variable {variable}",
                hint="name them one by one: --env KEY=VARIABLE",
            )
        found[variable] = key
    return found, tuple(left_out)
