#!/usr/bin/env bash
# Build kube-apiserver, kube-controller-manager and kubectl from Debian's own source package and
# put them, with Debian's etcd, into CACHE_DIR. Needs root (apt), about 3 minutes on two cores and
# 2.2 GB of scratch, which is removed again.
#
# usage: build.sh CACHE_DIR
set -euo pipefail

cache=${1:?usage: build.sh CACHE_DIR}
version=1.20.2
mkdir -p "$cache"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svcat-controlplane.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

export DEBIAN_FRONTEND=noninteractive
# Sources come from the release that carries kubernetes 1.20.2 (Debian 12), with the settings of
# this machine's own package manager; a private list leaves the machine's configuration alone.
list=$scratch/sources
mkdir -p "$list"
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    sed 's/^Types: .*/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources >"$list/debian.sources"
else
    sed -E 's/^deb(-src)? /deb /; p; s/^deb /deb-src /' /etc/apt/sources.list >"$list/debian.list"
fi
apt=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$list" -qq)

apt-get "${apt[@]}" update
apt-get "${apt[@]}" install -y --no-install-recommends \
    golang-go etcd-server rsync jq dpkg-dev golang-github-modern-go-reflect2-dev >/dev/null

cd "$scratch"
apt-get "${apt[@]}" -o APT::Sandbox::User=root source kubernetes >/dev/null
mv kubernetes-*/ kubernetes  # Debian's folder name holds a "+", which the Makefiles do not expect
cd kubernetes

# The vendored reflect2 1.0.1 crashes a server built with Go 1.18 or newer; Debian ships a fixed one.
rm -rf vendor/github.com/modern-go/reflect2
cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2

GO111MODULE=off GOFLAGS='' KUBE_GIT_VERSION=v$version KUBE_GIT_COMMIT=debian KUBE_GIT_TREE_STATE=clean \
    make WHAT="cmd/kube-apiserver cmd/kube-controller-manager cmd/kubectl" >"$scratch/build.log" 2>&1 || {
    tail -n 40 "$scratch/build.log" >&2
    exit 1
}

out=$(dirname "$(find _output -type f -name kube-apiserver | head -n 1)")
staging=$cache/.staging.$$
rm -rf "$staging"
mkdir -p "$staging"
cp "$out/kube-apiserver" "$out/kube-controller-manager" "$out/kubectl" "$staging/"
cp "$(command -v etcd)" "$staging/etcd"
strip "$staging/kube-apiserver" "$staging/kube-controller-manager" "$staging/kubectl" 2>/dev/null || true
(cd "$staging" && sha256sum kube-apiserver kube-controller-manager kubectl etcd >SHA256SUMS)
# The sums are moved last: a cache with SHA256SUMS is whole.
rm -f "$cache/SHA256SUMS"
mv "$staging"/kube-apiserver "$staging"/kube-controller-manager "$staging"/kubectl "$staging"/etcd "$cache/"
mv "$staging/SHA256SUMS" "$cache/"
rmdir "$staging"
