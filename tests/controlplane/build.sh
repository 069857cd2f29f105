#!/usr/bin/env bash
# Build kube-apiserver, kube-controller-manager and kubectl from Debian's own source package and
# put them, with Debian's etcd, into CACHE_DIR.
#
# For Debian 12, which carries kubernetes 1.20.2. Needs no root and installs nothing: tools and
# sources are downloaded with the machine's own apt settings into a scratch folder (2.5 GB under
# $TMPDIR, removed at the end). About 5 minutes on two cores.
#
# usage: build.sh CACHE_DIR
set -euo pipefail

cache=${1:?usage: build.sh CACHE_DIR}
version=1.20.2
mkdir -p "$cache"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svcat-controlplane.XXXXXX")
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT

say() { echo "controlplane: $*" >&2; }

# A private package manager state: the machine's package sources, plus the source packages.
sources=$scratch/sources
mkdir -p "$sources" "$scratch"/lists/partial "$scratch"/archives/partial "$scratch/root"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    case $file in
        *.sources) sed 's/^Types: .*/Types: deb deb-src/' "$file" >"$sources/${file##*/}" ;;
        *.list) [ ! -e "$file" ] || sed -E '/^deb /{p; s/^deb /deb-src /}' "$file" >"$sources/${file##*/}" ;;
    esac
done
apt() {
    apt-get -qq -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$sources" \
        -o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch" \
        -o Dir::Cache::archives="$scratch/archives" "$@"
}

say "downloading tools and sources"
cd "$scratch"
apt update
# Installed packages are left out by apt; those that it would only upgrade are not needed.
apt install --yes --download-only --no-install-recommends --no-upgrade \
    golang-go make rsync jq patch xz-utils golang-github-modern-go-reflect2-dev >/dev/null
apt download etcd-server >/dev/null  # not installed, for that would start it
apt source --download-only kubernetes >/dev/null
rm -f archives/libc6_*.deb archives/libc-bin_*.deb
for package in archives/*.deb ./*.deb; do
    [ ! -e "$package" ] || dpkg-deb --extract "$package" root
done

# Tools that are installed already are used from where they are.
libraries=$(find root/usr/lib root/lib -maxdepth 1 -name '*-linux-gnu' -printf "$scratch/%p:" 2>/dev/null || true)
export LD_LIBRARY_PATH=$libraries
for goroot in "$scratch"/root/usr/lib/go-1.* /usr/lib/go; do [ ! -x "$goroot/bin/go" ] || break; done
export GOROOT=$goroot PATH=$goroot/bin:$scratch/root/usr/bin:$scratch/root/bin:$PATH
reflect2=usr/share/gocode/src/github.com/modern-go/reflect2
[ -d "$scratch/root/$reflect2" ] && reflect2=$scratch/root/$reflect2 || reflect2=/$reflect2

mkdir kubernetes
tar -C kubernetes --strip-components=1 -xf kubernetes_*.orig.tar.*
tar -C kubernetes -xf kubernetes_*.debian.tar.*
cd kubernetes
while read -r name _; do
    case $name in '' | '#'*) ;; *) patch -s -p1 <"debian/patches/$name" ;; esac
done <debian/patches/series

# The vendored reflect2 1.0.1 crashes a server built with Go 1.18 or newer; Debian ships a fixed one.
rm -rf vendor/github.com/modern-go/reflect2
cp -rL "$reflect2" vendor/github.com/modern-go/reflect2

say "building kubernetes $version"
export HOME=$scratch CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' GOCACHE=$scratch/go-cache
export KUBE_GIT_VERSION=v$version KUBE_GIT_COMMIT=debian KUBE_GIT_TREE_STATE=clean
make WHAT="cmd/kube-apiserver cmd/kube-controller-manager cmd/kubectl" \
    GOLDFLAGS='-s -w' >"$scratch/build.log" 2>&1 || {
    tail -n 40 "$scratch/build.log" >&2
    exit 1
}

# Staged beside the cache and moved with the checksums last: a cache with SHA256SUMS is whole.
out=$(dirname "$(find _output -type f -name kube-apiserver | head -n 1)")
staging=$(mktemp -d "$cache/.staging.XXXXXX")
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch" "$staging"' EXIT
cp "$out"/kube-apiserver "$out"/kube-controller-manager "$out"/kubectl "$scratch/root/usr/bin/etcd" "$staging/"
(cd "$staging" && sha256sum -- * >"$scratch/SHA256SUMS")
rm -f "$cache/SHA256SUMS"
mv "$staging"/* "$cache/"
mv "$scratch/SHA256SUMS" "$cache/.SHA256SUMS" && mv "$cache/.SHA256SUMS" "$cache/SHA256SUMS"
say "done: $cache"
