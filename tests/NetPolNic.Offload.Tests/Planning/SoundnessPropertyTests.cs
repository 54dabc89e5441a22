using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>I1 and I2: what the NIC decides holds in every state of connections and fragments.</summary>
public sealed class SoundnessPropertyTests
{
    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_a_shipped_one() =>
        Gen.Select(Gens.Snapshot, NicGens.Shipped, Gens.Options, Gens.Packet.Array[120])
            .Sample(IsSound, iter: 400, print: Print);

    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_any() =>
        Gen.Select(Gens.Snapshot, NicGens.Arbitrary, Gens.Options, Gens.Packet.Array[120])
            .Sample(IsSound, iter: 400, print: Print);

    [Fact]
    public void Holds_after_each_rule_when_created_in_plan_order() =>
        Gen.Select(Gens.SmallSnapshot, NicGens.Shipped, Gens.Packet.Array[30]).Sample(
            (snapshot, nic, packets) =>
            {
                OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
                return Enumerable.Range(0, plan.Rules.Length).All(count =>
                    TableCheck.FirstWrong(
                        plan.Rules.Take(count).Select(r => r.Spec), nic, snapshot, false, packets) is null);
            },
            iter: 60);

    [Theory]
    [InlineData("full")]
    [InlineData("mlx5")]
    [InlineData("ice")]
    [InlineData("i40e")]
    public void Holds_for_all_packets_of_a_tiny_universe(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        PacketHeaders[] all = [.. TinyUniverse()];
        PolicySet[] sets =
        [
            PolicySet.Open,
            PolicySet.Closed,
            Set("10.0.0.2/32", new L4PortRange(L4Proto.Tcp, 1, 1)),
            Set("0.0.0.0/0", new L4PortRange(L4Proto.Tcp, 1, 2), new L4PortRange(L4Proto.Udp, 0, 65535)),
        ];
        foreach (PolicySet ingress in sets)
        {
            foreach (PolicySet egress in sets)
            {
                foreach (PolicySet other in sets)
                {
                    PolicySnapshot snapshot = Gens.SnapshotOf(
                        Gens.Endpoint("a", ingress, egress, "10.0.0.1"),
                        Gens.Endpoint("b", other, PolicySet.Closed, "10.0.0.2"));
                    OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
                    string? wrong = TableCheck.FirstWrong(plan.Rules.Select(r => r.Spec), nic, snapshot, false, all);
                    Assert.True(wrong is null, $"{TableCheck.Show(snapshot)}\n{wrong}");
                }
            }
        }
    }

    private static PolicySet Set(string peer, params L4PortRange[] ports) =>
        PolicySet.Of([new AllowRule(PeerSet.Of([IpPrefix.Parse(peer)]), PortSet.Of(ports))]);

    // Every combination of two pods, a node and a stranger, the ports 0 to 3, the flags that matter, and fragments.
    private static IEnumerable<PacketHeaders> TinyUniverse()
    {
        IpAddr[] addresses = [.. new[] { "10.0.0.1", "10.0.0.2", "192.168.0.1", "10.0.0.3" }.Select(IpAddr.Parse)];
        return from src in addresses
               from dst in addresses
               from proto in (byte[])[6, 17, 1]
               from ports in Enumerable.Range(0, proto == 1 ? 1 : 16)
               from flags in proto == 6 ? (byte[])[0x02, 0x12, 0x10, 0x00] : [0]
               from fragment in (int[])[0, 1, 2]
               select new PacketHeaders(src, dst, proto)
               {
                   SrcL4Port = (ushort)(ports & 3),
                   DstL4Port = (ushort)(ports >> 2),
                   TcpFlags = flags,
                   MoreFragments = fragment == 1,
                   FragmentOffset = (ushort)(fragment == 2 ? 9 : 0),
               };
    }

    private static bool IsSound(
        PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PacketHeaders[] packets) =>
        Wrong(snapshot, nic, options, packets) is null;

    private static string? Wrong(
        PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PacketHeaders[] packets) =>
        TableCheck.FirstWrong(
            OffloadPlanner.Plan(snapshot, nic, options).Rules.Select(rule => rule.Spec),
            nic,
            snapshot,
            options.KeepEstablished,
            packets);

    private static string Print((PolicySnapshot, NicCapabilities, PlanOptions, PacketHeaders[]) sample)
    {
        (PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PacketHeaders[] packets) = sample;
        return $"{nic.Name} {nic.ToEmunicArgs()} {options}\n{TableCheck.Show(snapshot)}\n" +
            Wrong(snapshot, nic, options, packets);
    }
}
