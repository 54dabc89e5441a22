using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What the two sides of the library must agree on: a version, which changes with the meaning of a field or an export, and
/// the sizes of all that both sides read, which the compiler may change with any edit.
/// </summary>
internal static unsafe class LoopAbi
{
    public const int Version = 1;

    /// <summary>What <see cref="SizeAt"/> numbers.</summary>
    public static readonly string[] Names =
    [
        nameof(LoopState), nameof(LoopControl), nameof(LoopReport), nameof(LoopDimensions), nameof(LoopPort),
        nameof(TraceSlot), nameof(TraceAnswer), nameof(ParsedPacket), nameof(PacketDecision), nameof(Connection),
        nameof(WorkerCounterBlock), nameof(PortCounterBlock), nameof(PublishedTables), nameof(ClassifierTables),
        nameof(EndpointRecord), nameof(AddressSlot), nameof(AddressRange), nameof(SetTable), nameof(V4Host),
        nameof(V6Host), nameof(PortList), nameof(L4PortInterval), nameof(StationRing), nameof(DropReason),
        nameof(DecisionKind), nameof(RoundTimes), nameof(PlaceEntry), nameof(DeniedTally),
    ];

    /// <summary>Bytes of a structure, members of an enumeration; -1 past the last.</summary>
    public static int SizeAt(int index) => index switch
    {
        0 => sizeof(LoopState),
        1 => sizeof(LoopControl),
        2 => sizeof(LoopReport),
        3 => sizeof(LoopDimensions),
        4 => sizeof(LoopPort),
        5 => sizeof(TraceSlot),
        6 => sizeof(TraceAnswer),
        7 => sizeof(ParsedPacket),
        8 => sizeof(PacketDecision),
        9 => sizeof(Connection),
        10 => sizeof(WorkerCounterBlock),
        11 => sizeof(PortCounterBlock),
        12 => sizeof(PublishedTables),
        13 => sizeof(ClassifierTables),
        14 => sizeof(EndpointRecord),
        15 => sizeof(AddressSlot),
        16 => sizeof(AddressRange),
        17 => sizeof(SetTable),
        18 => sizeof(V4Host),
        19 => sizeof(V6Host),
        20 => sizeof(PortList),
        21 => sizeof(L4PortInterval),
        22 => sizeof(StationRing),
        23 => Enum.GetValues<DropReason>().Length,
        24 => Enum.GetValues<DecisionKind>().Length,
        25 => sizeof(RoundTimes),
        26 => sizeof(PlaceEntry),
        27 => (int)DeniedTally.MemoryBytes,
        _ => -1,
    };
}
