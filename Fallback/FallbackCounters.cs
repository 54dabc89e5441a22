using System.Collections.Immutable;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback;

/// <summary>Counters at one moment, since start. Each is exact; together they may be a burst apart.</summary>
public sealed record FallbackCounters
{
    private static readonly DropReason[] s_reasons = Enum.GetValues<DropReason>();
    private static readonly DecisionKind[] s_kinds = Enum.GetValues<DecisionKind>();

    /// <summary>Packets dropped, by reason; reasons that never occurred are there with 0.</summary>
    public required ImmutableSortedDictionary<DropReason, ulong> Drops { get; init; }

    /// <summary>Packets decided to be forwarded, by what decided.</summary>
    public required ImmutableSortedDictionary<DecisionKind, ulong> Decisions { get; init; }

    public ulong RxPkts { get; init; }

    public ulong RxBytes { get; init; }

    /// <summary>Packets handed to ports, flooded copies included.</summary>
    public ulong TxPkts { get; init; }

    public ulong TxBytes { get; init; }

    /// <summary>Copies made of flooded packets.</summary>
    public ulong FloodedCopies { get; init; }

    /// <summary>Packets that the NIC marked as passed and that policy lets pass.</summary>
    public ulong HintsAgreed { get; init; }

    /// <summary>
    /// Packets that the NIC marked as passed and that policy denies: the rules in the NIC are older or wrong.
    /// </summary>
    public ulong HintsDisagreed { get; init; }

    public ulong ConnectionsOpened { get; init; }

    public ulong ConnectionsExpired { get; init; }

    /// <summary>Half-open, closing or cut connections that made room for new ones.</summary>
    public ulong ConnectionsEvicted { get; init; }

    /// <summary>Allowed connections that found no slot: their replies are judged as new.</summary>
    public ulong ConnectionsUntracked { get; init; }

    /// <summary>Allowed connections of a pod that has its fill of them: among the untracked.</summary>
    public ulong ConnectionsOverQuota { get; init; }

    /// <summary>TCP segments whose numbers do not fit their connection; they pass and end nothing.</summary>
    public ulong TcpImplausible { get; init; }

    /// <summary>Connections that a policy change cut.</summary>
    public ulong ConnectionsCut { get; init; }

    /// <summary>Connections forgotten because an address has gone to another pod.</summary>
    public ulong ConnectionsOfGonePods { get; init; }

    public ulong FragmentsEvicted { get; init; }

    /// <summary>MAC addresses that made room for others: packets to them are flooded.</summary>
    public ulong MacsEvicted { get; init; }

    public ulong Polls { get; init; }

    /// <summary>Polls that received nothing.</summary>
    public ulong EmptyPolls { get; init; }

    /// <summary>The counters of two loops together.</summary>
    public static FallbackCounters operator +(FallbackCounters left, FallbackCounters right) => left.Add(right);

    /// <summary>The counters of two loops together.</summary>
    public FallbackCounters Add(FallbackCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new FallbackCounters
        {
            Drops = s_reasons.ToImmutableSortedDictionary(r => r, r => Drops[r] + other.Drops[r]),
            Decisions = s_kinds.ToImmutableSortedDictionary(k => k, k => Decisions[k] + other.Decisions[k]),
            RxPkts = RxPkts + other.RxPkts,
            RxBytes = RxBytes + other.RxBytes,
            TxPkts = TxPkts + other.TxPkts,
            TxBytes = TxBytes + other.TxBytes,
            FloodedCopies = FloodedCopies + other.FloodedCopies,
            HintsAgreed = HintsAgreed + other.HintsAgreed,
            HintsDisagreed = HintsDisagreed + other.HintsDisagreed,
            ConnectionsOpened = ConnectionsOpened + other.ConnectionsOpened,
            ConnectionsExpired = ConnectionsExpired + other.ConnectionsExpired,
            ConnectionsEvicted = ConnectionsEvicted + other.ConnectionsEvicted,
            ConnectionsUntracked = ConnectionsUntracked + other.ConnectionsUntracked,
            ConnectionsOverQuota = ConnectionsOverQuota + other.ConnectionsOverQuota,
            TcpImplausible = TcpImplausible + other.TcpImplausible,
            ConnectionsCut = ConnectionsCut + other.ConnectionsCut,
            ConnectionsOfGonePods = ConnectionsOfGonePods + other.ConnectionsOfGonePods,
            FragmentsEvicted = FragmentsEvicted + other.FragmentsEvicted,
            MacsEvicted = MacsEvicted + other.MacsEvicted,
            Polls = Polls + other.Polls,
            EmptyPolls = EmptyPolls + other.EmptyPolls,
        };
    }

    internal static unsafe FallbackCounters Read(WorkerCounterBlock* block) => new()
    {
        Drops = s_reasons.ToImmutableSortedDictionary(r => r, r => Volatile.Read(ref block->Drops[(int)r])),
        Decisions = s_kinds.ToImmutableSortedDictionary(k => k, k => Volatile.Read(ref block->Decisions[(int)k])),
        RxPkts = Volatile.Read(ref block->RxPkts),
        RxBytes = Volatile.Read(ref block->RxBytes),
        TxPkts = Volatile.Read(ref block->TxPkts),
        TxBytes = Volatile.Read(ref block->TxBytes),
        FloodedCopies = Volatile.Read(ref block->FloodedCopies),
        HintsAgreed = Volatile.Read(ref block->HintsAgreed),
        HintsDisagreed = Volatile.Read(ref block->HintsDisagreed),
        ConnectionsOpened = Volatile.Read(ref block->ConnectionsOpened),
        ConnectionsExpired = Volatile.Read(ref block->ConnectionsExpired),
        ConnectionsEvicted = Volatile.Read(ref block->ConnectionsEvicted),
        ConnectionsUntracked = Volatile.Read(ref block->ConnectionsUntracked),
        ConnectionsOverQuota = Volatile.Read(ref block->ConnectionsOverQuota),
        TcpImplausible = Volatile.Read(ref block->TcpImplausible),
        ConnectionsCut = Volatile.Read(ref block->ConnectionsCut),
        ConnectionsOfGonePods = Volatile.Read(ref block->ConnectionsOfGonePods),
        FragmentsEvicted = Volatile.Read(ref block->FragmentsEvicted),
        MacsEvicted = Volatile.Read(ref block->MacsEvicted),
        Polls = Volatile.Read(ref block->Polls),
        EmptyPolls = Volatile.Read(ref block->EmptyPolls),
    };
}
