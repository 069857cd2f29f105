"""How versions look. Pure."""

from svcat.output.view import API_VERSION, Text, View


def version_view(own: str, server: str | None) -> View:
    """Return the View of ``version``."""
    lines = [f"Client Version: v{own}"]
    if server is not None:
        lines.append(f"Server Version: {server}")
    obj = {"apiVersion": API_VERSION, "kind": "Version", "clientVersion": f"v{own}"}
    if server is not None:
        obj["serverVersion"] = server
    return View(obj, (Text("\n".join(lines)),), ("version/svcat",))
