using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <summary>Timeouts by protocol and state, in milliseconds. Blittable.</summary>
internal unsafe struct TimeoutTable
{
    private const int MsPerSecond = 1000;
    private const int Replied = 1;
    private const int ClosingBit = 2;
    private const int StatesPerClass = 4;
    private const int Tcp = 0;
    private const int Udp = 1 * StatesPerClass;
    private const int Icmp = 2 * StatesPerClass;
    private const int Other = 3 * StatesPerClass;

    private fixed int _ms[4 * StatesPerClass];

    public TimeoutTable(ConnectionTimeouts timeouts)
    {
        Fill(Tcp, timeouts.TcpSynSentSeconds, timeouts.TcpEstablishedSeconds);
        _ms[Tcp + ClosingBit] = _ms[Tcp + ClosingBit + Replied] = ToMs(timeouts.TcpClosingSeconds);
        Fill(Udp, timeouts.UdpUnrepliedSeconds, timeouts.UdpRepliedSeconds);
        Fill(Icmp, timeouts.IcmpSeconds, timeouts.IcmpSeconds);
        Fill(Other, timeouts.OtherUnrepliedSeconds, timeouts.OtherRepliedSeconds);
        FragmentMs = ToMs(timeouts.FragmentSeconds);
    }

    public int FragmentMs { get; }

    /// <summary>Of a TCP connection that stands.</summary>
    public readonly int TcpEstablishedMs => _ms[Tcp + Replied];

    /// <summary>Of UDP in both directions.</summary>
    public readonly int UdpRepliedMs => _ms[Udp + Replied];

    /// <summary>Milliseconds that a connection is remembered after a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Of(byte ipProto, ConnectionFlags flags)
    {
        int protocol = ipProto switch
        {
            IpProtos.Tcp => Tcp,
            IpProtos.Udp => Udp,
            IpProtos.Icmp or IpProtos.Icmp6 => Icmp,
            _ => Other,
        };
        int closing = (flags & ConnectionFlags.Closing) == ConnectionFlags.Closing ? ClosingBit : 0;
        return _ms[protocol + closing + (int)(flags & ConnectionFlags.Replied)];
    }

    private static int ToMs(int seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);
        return checked(seconds * MsPerSecond);
    }

    private void Fill(int at, int unrepliedSeconds, int repliedSeconds)
    {
        _ms[at] = _ms[at + ClosingBit] = ToMs(unrepliedSeconds);
        _ms[at + Replied] = _ms[at + ClosingBit + Replied] = ToMs(repliedSeconds);
    }
}
