#!/usr/bin/env bash
# The agent and stock testpmd on net_tap in a virtual machine, and on this kernel: what docs/vm.md describes.
#   run.sh               every check, with its figures
#   run.sh --keep        keeps what the machine wrote down, and says where
#   run.sh --again DIR   judges what was kept, without a machine
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "$0")")/../.."
. .ci/setup.sh
case ${1-} in
    '') ;;
    --keep) export NETPOLNIC_VM_KEEP=1 ;;
    --again) export NETPOLNIC_VM_AGAIN=${2:?the folder that was kept} ;;
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown option $1 (see --help)"; exit 2 ;;
esac
npn_need_dotnet || exit 2
npn_need_packages "${NPN_PACKAGES[@]}" "${NPN_VM_PACKAGES[@]}" || exit 2
npn_build "the tests" dotnet build tests/NetPolNic.Vm.Tests --nologo -v quiet || exit 1
artifacts/bin/NetPolNic.Vm.Tests/debug/NetPolNic.Vm.Tests -noLogo -showLiveOutput
