using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Classifier;

public sealed class ClassifierMemoryTests
{
    private const int Pods = 50;
    private const int MaxBytesPerRule = 150;

    /// <summary>Fifty pods isolated both ways, with rules of their own: nine single addresses in ten, else a block.</summary>
    [Theory]
    [InlineData(1_000, IpFamily.V4)]
    [InlineData(1_000, IpFamily.V6)]
    [InlineData(100_000, IpFamily.V4)]
    [InlineData(100_000, IpFamily.V6)]
    public void A_rule_takes_little_memory(int rules, IpFamily family)
    {
        Random random = new(3);
        PolicySnapshot snapshot = Snapshots.Of(
            [.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, rules / (2 * Pods), family, random))]);
        using ClassifierSnapshot tables = new ClassifierBuilder().Build(snapshot);
        TestContext.Current.SendDiagnosticMessage($"{rules} {family}: {tables.MemoryBytes / rules} B per rule");
        Assert.InRange(tables.MemoryBytes / rules, 8, MaxBytesPerRule);
    }

    private static LocalEndpoint Pod(int pod, int rules, IpFamily family, Random random)
    {
        PolicySet Set() => PolicySet.Of(Enumerable.Range(0, rules)
            .Select(i => (Port: random.Next(6), Prefix: new IpPrefix(
                Host(family, (uint)random.Next(1 << 28)), Host(family, 0).Bits - (i % 10 == 9 ? 8 : 0))))
            .GroupBy(rule => rule.Port)
            .Select(group => new AllowRule(
                PeerSet.Of(group.Select(rule => rule.Prefix)),
                PortSet.Of([new L4PortRange(L4Proto.Tcp, (ushort)(80 + group.Key), (ushort)(80 + (2 * group.Key)))]))));
        return new LocalEndpoint(
            $"uid-{pod}",
            "x",
            $"pod-{pod}",
            [Host(family, 0xf0000000u + (uint)pod)],
            PeerSet.OfAddresses([Host(family, 0xf0000000u + (uint)pod)]),
            new EndpointDirection(Set(), [], []),
            new EndpointDirection(Set(), [], []));
    }

    private static IpAddr Host(IpFamily family, uint number) =>
        family == IpFamily.V4 ? IpAddr.V4(number) : IpAddr.V6(((UInt128)0xfd00_0000_0000_0000UL << 64) | number);
}
