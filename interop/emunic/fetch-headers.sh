#!/bin/sh
# Fetches the four driver-side DPDK headers that libdpdk-dev does not ship, from Debian's source package of exactly the
# installed version, into DEST. They are internals without ABI promise: fetched at build time, cached, never committed.
#
#   fetch-headers.sh DEST
#
# Uses apt with lists, cache and state of its own below DEST's parent (the machine's are not touched), against the
# mirrors that the machine's own apt is configured with. Needs no root.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DEST" >&2; exit 2; }
dest=$1
headers="lib/ethdev/ethdev_driver.h lib/ethdev/ethdev_vdev.h lib/eal/include/dev_driver.h
drivers/bus/vdev/bus_vdev_driver.h"

fail() { echo "fetch-headers: $*" >&2; exit 1; }

version=$(dpkg-query -W -f='${source:Version}' libdpdk-dev 2>/dev/null) || version=
[ -n "$version" ] || fail "libdpdk-dev is not installed (apt-get install libdpdk-dev)"

if [ -f "$dest/.version" ] && [ "$(cat "$dest/.version")" = "$version" ]; then
	exit 0
fi

mkdir -p "$(dirname "$dest")"
work=$(mktemp -d "$(dirname "$dest")/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/state" "$work/parts" "$work/keys" "$work/src"
: >"$work/state/status"

# One deb-src line for each archive the machine knows, the one libdpdk-dev came from first.
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	sort -u >"$work/targets"
[ -s "$work/targets" ] || fail "apt has no package source configured"
sed 's/^/deb-src /' "$work/targets" >"$work/all.list"
# The machine's keyrings, wherever its sources name them: our lines carry no Signed-By.
for key in /etc/apt/trusted.gpg.d/* /etc/apt/keyrings/* /usr/share/keyrings/debian-archive-keyring.*; do
	if [ -f "$key" ]; then
		cp "$key" "$work/keys/"
	fi
done
apt-cache madison libdpdk-dev 2>/dev/null |
	awk -F' *[|] *' -v v="$version" '$2 == v { split($3, a, " "); sub(/\/$/, "", a[1]); split(a[2], s, "/"); print a[1], s[1] }' |
	sort -u >"$work/origins"

own_apt() {
	apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts" \
		-o Dir::Etc::trustedparts="$work/keys" \
		-o Dir::State="$work/state" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/state/status" \
		-o Dir::Cache="$work/cache" -o APT::Sandbox::User= -o Acquire::Retries=3 -o Acquire::Languages=none \
		-o APT::Update::Error-Mode=any "$@"
}

# Tries the archives in sources.list; succeeds with the source files in $work/src.
download() {
	[ -s "$work/sources.list" ] || return 1
	own_apt update >"$work/log" 2>&1 || true
	(cd "$work/src" && own_apt source --download-only "dpdk=$version") >>"$work/log" 2>&1
}

: >"$work/sources.list"
while read -r uri suite; do
	awk -v u="$uri" -v s="$suite" '{ w = $2; sub(/\/$/, "", w); if (w == u && $3 == s) print }' \
		"$work/all.list" >>"$work/sources.list"
done <"$work/origins"
if ! download; then
	cp "$work/all.list" "$work/sources.list"
	download || { cat "$work/log" >&2; fail "cannot get Debian's source package dpdk $version"; }
fi

orig=$(find "$work/src" -name 'dpdk_*.orig.tar.*' ! -name '*.asc' | head -n 1)
debian=$(find "$work/src" -name 'dpdk_*.debian.tar.*' | head -n 1)
[ -n "$orig" ] || fail "the source package of dpdk $version has no orig tarball"

mkdir "$work/include" "$work/tree"
patterns=
for h in $headers; do
	patterns="$patterns */$h"
done
# shellcheck disable=SC2086
tar -xf "$orig" -C "$work/tree" --strip-components=1 --wildcards --no-anchored $patterns
for h in $headers; do
	[ -f "$work/tree/$h" ] || fail "$h is not in $(basename "$orig")"
	if [ -n "$debian" ] && tar -xOf "$debian" --wildcards 'debian/patches/*' 2>/dev/null | grep -q "^+++ .*/$h"; then
		fail "Debian patches $h in $version: this script must apply the patch first"
	fi
	cp "$work/tree/$h" "$work/include/"
done
echo "$version" >"$work/include/.version"
rm -rf "$dest"
mv "$work/include" "$dest"
echo "fetch-headers: four headers of dpdk $version in $dest"
