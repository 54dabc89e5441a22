namespace NetPolNic.Fallback.Switching;

/// <summary>Roles of the switch's ports as bit masks; bit n is port index n.</summary>
/// <param name="Count">Ports, 1 to 64.</param>
/// <param name="PodMask">Ports with pods behind.</param>
/// <param name="ReflectMask">Ports that frames may leave by where they came in.</param>
internal readonly record struct PortLayout(int Count, ulong PodMask, ulong ReflectMask)
{
    /// <summary>Ports that a mask has bits for.</summary>
    public const int MaxPorts = 64;

    public ulong AllMask => Count == MaxPorts ? ulong.MaxValue : (1UL << Count) - 1;
}
