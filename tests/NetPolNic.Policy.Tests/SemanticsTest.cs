using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests;

/// <summary>
/// Asserts verdicts of resolver and evaluator together. Ends are last address parts of <see cref="ClusterBuilder"/>,
/// asked in both families, or addresses.
/// </summary>
public abstract class SemanticsTest
{
    protected static void Allowed(
        ClusterBuilder cluster,
        object src,
        object dst,
        string flow = "TCP/80",
        IsolationMode mode = IsolationMode.Auto,
        string? node = null) => Check(cluster, src, dst, flow, mode, node, Verdict.Allow);

    protected static void Denied(
        ClusterBuilder cluster,
        object src,
        object dst,
        string flow = "TCP/80",
        IsolationMode mode = IsolationMode.Auto,
        string? node = null) => Check(cluster, src, dst, flow, mode, node, Verdict.Deny);

    protected static PolicySnapshot Resolve(
        ClusterBuilder cluster,
        IsolationMode mode = IsolationMode.Auto,
        string? node = null) => new PolicyResolver(mode).Resolve(cluster.Build(), node);

    private static void Check(
        ClusterBuilder cluster,
        object src,
        object dst,
        string flow,
        IsolationMode mode,
        string? node,
        Verdict expected)
    {
        ClusterState state = cluster.Build();
        PolicyEvaluator evaluator = new(state, mode);
        SnapshotQuery resolved = new(new PolicyResolver(mode).Resolve(state, node));
        (byte proto, ushort number) = Parse(flow);
        IpFamily[] families = [.. new[] { src, dst }.OfType<string>().Select(t => IpAddr.Parse(t).Family).Distinct()];
        foreach (IpFamily family in families.Length == 0 ? [IpFamily.V4, IpFamily.V6] : families)
        {
            IpAddr from = AddressOf(src, family);
            IpAddr to = AddressOf(dst, family);
            FlowDecision decision = evaluator.Evaluate(from, to, proto, number, node);
            Assert.True(
                expected == decision.Combined,
                $"{from} -> {to} {flow}: egress {decision.Egress.Explanation}; ingress {decision.Ingress.Explanation}");
            Assert.Equal(expected == Verdict.Allow, resolved.Allows(from, to, proto, number));
        }
    }

    private static IpAddr AddressOf(object end, IpFamily family) =>
        end is int number ? ClusterBuilder.Address(family, number) : IpAddr.Parse((string)end);

    /// <summary>"TCP/80", or "ICMP", "ICMP6", "GRE".</summary>
    private static (byte Proto, ushort Number) Parse(string flow)
    {
        switch (flow)
        {
            case "ICMP":
                return (1, 0);
            case "ICMP6":
                return (58, 0);
            case "GRE":
                return (47, 0);
            default:
                L4PortMatch entry = ClusterBuilder.Entry(flow);
                return ((byte)entry.Proto, entry.First ?? 0);
        }
    }
}
