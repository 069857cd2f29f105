"""How a binding's credentials are laid out in its Secret."""

from msgspec import Struct

Pair = tuple[str, str]


class Shape(Struct, frozen=True, kw_only=True):
    """How credentials are laid out in the Secret; applied in the order of the fields."""

    flatten: bool = False  # nested objects become dotted keys
    renames: tuple[Pair, ...] = ()  # (new, old)
    adds: tuple[Pair, ...] = ()  # (key, text)
    paths: tuple[Pair, ...] = ()  # (key, JSONPath over the credentials)
    add_from: tuple[str, ...] = ()  # Secrets of the same namespace, all keys
    templates: tuple[Pair, ...] = ()  # (key, text with {{name}})
    removes: tuple[str, ...] = ()
    secret_key: str = ""  # the whole document as JSON under one key
    provider: str = ""  # instead of the broker's name
    service_type: str = ""  # instead of the one that the Secret itself was made with
