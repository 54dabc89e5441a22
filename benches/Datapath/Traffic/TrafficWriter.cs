using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>
/// Makes the frames of a workload. A connection's packet stands at the same place in both files, so that it comes from the
/// wire before its reply comes from the pod.
/// </summary>
internal sealed class TrafficWriter(Workload workload, RuleSet rules)
{
    private const int Nodes = 16;
    private const int FirstClientL4Port = 1024;
    private const int ClientL4Ports = 60_000;
    private const int MixedPeriod = 10;

    /// <summary>Writes the files of a workload.</summary>
    public static TrafficFiles Write(Workload workload, string folder)
    {
        RuleSet rules = RuleSet.Of(workload.Rules, workload.Family);
        string rulesFile = Path.Combine(folder, $"{workload.Key}.rules");
        File.WriteAllLines(rulesFile, rules.ToLines());
        string uplink = Path.Combine(folder, $"{workload.Key}-uplink.pcap");
        string pods = Path.Combine(folder, $"{workload.Key}-pods.pcap");
        TrafficWriter writer = new(workload, rules);
        PcapFile.Write(uplink, writer.Frames(Direction.Ingress));
        PcapFile.Write(pods, writer.Frames(Direction.Egress));
        return new TrafficFiles(
            uplink, pods, rulesFile, 2 * writer.Count, writer.Frame(Direction.Ingress, 0).Length, writer.DeniedShare);
    }

    /// <summary>Frames in each direction.</summary>
    private int Count => workload.Kind == WorkloadKind.Mixed
        ? workload.Flows / (MixedPeriod - 1) * MixedPeriod
        : workload.Flows;

    private double DeniedShare => workload.Kind switch
    {
        WorkloadKind.Denied => 1,
        WorkloadKind.Mixed => 1.0 / MixedPeriod,
        _ => 0,
    };

    private IEnumerable<byte[]> Frames(Direction direction) => Enumerable.Range(0, Count).Select(i => Frame(direction, i));

    private byte[] Frame(Direction direction, int index) => workload.Kind switch
    {
        WorkloadKind.New => Opening(direction, index),
        WorkloadKind.Denied => Refused(direction, index),
        WorkloadKind.Mixed when index % MixedPeriod == MixedPeriod - 1 => Refused(direction, index),
        WorkloadKind.Mixed => Standing(direction, (index / MixedPeriod * (MixedPeriod - 1)) + (index % MixedPeriod)),
        _ => Standing(direction, index),
    };

    /// <summary>A packet of a connection from outside to a pod, or its reply.</summary>
    private byte[] Standing(Direction direction, int flow)
    {
        ((ulong, IpAddr, ushort) client, (ulong, IpAddr, ushort) server) = Ends(Direction.Ingress, flow);
        uint ours = unchecked((uint)flow * 2_654_435_761u);
        uint theirs = unchecked(~ours * 40_503u);
        return direction == Direction.Ingress
            ? TcpFrame.Make(client, server, TcpFrame.Ack, ours, theirs)
            : TcpFrame.Make(server, client, TcpFrame.Ack, theirs, ours);
    }

    private byte[] Opening(Direction direction, int flow)
    {
        ((ulong, IpAddr, ushort) client, (ulong, IpAddr, ushort) server) = Ends(direction, flow);
        return TcpFrame.Make(client, server, TcpFrame.Syn, unchecked((uint)flow * 2_654_435_761u), 0);
    }

    /// <summary>Half of them are strangers', half come from (or go to) an allowed peer at a port that is not open.</summary>
    private byte[] Refused(Direction direction, int index)
    {
        ((ulong Mac, IpAddr Addr, ushort L4Port) client, (ulong Mac, IpAddr Addr, ushort L4Port) server) = Ends(direction, index);
        bool isStranger = (index / 7 & 1) == 0;
        if (isStranger && direction == Direction.Ingress)
        {
            client.Addr = rules.Stranger(index);
        }
        else if (isStranger)
        {
            server.Addr = rules.Stranger(index);
        }
        else
        {
            server.L4Port = RuleSet.ClosedL4Port;
        }

        return TcpFrame.Make(client, server, TcpFrame.Syn, unchecked((uint)index * 2_654_435_761u), 0);
    }

    /// <summary>The ends of an allowed connection: the pod serves (ingress) or asks (egress).</summary>
    private ((ulong Mac, IpAddr Addr, ushort L4Port) Client, (ulong Mac, IpAddr Addr, ushort L4Port) Server) Ends(
        Direction direction, int flow)
    {
        int pod = flow % RuleSet.Pods;
        IReadOnlyList<PeerRule> own = rules.RulesOf(pod, direction);
        int turn = flow / RuleSet.Pods;
        PeerRule rule = own[turn % own.Count];
        int use = turn / own.Count;

        // 7919 is prime to the number of ports: as many uses differ as there are ports, in no order.
        ushort clientPort = (ushort)(FirstClientL4Port + (int)((long)use * 7919 % ClientL4Ports));
        ushort serverPort = (ushort)(rule.Ports.First + (use % (rule.Ports.Last - rule.Ports.First + 1)));
        uint host = rule.Peer.Length == rule.Peer.Addr.Bits ? 0 : (uint)(use % 254) + 1;
        IpAddr peer = new(rules.Family, rule.Peer.Addr.Value + host);
        (ulong, IpAddr, ushort) podEnd(ushort port) => (0x0200_0001_0000UL + (ulong)pod, rules.PodAddr(pod), port);
        (ulong, IpAddr, ushort) peerEnd(ushort port) =>
            (0x0200_0002_0000UL + (ulong)(peer.Value % Nodes), peer, port);
        return direction == Direction.Ingress
            ? (peerEnd(clientPort), podEnd(serverPort))
            : (podEnd(clientPort), peerEnd(serverPort));
    }
}
