using Emunic.Tests.Support;

namespace Emunic.Tests;

/// <summary>Bad device arguments and a foreign DPDK: refused, with the argument named.</summary>
public sealed class ArgumentTests(ArgumentTests.Prompt prompt) : IClassFixture<ArgumentTests.Prompt>
{

    [Theory]
    [InlineData("colour=red", "argument colour: unknown argument")]
    [InlineData("profile=cx7", "argument profile: unknown profile 'cx7'")]
    [InlineData("prios=0", "argument prios: '0' is not a number from 1 to 65536")]
    [InlineData("prios=-1", "argument prios: '-1' is not a number from 1 to 65536")]
    [InlineData("prios=4x", "argument prios: '4x' is not a number from 1 to 65536")]
    [InlineData("groups=4097", "argument groups: '4097' is not a number from 1 to 4096")]
    [InlineData(
        "size=9999999999999999999999", "argument size: '9999999999999999999999' is not a number from 0 to 1048576")]
    [InlineData("ring=1", "argument ring: '1' is not a number from 2 to 1048576")]
    [InlineData("items=eth+ipv5", "argument items: unknown name 'ipv5'")]
    [InlineData("actions=drop+teleport", "argument actions: unknown name 'teleport'")]
    [InlineData("masks=ipv4.src", "argument masks: 'ipv4.src' is not FIELD:KIND")]
    [InlineData("masks=ipv4.ttl:any", "argument masks: unknown field 'ipv4.ttl'")]
    [InlineData("masks=ipv4.src:fuzzy", "argument masks: unknown kind 'fuzzy' of 'ipv4.src'")]
    [InlineData("prio_reverse=yes", "argument prio_reverse: 'yes' is neither 0 nor 1")]
    [InlineData("frag_l4=last", "argument frag_l4: 'last' is neither miss nor first nor any")]
    [InlineData("v6ext=some", "argument v6ext: 'some' is neither none nor parse")]
    [InlineData("v6proto=some", "argument v6proto: 'some' is neither first nor last")]
    [InlineData("async=1", "argument async: '1' is neither no nor yes nor only")]
    [InlineData("async_size=0", "argument async_size: '0' is not a number from 1 to 65536")]
    [InlineData("quirk=queue_room:0", "argument quirk: '0' is not a number from 1 to 4294967295")]
    [InlineData("quirk=table_room:1:EPERM", "argument quirk: unknown errno 'EPERM' of table_room")]
    [InlineData("quirk=fail_op:0", "argument quirk: '0' is not a number from 1 to 4294967295")]
    [InlineData("quirk=slow:0", "argument quirk: '0' is not a number from 1 to 1000000")]
    [InlineData("quirk=widen:1", "argument quirk: unknown or malformed quirk 'widen'")]
    [InlineData("quirk=fail_call:1:ESTRANGE", "argument quirk: unknown errno 'ESTRANGE' of fail_call")]
    [InlineData("quirk=moody", "argument quirk: unknown or malformed quirk 'moody'")]
    [InlineData("quirk=fail_nth", "argument quirk: unknown or malformed quirk 'fail_nth'")]
    [InlineData("quirk=fail_nth:0", "argument quirk: '0' is not a number from 1 to 4294967295")]
    [InlineData("quirk=fail_nth:1:ESTRANGE", "argument quirk: unknown errno 'ESTRANGE' of fail_nth")]
    [InlineData("backend=net_none", "argument backend: no port 'net_none' (it must be created before net_emunic0)")]
    [InlineData("prios=1,prios=2", "argument prios: given twice")]
    [InlineData("prios", "argument prios: no value given")]
    public void Refuses_the_device_when_an_argument_is_bad(string arguments, string expected)
    {
        string answer = prompt.Session.Run($"port attach net_emunic0,{arguments}");

        Assert.Contains("net_emunic: " + expected + "\n", answer.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("Failed to attach port net_emunic0", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_to_register_when_the_dpdk_is_another_one()
    {
        string path = Driver.Build(
            "artifacts/emunic/foreign/librte_net_emunic.so", "-DEMUNIC_DPDK_VERSION='\"DPDK 99.11.0\"'");

        ToolResult result = Tool.Run(
            "dpdk-testpmd",
            [
                "--no-pci", "--no-huge", "-m", "128", $"--file-prefix=emuarg{Environment.ProcessId}", "-d", path,
                "--vdev", "net_emunic0", "--", "--total-num-mbufs=2048",
            ]);

        Assert.Matches(
            @"net_emunic: built for DPDK 99\.11\.0, this is DPDK [0-9.]+: not registered, build it again", result.Output);
        Assert.DoesNotContain("Port 0:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_what_is_wrong_when_the_name_is_too_long_for_rings()
    {
        string answer = prompt.Session.Run("port attach net_emunic_with_a_very_long_name");

        Assert.Contains("the device's name is too long for its rings", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_backend_that_runs_or_belongs_to_another_device()
    {
        IReadOnlyList<string> answers = prompt.Session.Run(
        [
            "port attach net_emunic7,backend=net_null0",
            "port attach net_null9", "port attach net_emunic8,backend=net_null9", "port attach net_emunic9,backend=net_null9",
        ]);

        Assert.Contains("argument backend: port 'net_null0' is running already", answers[0], StringComparison.Ordinal);
        Assert.Contains("is attached", answers[2], StringComparison.Ordinal);
        Assert.Contains(
            "argument backend: port 'net_null9' belongs to somebody else", answers[3], StringComparison.Ordinal);
    }

    /// <summary>One testpmd for all the devices that are refused.</summary>
    public sealed class Prompt : IDisposable
    {
        private TestpmdSession? _session;

        internal TestpmdSession Session => _session ??= new TestpmdSession(["net_null0"]);

        public void Dispose() => _session?.Dispose();
    }
}
