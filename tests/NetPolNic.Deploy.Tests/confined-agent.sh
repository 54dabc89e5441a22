#!/usr/bin/env bash
# Runs the agent as the DaemonSet does, as far as one machine can: user 0 with the capabilities given and no others, no new
# privileges, a root that is read-only but for the pod's volumes, between two veth pairs of a network namespace of its own.
#   confined-agent.sh AGENT MANIFESTS CAPABILITIES          e.g. +ipc_lock,+net_raw
# Prints "confinement unavailable" where the machine does not allow that, "ready" once /readyz answers 200, else the agent's words.
set -u
if [ "${NPN_CONFINED:-}" != 1 ]; then
    unshare --net --mount true 2>/dev/null || { echo "confinement unavailable"; exit 0; }
    NPN_CONFINED=1 exec unshare --net --mount bash "$0" "$@"
fi

agent=$1 manifests=$2 capabilities=$3
prepare() {
    mount --make-rprivate / && mkdir -p /run/netpolnic /run/dpdk || return
    mount -t tmpfs tmpfs /run/netpolnic && mount -t tmpfs tmpfs /run/dpdk || return
    cp -r "$manifests" /run/netpolnic/manifests || return
    ip link set lo up || return
    for i in 0 1; do
        ip link add "npn$i" type veth peer name "npn${i}p" && ip link set "npn$i" up && ip link set "npn${i}p" up || return
    done
    mount -o remount,bind,ro / || return
    ! touch /etc/npn-confined 2>/dev/null
}
prepare >/dev/null 2>&1 || { echo "confinement unavailable"; exit 0; }

export NETPOLNIC_UPLINK=net_af_packet0,iface=npn0 NETPOLNIC_PODPORTS__0=net_af_packet1,iface=npn1
export NETPOLNIC_MANIFESTS=/run/netpolnic/manifests NETPOLNIC_METRICSLISTEN=127.0.0.1:9099 NETPOLNIC_MEMORYMIB=128 NETPOLNIC_LCORE=0
export NETPOLNIC_CONTROLSOCKET=/run/netpolnic/netpolnic.sock NETPOLNIC_FILEPREFIX=netpolnic-confined-$$ DOTNET_EnableDiagnostics=0
log=/run/netpolnic/log
setpriv --bounding-set="-all${capabilities:+,$capabilities}" --inh-caps=-all --no-new-privs "$agent" run >"$log" 2>&1 &
pid=$!
answer() { # a GET without a tool for it
    exec 3<>/dev/tcp/127.0.0.1/9099 && printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3 && head -n 1 <&3
} 2>/dev/null
for _ in $(seq 240); do
    kill -0 "$pid" 2>/dev/null || break
    case $(answer /readyz) in *" 200 "*) echo ready; break ;; esac
    sleep 0.25
done
kill -TERM "$pid" 2>/dev/null
wait "$pid"
echo "exit $?"
cat "$log"
