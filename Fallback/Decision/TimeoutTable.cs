using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <summary>Timeouts by protocol and state, in milliseconds.</summary>
internal readonly struct TimeoutTable
{
    private const int MsPerSecond = 1000;

    private readonly int _synSentMs;
    private readonly int _tcpEstablishedMs;
    private readonly int _tcpClosingMs;
    private readonly int _udpUnrepliedMs;
    private readonly int _udpRepliedMs;
    private readonly int _icmpMs;
    private readonly int _otherUnrepliedMs;
    private readonly int _otherRepliedMs;

    public TimeoutTable(ConnectionTimeouts timeouts)
    {
        _synSentMs = ToMs(timeouts.TcpSynSentSeconds);
        _tcpEstablishedMs = ToMs(timeouts.TcpEstablishedSeconds);
        _tcpClosingMs = ToMs(timeouts.TcpClosingSeconds);
        _udpUnrepliedMs = ToMs(timeouts.UdpUnrepliedSeconds);
        _udpRepliedMs = ToMs(timeouts.UdpRepliedSeconds);
        _icmpMs = ToMs(timeouts.IcmpSeconds);
        _otherUnrepliedMs = ToMs(timeouts.OtherUnrepliedSeconds);
        _otherRepliedMs = ToMs(timeouts.OtherRepliedSeconds);
        FragmentMs = ToMs(timeouts.FragmentSeconds);
    }

    public int FragmentMs { get; }

    public int Of(byte ipProto, ConnectionState state)
    {
        bool replied = state != ConnectionState.Opening;
        return ipProto switch
        {
            IpProtos.Tcp when state == ConnectionState.Closing => _tcpClosingMs,
            IpProtos.Tcp => replied ? _tcpEstablishedMs : _synSentMs,
            IpProtos.Udp => replied ? _udpRepliedMs : _udpUnrepliedMs,
            IpProtos.Icmp or IpProtos.Icmp6 => _icmpMs,
            _ => replied ? _otherRepliedMs : _otherUnrepliedMs,
        };
    }

    private static int ToMs(int seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);
        return checked(seconds * MsPerSecond);
    }
}
