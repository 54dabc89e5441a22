using Emunic.Tests.Cases;
using Emunic.Tests.Support;

namespace Emunic.Tests;

/// <summary>Every bad habit, as a driver shows it: the packets, and the answers at testpmd's prompt.</summary>
public sealed class QuirkTests
{
    private static readonly MatchCase[] s_cases = [.. QuirkCases.All];
    private static readonly Lazy<MatchRun> s_run = new(() => new MatchRun(s_cases));

    public static TheoryData<string> Names => [.. s_cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decides_as_badly_as_told(string name) => s_run.Value.Check(s_cases.Single(c => c.Name == name));

    /// <summary>
    /// Without error_unset and query_fails: testpmd follows an error that nobody has set, and dies of it. The end-to-end tests
    /// have those two.
    /// </summary>
    [Fact]
    public void Answers_as_badly_as_told()
    {
        using TestpmdSession session = new(
        [
            "net_emunic0,quirk=fail_call:3:EBUSY", "net_emunic1,quirk=reset_nth:2", "net_emunic2,quirk=slow:1000",
        ]);

        // The third call of any kind fails, and no other.
        Assert.Contains("validated", session.Run("flow validate 0 ingress pattern eth / end actions drop / end"), StringComparison.Ordinal);
        Assert.Contains("created", Create(session, 0, 1), StringComparison.Ordinal);
        Assert.Contains(
            "call 3 failed as told: Device or resource busy", session.Run("flow destroy 0 rule 0"), StringComparison.Ordinal);
        Assert.Contains("destroyed", session.Run("flow destroy 0 rule 0"), StringComparison.Ordinal);

        // The second insertion is answered with a handle; the port has lost both rules, and wants to be started again.
        Create(session, 1, 1);
        Assert.Contains("created", Create(session, 1, 2), StringComparison.Ordinal);
        Assert.Equal(0, session.ReadXstat(1, "emunic_rules"));
        Assert.Contains(
            "the port has reset itself: stop and start it: Input/output error", session.Run("flow destroy 1 rule 1"),
            StringComparison.Ordinal);
        session.Run(["port stop 1", "port start 1"]);
        Assert.Contains("created", Create(session, 1, 3), StringComparison.Ordinal);

        Assert.Contains("created", Create(session, 2, 1), StringComparison.Ordinal);
        session.Quit();
    }

    private static string Create(TestpmdSession session, int ethPort, int l4Port) => session.Run(
        $"flow create {ethPort} ingress pattern eth / udp dst is {l4Port} / end actions drop / end");
}
