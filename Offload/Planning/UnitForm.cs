using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>How much of what a unit denies is dropped: less takes fewer covers.</summary>
/// <param name="Tcp">How much of TCP.</param>
/// <param name="Others">UDP and SCTP are dropped.</param>
/// <param name="IgnoresExceptions">Exceptions of address blocks are covered as the rest of the block is.</param>
/// <param name="MostReplyPeers">Replies that a rule of more peers allows are covered by as many blocks around those.</param>
internal readonly record struct UnitForm(
    UnitForm.OfTcp Tcp, bool Others, bool IgnoresExceptions, int MostReplyPeers = int.MaxValue)
{
    /// <summary>How much of TCP is dropped.</summary>
    internal enum OfTcp : byte
    {
        Nothing,

        /// <summary>First packets of connections.</summary>
        Syn,

        Everything,
    }

    /// <summary>Replies are covered from others than those that may send them.</summary>
    internal bool WidensReplies => MostReplyPeers < int.MaxValue;

    /// <summary>Everything, at any price.</summary>
    internal static UnitForm Whole { get; } = new(OfTcp.Everything, true, false);

    /// <summary>Those that cost less, the most valuable first.</summary>
    internal static ImmutableArray<UnitForm> Less { get; } =
    [
        new(OfTcp.Everything, true, false, MostReplyPeers: 64),
        new(OfTcp.Everything, true, false, MostReplyPeers: 32),
        new(OfTcp.Everything, true, false, MostReplyPeers: 16),
        new(OfTcp.Everything, true, false, MostReplyPeers: 8),
        new(OfTcp.Everything, true, false, MostReplyPeers: 4),
        new(OfTcp.Everything, true, false, MostReplyPeers: 2),
        new(OfTcp.Everything, true, false, MostReplyPeers: 1),
        new(OfTcp.Everything, true, true),
        new(OfTcp.Everything, true, true, MostReplyPeers: 1),
        new(OfTcp.Syn, true, false),
        new(OfTcp.Syn, true, false, MostReplyPeers: 1),
        new(OfTcp.Syn, true, true),
        new(OfTcp.Syn, true, true, MostReplyPeers: 1),
        new(OfTcp.Syn, false, false),
        new(OfTcp.Syn, false, true),
        new(OfTcp.Everything, false, false),
        new(OfTcp.Nothing, true, false),
        new(OfTcp.Nothing, false, false),
    ];
}
