using CsCheck;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Classifier;

public sealed unsafe class ClassifierTests
{
    private static readonly string[] s_blocks =
    [
        "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16", "10.1.2.3/32",
        "255.255.255.255/32", "0.0.0.0/32", "::/0", "fd00::/8", "fd00::/64", "fd00::1/128",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "::/128",
    ];

    private static readonly string[] s_ports =
        ["all", "tcp/80", "tcp/0-65535", "udp/53-60", "sctp/1", "tcp/81-90 udp/80"];

    private static readonly IpAddr[] s_peers =
    [
        .. s_blocks.Select(IpPrefix.Parse).SelectMany(b => new[] { b.Addr, b.Last }),
        IpAddr.Parse("10.1.2.2"), IpAddr.Parse("9.255.255.255"), IpAddr.Parse("11.0.0.0"), IpAddr.Parse("fd00::2"),
    ];

    private static readonly Gen<string[]> s_rules =
        (from blocks in Gen.OneOf(s_blocks).Array[1, 3]
         from ports in Gen.OneOf(s_ports)
         select $"{string.Join(' ', blocks)} : {ports}").Array[0, 6];

    [Fact]
    public void Agrees_with_the_policy_set_at_every_edge() => s_rules.Sample(
        rules =>
        {
            PolicySet set = Snapshots.Allow(rules);
            using ClassifierSnapshot snapshot = new ClassifierBuilder().Build(
                Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", set)));
            SetTable* table = snapshot.Tables->Endpoints->Ingress;
            foreach (IpAddr peer in s_peers)
            {
                foreach (byte ipProto in new byte[] { 0, 1, 6, 17, 58, 132, 255 })
                {
                    foreach (ushort dstL4Port in new ushort[] { 0, 1, 53, 60, 61, 79, 80, 81, 90, 91, 65535 })
                    {
                        FlowKey key = new()
                        {
                            IpVersion = (byte)peer.Family,
                            IpProto = ipProto,
                            DstL4Port = ipProto is 6 or 17 or 132 ? dstL4Port : (ushort)0,
                        };
                        bool allowed = Lookup.Allows(table, peer.Value, key);
                        Assert.Equal(set.Allows(peer, ipProto, dstL4Port), allowed);
                    }
                }
            }
        },
        iter: 200);

    [Fact]
    public void Agrees_with_the_policy_set_where_single_addresses_and_blocks_lie_close() =>
        (from family in Gen.Bool
         from rules in (from prefixes in (from at in Gen.Int[0, 127]
                                          from bits in Gen.Int[0, 4]
                                          select (At: at, Bits: bits)).Array[1, 40]
                        from ports in Gen.OneOf(s_ports)
                        select (prefixes, ports)).Array[1, 5]
         select (family, rules)).Sample(
            c =>
            {
                IpAddr start = IpAddr.Parse(c.family ? "10.1.2.0" : "fd00::");
                PolicySet set = PolicySet.Of(c.rules.Select(r => new AllowRule(
                    PeerSet.Of(r.prefixes.Select(p => new IpPrefix(
                        new IpAddr(start.Family, start.Value + (UInt128)p.At), start.Bits - p.Bits))),
                    Snapshots.Ports(r.ports))));
                using ClassifierSnapshot snapshot = new ClassifierBuilder().Build(
                    Snapshots.Of(Snapshots.Pod("10.0.0.1", set)));
                SetTable* table = snapshot.Tables->Endpoints->Ingress;
                for (int at = -2; at < 140; at++)
                {
                    IpAddr peer = new IpAddr(start.Family, start.Value - 2 + (UInt128)(at + 2));
                    foreach (ushort port in new ushort[] { 1, 53, 80, 85 })
                    {
                        foreach (byte proto in new byte[] { 6, 17, 132, 47 })
                        {
                            FlowKey key = new() { IpVersion = (byte)peer.Family, IpProto = proto, DstL4Port = port };
                            Assert.Equal(set.Allows(peer, proto, port), Lookup.Allows(table, peer.Value, key));
                        }
                    }
                }
            },
            iter: 300);

    [Theory]
    [InlineData("10.0.0.0", 100)]
    [InlineData("10.0.0.0", 20_000)]
    [InlineData("fd00::", 20_000)]
    public void Needs_little_memory_for_a_peer(string first, int peers)
    {
        IpAddr start = IpAddr.Parse(first);
        PolicySet set = PolicySet.Of(
        [
            new AllowRule(
                PeerSet.OfAddresses(Enumerable.Range(0, peers).Select(i => new IpAddr(start.Family, start.Value + ((UInt128)i * 3)))),
                PortSet.AllTraffic),
        ]);
        using SharedSet table = SetTableBuilder.Build(set);
        Assert.InRange(table.MemoryBytes, 8L * peers, (150L * peers) + 1024);
        FlowKey key = new() { IpVersion = (byte)start.Family, IpProto = 6 };
        for (int i = 0; i < peers * 3; i++)
        {
            Assert.Equal(i % 3 == 0, Lookup.Allows(table.Table, start.Value + (UInt128)i, key));
        }
    }

    [Fact]
    public void Finds_every_local_address_and_no_other()
    {
        LocalEndpoint[] pods =
            [.. Enumerable.Range(0, 300).Select(i => Snapshots.Pod($"10.0.{i / 250}.{i % 250} fd00::{i:x}"))];
        using ClassifierSnapshot snapshot = new ClassifierBuilder().Build(Snapshots.Of(pods));
        for (int i = 0; i < pods.Length; i++)
        {
            foreach (IpAddr addr in pods[i].Addresses)
            {
                Assert.Equal(i, Lookup.FindEndpoint(snapshot.Tables, addr.Value, (byte)addr.Family));
            }
        }

        Assert.Equal(-1, Lookup.FindEndpoint(snapshot.Tables, 0x0a000000u + 251, 4));

        // The number of a v4 address is no v6 address of that number.
        Assert.Equal(-1, Lookup.FindEndpoint(snapshot.Tables, 0x0a000001u, 6));
    }

    [Fact]
    public void Gives_a_pod_its_number_for_as_long_as_it_is_there()
    {
        ClassifierBuilder builder = new();
        uint IdIn(PolicySnapshot snapshot)
        {
            using ClassifierSnapshot built = builder.Build(snapshot);
            return built.Tables->EndpointCount == 0 ? 0 : built.Tables->Endpoints[built.Tables->EndpointCount - 1].Id;
        }

        LocalEndpoint pod = Snapshots.Pod("10.0.0.1", uid: "one");
        uint first = IdIn(Snapshots.Of(pod));
        Assert.Equal(first, IdIn(Snapshots.Of(Snapshots.Pod("10.0.0.0"), pod)));
        Assert.Equal(0u, IdIn(Snapshots.Of()));
        Assert.NotEqual(first, IdIn(Snapshots.Of(pod))); // S-b17
    }

    [Fact]
    public void Pods_with_one_policy_set_share_its_tables()
    {
        PolicySet set = Snapshots.Allow([.. Enumerable.Range(0, 50).Select(i => $"10.{i}.0.0/16 : tcp/{i + 1}")]);
        using ClassifierSnapshot one = new ClassifierBuilder().Build(Snapshots.Of(Snapshots.Pod("10.0.0.1", set)));
        using ClassifierSnapshot two = new ClassifierBuilder().Build(
            Snapshots.Of(Snapshots.Pod("10.0.0.1", set), Snapshots.Pod("10.0.0.2", set)));
        Assert.InRange(two.MemoryBytes - one.MemoryBytes, 1, 256);
    }
}
