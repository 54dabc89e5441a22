#!/usr/bin/env bash
# Boots the guest and runs a script in it, with the host's files (read-only, changes are thrown away) and without its network.
#   boot.sh FOLDER SCRIPT [SECONDS [RESULTS]]   FOLDER as made by build.sh; prints what the script prints; exits as the
#   script does. RESULTS is a folder of the host that the script finds at the same path and may write to.
set -uo pipefail
folder=$1 script=$(readlink -f -- "$2") limit=${3:-240} results=${4:+$(readlink -f -- "$4")}
share=()
[ -z "$results" ] || share=(-virtfs "local,path=$results,mount_tag=results,security_model=none")
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
timeout --kill-after=5 "$limit" qemu-system-x86_64 -nodefaults -no-reboot -display none -machine pc -accel tcg,thread=multi -cpu max -smp 2 -m 3072 \
    -kernel "$folder/vmlinuz" -initrd "$folder/initramfs" -serial stdio -monitor none \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "${share[@]}" \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 random.trust_cpu=on npn.script=$script npn.path=$PATH npn.results=$results" </dev/null 2>&1 |
    stdbuf -oL tr -d '\r' | tee "$log" | grep --line-buffered -v '^guest: exit '
status=$(sed -n 's/^guest: exit \([0-9]*\)$/\1/p' "$log")
[ -n "$status" ] || { echo "the guest did not end by itself within $limit s" >&2; exit 124; }
exit "$status"
