"""An app store for services in a Kubernetes cluster, as one command."""

__version__ = "0.1.0"
