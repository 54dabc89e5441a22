using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Which live pods claim which address. An address with several claimants is nobody's.</summary>
internal sealed class AddressClaims(Action<PodEntry> touch)
{
    /// <summary>A pod entry, or a list of at least two of them.</summary>
    private readonly Dictionary<IpAddr, object> _claimants = [];

    private int _contested;

    /// <summary>Addresses that are claimed.</summary>
    public int Count => _claimants.Count;

    /// <summary>Addresses that became contested, ceased to be, or whose claimants changed; the reader clears it.</summary>
    public HashSet<IpAddr> Changed { get; } = [];

    public bool IsContested(IpAddr addr) => _contested > 0 && _claimants.GetValueOrDefault(addr) is List<PodEntry>;

    /// <summary>The claimants of a contested address, else none.</summary>
    public IReadOnlyList<PodEntry> Contesting(IpAddr addr) =>
        _claimants.GetValueOrDefault(addr) as List<PodEntry> ?? (IReadOnlyList<PodEntry>)[];

    public void Add(IpAddr addr, PodEntry pod)
    {
        if (_claimants.TryAdd(addr, pod))
        {
            return;
        }

        if (_claimants[addr] is List<PodEntry> claimants)
        {
            claimants.Add(pod);
        }
        else
        {
            PodEntry first = (PodEntry)_claimants[addr];
            _claimants[addr] = new List<PodEntry> { first, pod };
            _contested++;
            touch(first);
        }

        Changed.Add(addr);
    }

    public void Remove(IpAddr addr, PodEntry pod)
    {
        if (_claimants[addr] is not List<PodEntry> claimants)
        {
            _claimants.Remove(addr);
            return;
        }

        claimants.Remove(pod);
        Changed.Add(addr);
        if (claimants.Count == 1)
        {
            _claimants[addr] = claimants[0];
            _contested--;
            touch(claimants[0]);
        }
    }

    /// <summary>A claimant changed in what concerns its contested addresses.</summary>
    public void NoteChange(Pod pod)
    {
        if (_contested > 0)
        {
            Changed.UnionWith(PodEntry.ClaimsOf(pod).Where(IsContested));
        }
    }
}
