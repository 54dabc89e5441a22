using System.Collections.Immutable;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using PacketDotNet;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>
/// The user's policy and traffic: frames that a local pod sends come in at the pods' port, all others at the wire's. The
/// denied share is what the connection oracle says when the traffic comes round for the second time, 32 frames of each port
/// in turn.
/// </summary>
internal static class GivenTraffic
{
    private const int Burst = 32;
    private const int MaxFrames = 1 << 20;

    public static TrafficFiles Write(DataPathOptions options, string folder)
    {
        ClusterState state = Inputs.Manifests(options.Manifests, Console.Error);
        string? node = options.Node.Length > 0 ? options.Node : null;
        PolicySnapshot snapshot = Inputs.Resolve(state, IsolationMode.Auto, node, Console.Error);
        HashSet<IpAddr> pods = [.. snapshot.Endpoints.SelectMany(endpoint => endpoint.Addresses)];
        List<byte[]> uplink = [];
        List<byte[]> fromPods = [];
        foreach (byte[] frame in PcapFile.Read(options.Pcap).Take(MaxFrames))
        {
            (Read(frame) is { } packet && pods.Contains(packet.Src) ? fromPods : uplink).Add(frame);
        }

        if (uplink.Count == 0 || fromPods.Count == 0)
        {
            throw new InvalidOperationException(
                $"{options.Pcap}: {uplink.Count} frames from the wire and {fromPods.Count} from pods; both are needed");
        }

        string uplinkFile = Path.Combine(folder, "given-uplink.pcap");
        string podsFile = Path.Combine(folder, "given-pods.pcap");
        PcapFile.Write(uplinkFile, uplink);
        PcapFile.Write(podsFile, fromPods);
        double denied = DeniedShare(new ConnectionOracle(new PolicyEvaluator(state), nodeName: node), uplink, fromPods);
        int longest = uplink.Concat(fromPods).Max(frame => frame.Length);
        return new TrafficFiles(uplinkFile, podsFile, null, uplink.Count + fromPods.Count, longest, denied);
    }

    /// <summary>What the oracle denies once every frame has been seen; each port weighs alike, whatever it has to replay.</summary>
    private static double DeniedShare(ConnectionOracle oracle, List<byte[]> uplink, List<byte[]> fromPods)
    {
        ImmutableArray<AbstractPacket?>[] ports = [[.. uplink.Select(Read)], [.. fromPods.Select(Read)]];
        int turns = (Math.Max(uplink.Count, fromPods.Count) + Burst - 1) / Burst;
        long denied = 0;
        for (int turn = 0; turn < 2 * turns; turn++)
        {
            foreach (ImmutableArray<AbstractPacket?> port in ports)
            {
                for (int i = 0; i < Burst; i++)
                {
                    AbstractPacket? packet = port[(int)((((long)turn * Burst) + i) % port.Length)];
                    bool isDenied = packet is not null && oracle.Decide(packet) == Verdict.Deny;
                    denied += isDenied && turn >= turns ? 1 : 0;
                }
            }
        }

        return (double)denied / (turns * Burst * ports.Length);
    }

    /// <summary>The packet in a frame; null where there is none that policy looks at.</summary>
    private static AbstractPacket? Read(byte[] frame)
    {
        Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, frame);
        if (packet.Extract<IPPacket>() is not { } ip)
        {
            return null;
        }

        AbstractPacket plain = new()
        {
            Src = IpAddr.Parse(ip.SourceAddress.ToString()),
            Dst = IpAddr.Parse(ip.DestinationAddress.ToString()),
            IpProto = (byte)ip.Protocol,
        };
        return ip.PayloadPacket switch
        {
            TcpPacket tcp => plain with { SrcL4Port = tcp.SourcePort, DstL4Port = tcp.DestinationPort, TcpFlags = (byte)tcp.Flags },
            UdpPacket udp => plain with { SrcL4Port = udp.SourcePort, DstL4Port = udp.DestinationPort },
            IcmpV4Packet icmp => plain with { IcmpType = (byte)((ushort)icmp.TypeCode >> 8), IcmpId = icmp.Id },
            IcmpV6Packet icmp => plain with { IcmpType = (byte)icmp.Type },
            _ => plain,
        };
    }
}
