using System.Collections.Immutable;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Verify;

/// <summary>Chooses the packets of a verification: every pair, both families, first packets, replies, fragments, ICMP.</summary>
internal static class VerifyPackets
{
    /// <summary>More packets than this would take minutes in testpmd; the rest is left out, evenly.</summary>
    public const int MaxPackets = 30_000;

    private const ushort UnnamedL4Port = 9;
    private const ulong SrcMac = 0x0200_0000_0001;
    private const ulong DstMac = 0x0200_0000_0002;

    /// <summary>The packets with what the plan and the policy say of each.</summary>
    public static ImmutableArray<VerifyPacket> Choose(
        ClusterState state, PolicyEvaluator evaluator, OffloadPlan plan, NicCapabilities nic, string? nodeName)
    {
        ImmutableArray<MatrixEndpoint> endpoints = MatrixEndpoints.Of(state, MatrixEndpoints.ExternalsNamedIn(state, 8));
        ImmutableArray<ProtoPort> ports =
            [.. MatrixEndpoints.PortsNamedIn(state), new(L4Proto.Tcp, UnnamedL4Port), new(L4Proto.Udp, UnnamedL4Port)];
        List<ProbePacket> probes = [];
        foreach (MatrixEndpoint src in endpoints)
        {
            foreach (MatrixEndpoint dst in endpoints.Where(dst => src.IsPod || dst.IsPod))
            {
                foreach ((IpAddr from, IpAddr to) in Pairs(src, dst))
                {
                    probes.AddRange(Probes(from, to, ports));
                }
            }
        }

        int step = Math.Max(1, (probes.Count + MaxPackets - 1) / MaxPackets);
        FlowTableInterpreter table = new(plan.Rules.Select(rule => rule.Spec), nic);
        ConnectionOracle oracle = new(evaluator, EstablishedMode.Cut, nodeName);
        return
        [
            .. probes.Where((_, index) => index % step == 0).Select((probe, index) => new VerifyPacket(
                probe.ToString(),
                probe.ToFrame(SrcMac, DstMac, (uint)index),
                table.Decide(probe.ToHeaders()).Verdict == RuleVerdict.Drop,
                oracle.DeniedInAnyState(probe.ToAbstract()))),
        ];
    }

    private static IEnumerable<(IpAddr From, IpAddr To)> Pairs(MatrixEndpoint src, MatrixEndpoint dst) =>
        from a in src.Addresses
        from b in dst.Addresses
        where a.Family == b.Family
        select (a, b);

    private static IEnumerable<ProbePacket> Probes(IpAddr src, IpAddr dst, ImmutableArray<ProtoPort> ports)
    {
        const byte Ack = 0x10;
        foreach (ProtoPort port in ports)
        {
            ProbePacket first = ProbePacket.First(src, dst, (byte)port.Proto, port.L4Port);
            ProbePacket reply = first with
            {
                SrcL4Port = port.L4Port,
                DstL4Port = ProbePacket.ClientL4Port,
                TcpFlags = port.Proto == L4Proto.Tcp ? Ack : (byte)0,
            };
            yield return first;
            yield return reply;
            yield return first with { Fragment = new FragmentInfo(1, 0, More: true) };
            if (port.Proto == L4Proto.Tcp)
            {
                yield return first with { TcpFlags = Ack };
            }
        }

        byte icmp = (byte)(src.Family == IpFamily.V4 ? 1 : 58);
        yield return new ProbePacket(src, dst, icmp) { IcmpType = (byte)(src.Family == IpFamily.V4 ? 8 : 128), IcmpId = 7 };
        yield return new ProbePacket(src, dst, icmp) { IcmpType = (byte)(src.Family == IpFamily.V4 ? 3 : 1) };
        yield return new ProbePacket(src, dst, (byte)L4Proto.Tcp) { Fragment = new FragmentInfo(1, 5, More: false) };
        yield return new ProbePacket(src, dst, (byte)L4Proto.Udp) { Fragment = new FragmentInfo(1, 5, More: true) };

        // GRE: a protocol that no policy can name.
        yield return new ProbePacket(src, dst, 47);
    }
}
