using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Output;

/// <summary>Which region of a plan a packet is in that the NIC hands to the fallback.</summary>
internal static class PuntLookup
{
    private const byte BareSyn = 0x02;
    private const byte SynAck = 0x12;

    /// <summary>
    /// The region that says most about the packet, or null: a destination's before a source's, the whole pod's before a part
    /// of it. What policy allows is punted because connections are tracked, whatever else stands in the way.
    /// </summary>
    /// <param name="punts">Regions of the plan.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="isAllowed">Policy allows it as a connection's first; null: not known.</param>
    public static PuntedRegion? Find(IEnumerable<PuntedRegion> punts, PacketHeaders packet, bool? isAllowed) => punts
        .Where(punt => Touches(punt, packet))
        .Select(punt => (Punt: punt, Rank: RankOf(punt, packet, isAllowed)))
        .Where(ranked => ranked.Rank is not null)
        .OrderBy(ranked => ranked.Rank).ThenBy(ranked => ranked.Punt.Direction)
        .Select(ranked => ranked.Punt).FirstOrDefault();

    /// <summary>"tcp 10.0.0.5 ← any (PrioritiesUnsupported): i40e: 1 priority, …; from policy a/b".</summary>
    public static string Sentence(PuntedRegion punt)
    {
        string field = punt.Field.Length == 0 ? "" : $" of {punt.Field}";
        string from = punt.Origins.IsEmpty ? "" : $"; from {string.Join(", ", punt.Origins)}";
        return $"{punt.Region} ({punt.Reason}{field}): {punt.Fact}{from}";
    }

    private static bool Touches(PuntedRegion punt, PacketHeaders packet)
    {
        string words = $" {punt.Region} ";
        return (punt.Direction == Direction.Ingress && words.Contains($" {packet.Dst} ← ", StringComparison.Ordinal)) ||
            (punt.Direction == Direction.Egress && words.Contains($" {packet.Src} → ", StringComparison.Ordinal)) ||
            words.Contains($" open pod {packet.Dst} ", StringComparison.Ordinal) ||
            words.Contains($" open pod {packet.Src} ", StringComparison.Ordinal);
    }

    // The smaller the better; null: the packet is not in the region.
    private static int? RankOf(PuntedRegion punt, PacketHeaders packet, bool? isAllowed)
    {
        string region = punt.Region;
        bool Starts(string word) => region.StartsWith(word, StringComparison.Ordinal);
        bool ports = packet.Proto is (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp;
        if (Starts("everything"))
        {
            return isAllowed == true ? 3 : 0;
        }

        if (Starts("connections that policy allows"))
        {
            return isAllowed == false ? null : 2;
        }

        if (Starts("fragments"))
        {
            return packet.IsFirstFragment || packet.IsLaterFragment ? 1 : null;
        }

        if (Starts("icmp"))
        {
            return packet.Proto is 1 or 58 ? 1 : null;
        }

        if (Starts("other protocols"))
        {
            return ports || packet.Proto is 1 or 58 ? null : 1;
        }

        if (Starts("all traffic of the open pod"))
        {
            return 8;
        }

        if (Starts("tcp ") || Starts("udp ") || Starts("sctp "))
        {
            bool syn = packet.Proto == (byte)L4Proto.Tcp && (packet.TcpFlags & SynAck) == BareSyn;
            bool first = region.EndsWith("not a connection's first packet", StringComparison.Ordinal);
            bool same = ports && Starts($"{((L4Proto)packet.Proto).ToString().ToLowerInvariant()} ");
            return same && !(syn && first) ? 4 : null;
        }

        return 5;
    }
}
