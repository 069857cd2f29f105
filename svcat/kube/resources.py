"""Where objects are found: URL paths of the Kubernetes API. Pure."""

from urllib.parse import quote, urlencode

from svcat.errors import Invalid
from svcat.objects import Resource

SELF_SUBJECT_ACCESS_REVIEW = Resource(
    "authorization.k8s.io/v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    namespaced=False,
)
# Newest first; before Kubernetes 1.26 there is none.
SELF_SUBJECT_REVIEWS = tuple(
    Resource(
        f"authentication.k8s.io/{version}",
        "SelfSubjectReview",
        "selfsubjectreviews",
        namespaced=False,
    )
    for version in ("v1", "v1beta1", "v1alpha1")
)


def collection_path(resource: Resource, namespace: str) -> str:
    """Write the path of a collection; ``namespace=""`` means all namespaces. Raises Invalid."""
    root = "/apis" if resource.group else "/api"
    path = f"{root}/{resource.api_version}"
    if resource.namespaced and namespace:
        path += f"/namespaces/{_segment(namespace, 'namespace')}"
    return f"{path}/{resource.plural}"


def object_path(resource: Resource, namespace: str, name: str) -> str:
    """Write the path of one object. Raises Invalid.

    An empty name would make a DELETE of one object a DELETE of them all.
    """
    if resource.namespaced and not namespace:
        raise Invalid(f"{resource.kind} {name} needs a namespace")
    return f"{collection_path(resource, namespace)}/{_segment(name, resource.kind)}"


def list_query(*, selector: str, limit: int, continue_token: str) -> str:
    """Write the query of a list, with its question mark."""
    parameters = {
        "labelSelector": selector,
        "limit": str(limit) if limit else "",
        "continue": continue_token,
    }
    query = urlencode({key: value for key, value in parameters.items() if value})
    return f"?{query}" if query else ""


def _segment(name: str, what: str) -> str:
    """Check what the API server itself asks of a path segment, and quote it."""
    if not name or name in (".", "..") or "/" in name or "%" in name:
        raise Invalid(f'"{name}" cannot be the name of a {what}')
    return quote(name, safe="")
