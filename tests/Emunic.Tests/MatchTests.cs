using Emunic.Tests.Cases;
using Emunic.Tests.Support;

namespace Emunic.Tests;

/// <summary>Every case in a stock testpmd: once with whole mbufs, once with chains of 64-byte segments.</summary>
public sealed class MatchTests
{
    private static readonly MatchCase[] s_cases = [.. FieldCases.All, .. PacketCases.All, .. RuleCases.All];
    private static readonly Lazy<MatchRun> s_whole = new(() => new MatchRun(s_cases));
    private static readonly Lazy<MatchRun> s_segmented = new(() => new MatchRun(s_cases, "--mbuf-size=192"));

    public static TheoryData<string> Names => [.. s_cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decides_as_rte_flow_says(string name) =>
        s_whole.Value.Check(s_cases.Single(c => c.Name == name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Decides_the_same_when_packets_come_in_segments(string name) =>
        s_segmented.Value.Check(s_cases.Single(c => c.Name == name));
}
