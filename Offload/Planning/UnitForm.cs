using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>How much of what a unit denies is dropped: less takes fewer covers.</summary>
/// <param name="Tcp">How much of TCP.</param>
/// <param name="Others">UDP and SCTP are dropped.</param>
/// <param name="IgnoresExceptions">Exceptions of address blocks are covered as the rest of the block is.</param>
/// <param name="RepliesByPort">Replies are covered by the port they come from, whoever sends them.</param>
internal readonly record struct UnitForm(UnitForm.OfTcp Tcp, bool Others, bool IgnoresExceptions, bool RepliesByPort = false)
{
    /// <summary>How much of TCP is dropped.</summary>
    internal enum OfTcp : byte
    {
        Nothing,

        /// <summary>First packets of connections.</summary>
        Syn,

        Everything,
    }

    /// <summary>Everything, at any price.</summary>
    internal static UnitForm Whole { get; } = new(OfTcp.Everything, true, false);

    /// <summary>Those that cost less, the most valuable first.</summary>
    internal static ImmutableArray<UnitForm> Less { get; } =
    [
        new(OfTcp.Everything, true, false, RepliesByPort: true),
        new(OfTcp.Everything, true, true),
        new(OfTcp.Everything, true, true, RepliesByPort: true),
        new(OfTcp.Syn, true, false),
        new(OfTcp.Syn, true, false, RepliesByPort: true),
        new(OfTcp.Syn, true, true),
        new(OfTcp.Syn, true, true, RepliesByPort: true),
        new(OfTcp.Syn, false, false),
        new(OfTcp.Syn, false, true),
        new(OfTcp.Everything, false, false),
        new(OfTcp.Nothing, true, false),
        new(OfTcp.Nothing, false, false),
    ];
}
