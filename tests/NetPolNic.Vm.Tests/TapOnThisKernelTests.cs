using System.Text.Json;
using NetPolNic.Vm.Tests.Support;

namespace NetPolNic.Vm.Tests;

/// <summary>
/// The agent on net_tap in a network namespace of this machine, where the kernel may lack what net_tap makes rules of: there
/// <c>rte_flow_validate</c> agrees to every rule and <c>rte_flow_create</c> refuses it.
/// </summary>
public sealed class TapOnThisKernelTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_validate_that_lies_is_survived()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("npn-tap-");
        try
        {
            string results = folder.CreateSubdirectory("results").FullName;
            Scenario scenario = Scenario.WriteSmall(folder.FullName, packets: 500);

            GuestRun run = await GuestRun.RunAsync(
                results, s_patience, "unshare", "--net", Programs.Guest, folder.FullName, results, Programs.Agent);

            bool works = run.Rules("start", 0).Count > 0;
            JsonElement status = run.Status("first");
            foreach (JsonElement port in status.GetProperty("ethPorts").EnumerateArray())
            {
                output.WriteLine($"{port.GetProperty("device")}: {port.GetProperty("rules")} rules, {port.GetProperty("refused")} refused");
                Assert.Equal(works, port.GetProperty("refused").GetInt32() == 0);
                Assert.Equal(works, port.GetProperty("rules").GetInt32() > 0);
            }

            Assert.Equal(works ? 0 : 2, status.GetProperty("refusals").EnumerateArray().Select(refusal => refusal.GetProperty("ethPort").GetInt32()).Distinct().Count());
            Differences.None(
                "packets",
                Differences.OfArrivals(scenario.First, run.Arrived("first"), frame => frame.Allowed ? frame.To : null));
            long received = status.GetProperty("fallback").GetProperty("rxPkts").GetInt64() -
                run.Status("start").GetProperty("fallback").GetProperty("rxPkts").GetInt64();
            long sent = scenario.First.Count(frame => !works || !frame.NicDrops) + scenario.AnnouncementCount +
                run.Number("announce.sentinels") + run.Number("first.sentinels");
            Assert.Equal(sent, received);
            Assert.Contains(scenario.First, frame => frame.Allowed);
            Assert.Contains(scenario.First, frame => frame.NicDrops);
            Assert.Equal(0, run.Number("agent.exit"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
