using System.Collections.Concurrent;
using CsCheck;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using EstablishedMode = NetPolNic.Policy.Reference.EstablishedMode;
using FallbackMode = NetPolNic.Fallback.Conntrack.EstablishedMode;

namespace NetPolNic.Fallback.Tests.Decision;

/// <summary>The engine says to every packet of every sequence what the reference model says.</summary>
public sealed class OraclePropertyTests
{
    private static readonly byte[] s_flags = [0x02, 0x02, 0x12, 0x10, 0x10, 0x11, 0x14, 0x18];
    private static readonly byte[] s_icmpV4 = [8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 3, 5, 9];
    private static readonly byte[] s_icmpV6 = [128, 128, 129, 129, 1, 135, 136, 139, 100];
    private static readonly byte[] s_errorsV4 = [3, 4, 11, 12, 5];
    private static readonly byte[] s_errorsV6 = [1, 2, 3, 4, 137];
    private static readonly ushort[] s_ports = [53, 80, 81, 8080, 1000];

    private static readonly DropReason[] s_policyReasons =
    [
        DropReason.EgressDenied, DropReason.IngressDenied, DropReason.ConnectionCut, DropReason.FragmentWithoutFirst,
        DropReason.FragmentOfDropped,
    ];

    private static readonly Gen<Step> s_step =
        from op in Gen.Int[0, 19]
        from probe in ClusterGen.Probe
        from which in Gen.Int[0, 31]
        from choice in Gen.Int[0, 1_000_000]
        select new Step(op, probe, which, choice);

    private static readonly Gen<Case> s_case =
        from state in ClusterGen.StateWithDefects
        from other in ClusterGen.State
        from mode in ClusterGen.Mode
        from node in ClusterGen.Node
        from keep in Gen.Int[0, 4]
        from steps in s_step.Array[1, 60]
        select new Case(state, other, mode, node, keep == 0, steps);

    [Fact]
    public void Engine_agrees_with_the_reference_model_on_random_clusters_and_packet_sequences()
    {
        ConcurrentDictionary<PacketDecision, int> seen = new();
        s_case.Sample(
            c => Disagreement(c, seen) is null,
            iter: 4000,
            print: c => $"{Disagreement(c, seen)}\n{c.Mode} node={c.Node} keep={c.Keep}\n" +
                $"{ClusterYaml.Write(c.State)}\n--- changes to\n{ClusterYaml.Write(Changed(c))}");

        // The sequences are worth something only if they come by every way to decide.
        Assert.All(
            Enum.GetValues<DecisionKind>(),
            k => Assert.Contains(seen.Keys, d => d.Kind == k || k == DecisionKind.Arp));
        Assert.All(s_policyReasons, r => Assert.Contains(PacketDecision.Drop(r), seen.Keys));
    }

    /// <summary>The sequence up to the first difference, or null.</summary>
    private static string? Disagreement(Case c, ConcurrentDictionary<PacketDecision, int> seen)
    {
        FallbackOptions options = EngineRig.Small with
        {
            ConnectionCapacity = 4096,
            Established = c.Keep ? FallbackMode.Keep : FallbackMode.Cut,
            Timeouts = new()
            {
                TcpSynSentSeconds = 100_000,
                TcpEstablishedSeconds = 100_000,
                TcpClosingSeconds = 100_000,
                UdpUnrepliedSeconds = 100_000,
                UdpRepliedSeconds = 100_000,
                IcmpSeconds = 100_000,
                OtherUnrepliedSeconds = 100_000,
                OtherRepliedSeconds = 100_000,
            },
        };
        using EngineRig rig = new(options);
        PolicyResolver resolver = new(c.Mode);
        PolicySnapshot[] snapshots = [resolver.Resolve(c.State, c.Node), resolver.Resolve(Changed(c), c.Node)];
        PolicyEvaluator[] policies = [new(c.State, c.Mode), new(Changed(c), c.Mode)];
        ConnectionOracle oracle = new(policies[0], c.Keep ? EstablishedMode.Keep : EstablishedMode.Cut, c.Node);
        rig.Engine.Publish(snapshots[0]);
        int inForce = 0;
        List<AbstractPacket> sent = [];
        List<string> log = [];
        foreach (Step step in c.Steps)
        {
            if (step.Op == 0)
            {
                inForce ^= 1;
                rig.Engine.Publish(snapshots[inForce]);
                oracle.OnPolicyChange(policies[inForce]);
                log.Add("policy change");
                continue;
            }

            rig.NowMs += step.Choice % 50 == 0 ? 25_000 : 10;
            AbstractPacket packet = Packet(step, sent) with { TimeSec = rig.NowMs / 1000.0 };
            sent.Add(packet);
            bool expected = oracle.Decide(packet) == Verdict.Allow;
            PacketDecision? traced = Trace(rig, packet);
            PacketDecision actual = rig.Send(packet.ToFrame());
            log.Add($"{packet} -> {actual}");
            if (traced is { } foreseen && foreseen != actual)
            {
                log.Add($"traced {foreseen}");
                return string.Join('\n', log);
            }

            seen[actual] = 1;
            if (actual.IsForward != expected)
            {
                log.Add($"expected {(expected ? "forward" : "drop")}");
                return string.Join('\n', log);
            }
        }

        return null;
    }

    /// <summary>What a trace foresees of a whole packet that is no ICMP error, or null.</summary>
    private static PacketDecision? Trace(EngineRig rig, AbstractPacket packet)
    {
        bool isTraced = packet.Fragment is null or { IsWhole: true } && packet.Embedded is null && !packet.IsIcmpError;
        return isTraced
            ? rig.Trace(new FallbackProbe(
                packet.Src,
                packet.Dst,
                packet.IpProto,
                packet.IsIcmp ? packet.IcmpId : packet.SrcL4Port,
                packet.DstL4Port,
                packet.TcpFlags,
                packet.IcmpType)).Decision
            : null;
    }

    /// <summary>The same pods under other policies; addresses keep their owners.</summary>
    private static ClusterState Changed(Case c) => c.State with { Policies = c.Other.Policies };

    private static AbstractPacket Packet(Step step, List<AbstractPacket> sent)
    {
        AbstractPacket? earlier = sent.Count == 0 ? null : sent[step.Which % sent.Count];
        return (step.Op, earlier) switch
        {
            ( >= 1 and <= 5, { } packet) => packet.Reversed(Pick(s_flags, step.Choice)),
            ( >= 6 and <= 8, { IpProto: 6 } packet) => packet with { TcpFlags = Pick(s_flags, step.Choice) },
            ( >= 6 and <= 8, { } packet) => packet,
            ( >= 9 and <= 10, { Fragment: null or { IsLater: false } } packet) => Error(step, packet),
            (11, { } packet) => packet with { Fragment = new FragmentInfo((uint)step.Choice % 2, 0, true) },
            ( >= 12 and <= 13, { } packet) => Later(packet, step.Choice),
            (14, { } packet) => packet with { Fragment = new FragmentInfo((uint)step.Choice % 2, 0, false) },
            _ => Fresh(step),
        };
    }

    private static AbstractPacket Fresh(Step step)
    {
        AbstractPacket packet = new() { Src = step.Probe.Src, Dst = step.Probe.Dst, IpProto = step.Probe.IpProto };
        if (packet.HasPorts)
        {
            return packet with
            {
                SrcL4Port = Pick(s_ports, step.Choice / 7),
                DstL4Port = step.Probe.DstL4Port,
                TcpFlags = packet.IpProto == 6 ? Pick(s_flags, step.Choice) : (byte)0,
            };
        }

        return packet.IsIcmp
            ? packet with
            {
                IcmpType = Pick(packet.Src.Family == IpFamily.V4 ? s_icmpV4 : s_icmpV6, step.Choice),
                IcmpId = (ushort)(step.Choice / 31 % 2),
            }
            : packet;
    }

    private static AbstractPacket Later(AbstractPacket packet, int choice) => packet with
    {
        Fragment = new FragmentInfo((uint)choice % 2, 3 + (choice / 2 % 4), choice % 3 != 0),
        SrcL4Port = 0,
        DstL4Port = 0,
        TcpFlags = 0,
        IcmpType = 0,
        IcmpId = 0,
        Embedded = null,
    };

    /// <summary>An error about a packet, mostly to its sender, from anywhere.</summary>
    private static AbstractPacket Error(Step step, AbstractPacket about)
    {
        bool v4 = about.Src.Family == IpFamily.V4;
        IpAddr from = step.Probe.Src.Family == about.Src.Family ? step.Probe.Src : about.Dst;
        return new AbstractPacket
        {
            Src = from,
            Dst = step.Choice % 5 == 0 ? about.Dst : about.Src,
            IpProto = (byte)(v4 ? 1 : 58),
            IcmpType = Pick(v4 ? s_errorsV4 : s_errorsV6, step.Choice / 5),
            Embedded = about with { Embedded = null, Fragment = null },
        };
    }

    private static T Pick<T>(T[] from, int choice) => from[choice % from.Length];

    private sealed record Step(int Op, FlowProbe Probe, int Which, int Choice);

    private sealed record Case(
        ClusterState State, ClusterState Other, IsolationMode Mode, string? Node, bool Keep, Step[] Steps);
}
