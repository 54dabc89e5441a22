using System.Collections.Immutable;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback;

/// <summary>Counters of one port of the switch at one moment, since start.</summary>
public sealed record FallbackPortCounters
{
    private static readonly DropReason[] s_reasons = Enum.GetValues<DropReason>();

    /// <summary>The Ethernet port.</summary>
    public required ushort EthPortId { get; init; }

    /// <summary>
    /// Packets that came in here and were dropped, by reason; <see cref="DropReason.TxFull"/> and
    /// <see cref="DropReason.NoMbuf"/> are of packets that should have left here. All reasons are there.
    /// </summary>
    public required ImmutableSortedDictionary<DropReason, ulong> Drops { get; init; }

    public ulong RxPkts { get; init; }

    public ulong RxBytes { get; init; }

    /// <summary>Packets handed to the port, flooded copies included.</summary>
    public ulong TxPkts { get; init; }

    public ulong TxBytes { get; init; }

    /// <summary>The counters of one port in two loops together.</summary>
    public static FallbackPortCounters operator +(FallbackPortCounters left, FallbackPortCounters right) => left.Add(right);

    /// <summary>The counters of one port in two loops together.</summary>
    public FallbackPortCounters Add(FallbackPortCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new FallbackPortCounters
        {
            EthPortId = EthPortId,
            Drops = s_reasons.ToImmutableSortedDictionary(r => r, r => Drops[r] + other.Drops[r]),
            RxPkts = RxPkts + other.RxPkts,
            RxBytes = RxBytes + other.RxBytes,
            TxPkts = TxPkts + other.TxPkts,
            TxBytes = TxBytes + other.TxBytes,
        };
    }

    internal static unsafe FallbackPortCounters Read(ushort ethPortId, PortCounterBlock* block) => new()
    {
        EthPortId = ethPortId,
        Drops = s_reasons.ToImmutableSortedDictionary(r => r, r => Volatile.Read(ref block->Drops[(int)r])),
        RxPkts = Volatile.Read(ref block->RxPkts),
        RxBytes = Volatile.Read(ref block->RxBytes),
        TxPkts = Volatile.Read(ref block->TxPkts),
        TxBytes = Volatile.Read(ref block->TxBytes),
    };
}
