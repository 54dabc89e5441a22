# Set-up shared by ./netpolnic and ./test.sh; sourced, not run. Installs what is missing and says so.

# Builds leave no server processes behind.
export MSBUILDDISABLENODEREUSE=1

say() { printf '%s\n' "netpolnic: $*" >&2; }

# Packages of a Debian 12 machine that the data path needs: DPDK with its drivers, testpmd (dpdk-dev), and what
# compiles the emulated NIC.
readonly NPN_PACKAGES=(dpdk dpdk-dev libdpdk-dev gcc make pkg-config xz-utils)

# What the tests in a virtual machine need besides (tests/vm); the agent needs none of it.
readonly NPN_VM_PACKAGES=(qemu-system-x86 busybox-static cpio iproute2)

npn_need_dotnet() {
    if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks 2>/dev/null | grep -q '^1[0-9]\.'; then
        say "the .NET 10 SDK is needed and was not found (https://dotnet.microsoft.com/download)"
        return 2
    fi
}

npn_need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "packages are missing: ${missing[*]}"
        say "run this once:  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
        return 2
    fi
    say "installing ${missing[*]} (apt-get)"
    local log
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "apt-get failed; its last lines are above"
        return 2
    fi
    rm -f "$log"
}

# Whether anything that was built from sources is older than they are: npn_stale STAMP PATH...
npn_stale() {
    local stamp=$1
    shift
    [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' \
        -o -name '*.json' -o -name '*.c' -o -name '*.h' -o -name 'Makefile' -o -name '*.proto' \) -print -quit 2>/dev/null)" ]
}

# Runs a build quietly, showing its output only where it fails: npn_build WHAT COMMAND...
npn_build() {
    local what=$1 log
    shift
    say "building $what"
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        grep -E 'error|Error' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
        tail -n 5 "$log" >&2
        rm -f "$log"
        say "building $what failed"
        return 1
    fi
    rm -f "$log"
}

npn_build_emunic() {
    local stamp=artifacts/emunic/.built
    if npn_stale "$stamp" interop/emunic || [ ! -e artifacts/emunic/librte_net_emunic.so ]; then
        npn_build "the emulated NIC" make -s -C interop/emunic || return 1
        touch "$stamp"
    fi
}

# The poll loop as a shared library: ahead-of-time compilation takes a while, so only when something it is made of changed.
npn_build_fastpath() {
    local stamp=artifacts/fastpath/.built
    if npn_stale "$stamp" Fallback interop/DPDK.NET Driver/Policy Directory.Build.props Directory.Packages.props \
        || [ ! -e artifacts/fastpath/netpolnic-fastpath.so ]; then
        npn_build "the poll loop" dotnet publish Fallback/FastPath -c Release -o artifacts/fastpath/publish --nologo -v quiet \
            || return 1
        # Replaced, not overwritten: a running agent keeps the one that it has loaded.
        mv -f artifacts/fastpath/publish/netpolnic-fastpath.so artifacts/fastpath/ || return 1
        touch "$stamp"
    fi
}
