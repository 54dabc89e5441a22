using NetPolNic.Offload.Interpreter;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// What a NIC may decide about a packet without knowing connections, written from the connection model alone: naive,
/// and independent of the planner.
/// </summary>
internal sealed class Soundness(PolicySnapshot snapshot, bool keepEstablished)
{
    private const byte Tcp = 6;

    /// <summary>Denied whatever connections and fragments went before.</summary>
    internal bool IsDeniedInAnyState(PacketHeaders packet)
    {
        bool hasPorts = packet.Proto is 6 or 17 or 132;
        if (!hasPorts || IsExempt(packet.Src, packet.Dst))
        {
            return false;
        }

        bool fragment = packet.IsLaterFragment || packet.IsFirstFragment;
        if (fragment)
        {
            return !keepEstablished && IsWholePairDenied(packet);
        }

        if (IsAllowedAsNew(packet.Src, packet.Dst, packet.Proto, packet.DstL4Port))
        {
            return false;
        }

        bool bareSyn = packet.Proto == Tcp && (packet.TcpFlags & 0x12) == 0x02;
        return bareSyn ||
            (!keepEstablished && !IsAllowedAsNew(packet.Dst, packet.Src, packet.Proto, packet.SrcL4Port));
    }

    /// <summary>Allowed whatever went before: neither end is a pod that anything isolates.</summary>
    internal bool IsAllowedInAnyState(PacketHeaders packet) => !IsIsolated(packet.Src) && !IsIsolated(packet.Dst);

    // Every port, in both roles: fragments follow their first, whose ports are not known here.
    private bool IsWholePairDenied(PacketHeaders packet)
    {
        for (int port = 0; port <= ushort.MaxValue; port = NextOfInterest(port))
        {
            if (IsAllowedAsNew(packet.Src, packet.Dst, packet.Proto, (ushort)port) ||
                IsAllowedAsNew(packet.Dst, packet.Src, packet.Proto, (ushort)port))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsAllowedAsNew(IpAddr src, IpAddr dst, byte proto, ushort dstL4Port) =>
        IsExempt(src, dst) ||
        (Owners(src).All(pod => pod.Egress.Set.Allows(dst, proto, dstL4Port)) &&
            Owners(dst).All(pod => pod.Ingress.Set.Allows(src, proto, dstL4Port)));

    private bool IsExempt(IpAddr src, IpAddr dst) =>
        src == dst || Owners(src).Any(pod => pod.ExemptPeers.Contains(dst)) ||
        Owners(dst).Any(pod => pod.ExemptPeers.Contains(src));

    private bool IsIsolated(IpAddr addr) =>
        Owners(addr).Any(pod => pod.Ingress.Set.IsIsolated || pod.Egress.Set.IsIsolated);

    private IEnumerable<LocalEndpoint> Owners(IpAddr addr) =>
        snapshot.Endpoints.Where(pod => pod.Addresses.Contains(addr));

    // Verdicts change only where some range starts or has ended.
    private int NextOfInterest(int port) => snapshot.Endpoints
        .SelectMany(pod => pod.Ingress.Set.Rules.Concat(pod.Egress.Set.Rules))
        .SelectMany(rule => rule.Ports.Ranges)
        .SelectMany(range => (int[])[range.First, range.Last + 1])
        .Where(edge => edge > port)
        .DefaultIfEmpty(ushort.MaxValue + 1)
        .Min();
}
