using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>One kind of traffic under one number of rules.</summary>
/// <param name="Kind">What the packets are.</param>
/// <param name="Flows">Connections; for <see cref="WorkloadKind.New"/> those that take turns, in each direction.</param>
/// <param name="Rules">Allowed (pod, direction, peer block, ports), in all.</param>
/// <param name="Family">Of all addresses.</param>
internal sealed record Workload(WorkloadKind Kind, int Flows, int Rules, IpFamily Family = IpFamily.V4)
{
    private const int DefaultConnectionCapacity = 1 << 20;

    // Several times what the table holds take turns, so that none is still there when its turn comes again.
    private const int NewConnectionCapacity = 1 << 16;

    /// <summary>Connections that take turns where each packet is new.</summary>
    public const int NewFlows = 1 << 17;

    /// <summary>What the connection tables of all contestants are made for.</summary>
    public int ConnectionCapacity => Kind == WorkloadKind.New
        ? NewConnectionCapacity
        : Math.Max(DefaultConnectionCapacity, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Flows * 2));

    /// <summary>Unique, without blanks; names files too.</summary>
    public string Key => string.Create(
        CultureInfo.InvariantCulture, $"{Kind}-{Flows}-{Rules}-{Family}").ToLowerInvariant();

    /// <summary>For a reader.</summary>
    public override string ToString()
    {
        string what = Kind switch
        {
            WorkloadKind.Established => "established",
            WorkloadKind.New => "every packet new",
            WorkloadKind.Denied => "every packet denied",
            WorkloadKind.Mixed => "10 % denied",
            _ => "given traffic",
        };
        return Kind == WorkloadKind.Given
            ? what
            : $"{what}, {Short(Flows)} connections, {Short(Rules)} rules{(Family == IpFamily.V6 ? ", IPv6" : "")}";
    }

    private static string Short(int number) => number switch
    {
        >= 1_000_000 when number % 1_000_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{number / 1_000_000} M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1_000} k"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
