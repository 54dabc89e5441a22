using CsCheck;
using NetPolNic.Agent.Packets;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// NIC and fallback never overlap wrongly: every packet that a plan's rules decide in the emulated NIC.
/// </summary>
public sealed class SoundnessOnNicTests(ITestOutputHelper output)
{
    private static readonly byte[] s_flags = [0x02, 0x10, 0x12, 0x00];

    /// <summary>I1: dropped is denied in any state. I2: passed is allowed in any state.</summary>
    [Theory]
    [InlineData("full")]
    [InlineData("mlx5")]
    [InlineData("ice")]
    [InlineData("i40e")]
    public void Decides_in_the_nic_only_what_holds_in_every_state(string profile)
    {
        WalkCount count = default;
        Failure.Check(CaseGen.Short.Select(of => of with { Profile = profile }), 25, of =>
        {
            string? wrong = FirstWrong(of, out WalkCount counted);
            count += counted;
            return wrong;
        });
        output.WriteLine($"{count}");
    }

    /// <summary>The check above is not an empty one: each profile has something to drop where everything is denied.</summary>
    [Theory]
    [InlineData("full")]
    [InlineData("mlx5")]
    [InlineData("ice")]
    [InlineData("i40e")]
    public void Drops_in_the_nic_what_is_denied_in_every_role(string profile)
    {
        ClusterState state = new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2)
            .Ingress("x/p", "").Egress("x/q", "").Build();
        using NodeRig rig = new(profile);
        rig.Start(new PolicyResolver(IsolationMode.Auto).Resolve(state, nodeName: null));

        Outcome outcome = rig.Send(
            new ProbePacket(ClusterBuilder.Address(IpFamily.V4, 1), ClusterBuilder.Address(IpFamily.V4, 2), 6)
            {
                SrcL4Port = 4000,
                DstL4Port = 80,
                TcpFlags = 0x02,
            });

        Assert.True(outcome.NicDropped, $"{outcome}");
    }

    private static string? FirstWrong(Case of, out WalkCount count)
    {
        count = default;
        using NodeRig rig = new(of.Profile, of.Keep);
        PolicySnapshot snapshot = new PolicyResolver(of.Mode).Resolve(of.State, of.Node);
        rig.Start(snapshot);
        ConnectionOracle oracle = new(
            new PolicyEvaluator(of.State, of.Mode), of.Keep ? EstablishedMode.Keep : EstablishedMode.Cut, of.Node);
        foreach (ProbePacket packet in Packets(of))
        {
            Outcome outcome = rig.Send(packet);
            count = count.And(outcome);
            AbstractPacket seen = packet.ToAbstract();
            bool sound = (!outcome.NicDropped || oracle.DeniedInAnyState(seen)) &&
                (!outcome.NicMarked || oracle.AllowedInAnyState(seen));
            if (!sound)
            {
                return $"{packet}: {outcome}";
            }
        }

        return null;
    }

    /// <summary>
    /// Between all pairs of a few addresses, whole and in fragments, in every role that a packet can have.
    /// </summary>
    private static IEnumerable<ProbePacket> Packets(Case of)
    {
        foreach (Step step in of.Steps)
        {
            foreach (bool reversed in (bool[])[false, true])
            {
                foreach (byte flags in step.Probe.IpProto == 6 ? s_flags : [0])
                {
                    ProbePacket packet = new(step.Probe.Src, step.Probe.Dst, step.Probe.IpProto)
                    {
                        SrcL4Port = Universe.Numbers[step.Which % Universe.Numbers.Count],
                        DstL4Port = step.Probe.DstL4Port,
                        TcpFlags = flags,
                        IcmpType = IcmpType(step),
                    };
                    ProbePacket way = reversed ? packet.Reversed() : packet;
                    yield return way;
                    yield return way with { Fragment = new FragmentInfo(7, 0, true) };
                    yield return new ProbePacket(way.Src, way.Dst, way.IpProto)
                    {
                        Fragment = new FragmentInfo(8, 185, false),
                    };
                }
            }
        }
    }

    private static byte IcmpType(Step step)
    {
        byte[] types = step.Probe.Src.Family == IpFamily.V4 ? [8, 0, 3, 11, 13] : [128, 129, 1, 3, 135];
        return step.Probe.IpProto is 1 or 58 ? types[step.Choice % types.Length] : (byte)0;
    }
}
