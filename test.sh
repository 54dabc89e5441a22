#!/usr/bin/env bash
# Every test, on a clean checkout as well: sets the machine up, builds, runs each test project and adds up its results.
#   ./test.sh            bounded: what .ci/run does
#   ./test.sh --long     fuzz and property tests for much longer
#   ./test.sh --no-vm    without those in a virtual machine: they take minutes, and packages of their own
#   ./test.sh NAME...    only the projects whose name contains NAME
set -uo pipefail
cd -- "$(dirname -- "$(readlink -f -- "$0")")"
. .ci/setup.sh

projects=() vm=1
for argument in "$@"; do
    case $argument in
        --long) export NETPOLNIC_TEST_LONG=1 ;;
        --no-vm) vm=0 ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) say "unknown option $argument (see --help)"; exit 2 ;;
        *) projects+=("$argument") ;;
    esac
done

npn_need_dotnet || exit 2
npn_need_packages "${NPN_PACKAGES[@]}" || exit 2
[ "${#projects[@]}" -eq 0 ] || [[ " ${projects[*]} " == *Vm* ]] || vm=0
[ "$vm" = 0 ] || npn_need_packages "${NPN_VM_PACKAGES[@]}" || say "no virtual machine: its tests are skipped"
npn_build_emunic || exit 1
npn_build_fastpath || exit 1
npn_build "everything" dotnet build NetPolNic.sln --nologo -v quiet || exit 1

total_passed=0 total_failed=0 total_skipped=0 broken=()
for project in tests/*/*.Tests.csproj; do
    name=$(basename "$project" .csproj)
    if [ "${#projects[@]}" -gt 0 ]; then
        wanted=0
        for part in "${projects[@]}"; do [[ $name == *"$part"* ]] && wanted=1; done
        [ "$wanted" = 1 ] || continue
    fi
    [[ $name != *Vm* || $vm = 1 ]] || continue
    printf '\n== %s\n' "$name"
    log=$(mktemp)
    timeout --kill-after=30 3000 "artifacts/bin/$name/debug/$name" -noLogo -noColor 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    # The runner's summary: "  Name  Total: 12, Errors: 0, Failed: 1, Skipped: 0, Not Run: 0, Time: 0.1s".
    count() { sed -n "s/.*Total: .*$1: \([0-9][0-9]*\).*/\1/p; s/.*\($1\): \([0-9][0-9]*\), Errors: .*/\2/p" "$log" | tail -n 1; }
    total=$(count Total) failed=$(count Failed) errors=$(count Errors) skipped=$(count Skipped)
    failed=$((${failed:-0} + ${errors:-0}))
    passed=$((${total:-0} - failed - ${skipped:-0}))
    rm -f "$log"
    total_passed=$((total_passed + ${passed:-0}))
    total_failed=$((total_failed + ${failed:-0}))
    total_skipped=$((total_skipped + ${skipped:-0}))
    # A project that ran nothing or ended badly without naming a failed test is a failure of its own.
    if [ "$status" -ne 0 ] || [ "${passed:-0}" -eq 0 ]; then
        broken+=("$name")
        [ "${failed:-0}" -gt 0 ] || total_failed=$((total_failed + 1))
    fi
done

printf '\n'
[ "${#broken[@]}" -eq 0 ] || printf 'failed: %s\n' "${broken[*]}"
[ "$total_skipped" -eq 0 ] || printf '%d skipped\n' "$total_skipped"
printf '%d passed, %d failed\n' "$total_passed" "$total_failed"
[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
