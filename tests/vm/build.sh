#!/usr/bin/env bash
# Makes the virtual machine's kernel and initramfs: Debian's kernel package, unpacked, and the few modules that the guest needs.
#   build.sh FOLDER      writes FOLDER/vmlinuz and FOLDER/initramfs; nothing where they are newer than the sources
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "$0")")
out=$(mkdir -p -- "$1" && readlink -f -- "$1")

# virtio and the root over 9p, then net_tap's own: the device, the qdiscs and classifiers that its rte_flow is made of.
readonly MODULES=(virtio_pci 9pnet_virtio 9p overlay tun veth sch_ingress sch_multiq sch_prio cls_flower cls_bpf act_bpf act_gact act_mirred
    act_skbedit)

[ "$out/initramfs" -nt "$here/guest-init" ] && [ "$out/initramfs" -nt "$0" ] && [ -e "$out/vmlinuz" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
fetch() {
    local package
    package=$(apt-cache depends --important linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] && (cd "$work" && apt-get -qq download "$package" 2>&1)
}
# Images come without the archive's lists, and old lists name packages that are gone.
fetch >/dev/null || { apt-get -qq update && fetch; } >"$work/log" 2>&1 ||
    { echo "the package linux-image-amd64 cannot be fetched: $(tail -n 3 "$work/log")" >&2; exit 2; }
dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"

version=$(ls "$work/kernel/lib/modules")
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,lower,rw,root} "$root/lib/modules/$version"
cp /bin/busybox "$root/bin/busybox"
cp "$here/guest-init" "$root/init"
chmod 755 "$root/init"
busybox depmod -b "$work/kernel" "$version"
dependencies=$work/kernel/lib/modules/$version/modules.dep
copy() {
    local line file
    line=$(grep -E "^[^:]*/$1\.ko:" "$dependencies") || { echo "the kernel has no module $1" >&2; exit 2; }
    for file in ${line/:/ }; do
        mkdir -p "$root/lib/modules/$version/$(dirname "$file")"
        cp "$work/kernel/lib/modules/$version/$file" "$root/lib/modules/$version/$file"
    done
}
for module in "${MODULES[@]}"; do copy "$module"; done
busybox depmod -b "$root" "$version"
printf '%s\n' "${MODULES[@]}" >"$root/modules"
cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$out/initramfs"
