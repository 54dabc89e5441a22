using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>Port lists of one policy set, each distinct one stored once. List 0 is empty.</summary>
internal sealed class PortListPool
{
    private readonly Dictionary<PortSet, int> _byPorts = [];

    public PortListPool()
    {
        Add(PortSet.Empty);
    }

    public List<PortList> Lists { get; } = [];

    public List<L4PortInterval> Intervals { get; } = [];

    /// <summary>Index of the list that holds a set of ports.</summary>
    public int Add(PortSet ports)
    {
        if (_byPorts.TryGetValue(ports, out int known))
        {
            return known;
        }

        PortList list = new()
        {
            Start = Intervals.Count,
            Count = ports.Ranges.Length,
            AllTraffic = ports.IsAllTraffic ? (byte)1 : (byte)0,
        };
        foreach (L4PortRange range in ports.Ranges)
        {
            uint proto = (uint)range.Proto << 16;
            Intervals.Add(new L4PortInterval { First = proto | range.First, Last = proto | range.Last });
        }

        Lists.Add(list);
        _byPorts.Add(ports, Lists.Count - 1);
        return Lists.Count - 1;
    }
}
