using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Worker;

/// <summary>A trace as the polling thread gives it: no references.</summary>
internal struct TraceAnswer
{
    /// <summary>Valid where <see cref="HasConnection"/>.</summary>
    public Connection Connection;

    /// <summary>When that connection was opened, seconds of the clock.</summary>
    public uint OpenedSec;

    public long NowMs;

    /// <summary>Generation of the tables that decided; 0 before the first.</summary>
    public uint Generation;

    public Ends Ends;

    public PacketDecision Decision;

    public bool IsExempt;

    public bool HasConnection;

    /// <summary>Whether the packet travels in the direction of the connection's first.</summary>
    public bool FromOpener;
}
