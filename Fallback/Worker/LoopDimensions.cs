using NetPolNic.Fallback.Conntrack;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// <see cref="FallbackOptions"/> without references, as they are handed to a loop of another runtime. What the control
/// side alone uses (thread, clock, library) is not part of it.
/// </summary>
internal struct LoopDimensions
{
    public int ConnectionCapacity;
    public int ConnectionsPerPod;
    public int FragmentCapacity;
    public int MacCapacity;
    public int MacAgeSeconds;
    public int FloodPktsPerSecond;
    public byte GuardsSources;
    public EstablishedMode Established;
    public int SweepSlotsPerMs;
    public int DeniedRingEntries;
    public int BurstPkts;
    public int IdlePollsBeforeWait;
    public int IdleWaitMs;
    public int TcpSynSentSeconds;
    public int TcpEstablishedSeconds;
    public int TcpClosingSeconds;
    public int UdpUnrepliedSeconds;
    public int UdpRepliedSeconds;
    public int IcmpSeconds;
    public int OtherUnrepliedSeconds;
    public int OtherRepliedSeconds;
    public int FragmentSeconds;

    public static LoopDimensions Of(FallbackOptions options) => new()
    {
        ConnectionCapacity = options.ConnectionCapacity,
        ConnectionsPerPod = options.ConnectionsPerPod,
        FragmentCapacity = options.FragmentCapacity,
        MacCapacity = options.MacCapacity,
        MacAgeSeconds = options.MacAgeSeconds,
        FloodPktsPerSecond = options.FloodPktsPerSecond,
        GuardsSources = (byte)(options.GuardsSources ? 1 : 0),
        Established = options.Established,
        SweepSlotsPerMs = options.SweepSlotsPerMs,
        DeniedRingEntries = options.DeniedRingEntries,
        BurstPkts = options.BurstPkts,
        IdlePollsBeforeWait = options.IdlePollsBeforeWait,
        IdleWaitMs = options.IdleWaitMs,
        TcpSynSentSeconds = options.Timeouts.TcpSynSentSeconds,
        TcpEstablishedSeconds = options.Timeouts.TcpEstablishedSeconds,
        TcpClosingSeconds = options.Timeouts.TcpClosingSeconds,
        UdpUnrepliedSeconds = options.Timeouts.UdpUnrepliedSeconds,
        UdpRepliedSeconds = options.Timeouts.UdpRepliedSeconds,
        IcmpSeconds = options.Timeouts.IcmpSeconds,
        OtherUnrepliedSeconds = options.Timeouts.OtherUnrepliedSeconds,
        OtherRepliedSeconds = options.Timeouts.OtherRepliedSeconds,
        FragmentSeconds = options.Timeouts.FragmentSeconds,
    };

    public readonly FallbackOptions ToOptions() => new()
    {
        ConnectionCapacity = ConnectionCapacity,
        ConnectionsPerPod = ConnectionsPerPod,
        FragmentCapacity = FragmentCapacity,
        MacCapacity = MacCapacity,
        MacAgeSeconds = MacAgeSeconds,
        FloodPktsPerSecond = FloodPktsPerSecond,
        GuardsSources = GuardsSources != 0,
        Established = Established,
        SweepSlotsPerMs = SweepSlotsPerMs,
        DeniedRingEntries = DeniedRingEntries,
        BurstPkts = (ushort)BurstPkts,
        IdlePollsBeforeWait = IdlePollsBeforeWait,
        IdleWaitMs = IdleWaitMs,
        Timeouts = new ConnectionTimeouts
        {
            TcpSynSentSeconds = TcpSynSentSeconds,
            TcpEstablishedSeconds = TcpEstablishedSeconds,
            TcpClosingSeconds = TcpClosingSeconds,
            UdpUnrepliedSeconds = UdpUnrepliedSeconds,
            UdpRepliedSeconds = UdpRepliedSeconds,
            IcmpSeconds = IcmpSeconds,
            OtherUnrepliedSeconds = OtherUnrepliedSeconds,
            OtherRepliedSeconds = OtherRepliedSeconds,
            FragmentSeconds = FragmentSeconds,
        },
    };
}
