using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Questions to a snapshot by address. Immutable.</summary>
public sealed class SnapshotQuery
{
    private readonly Dictionary<IpAddr, LocalEndpoint> _byAddress = [];

    public SnapshotQuery(PolicySnapshot snapshot)
    {
        Snapshot = snapshot;
        foreach (LocalEndpoint endpoint in snapshot.Endpoints)
        {
            foreach (IpAddr addr in endpoint.Addresses)
            {
                _byAddress.Add(addr, endpoint);
            }
        }
    }

    public PolicySnapshot Snapshot { get; }

    /// <summary>The local endpoint that owns an address, or null.</summary>
    public LocalEndpoint? Find(IpAddr addr) => _byAddress.GetValueOrDefault(addr);

    /// <summary>
    /// Whether the pair passes whatever the policy: the same address, or an end's own address or node (S-b12, S-b13).
    /// </summary>
    public bool IsExempt(IpAddr src, IpAddr dst) =>
        src == dst || Find(src)?.ExemptPeers.Contains(dst) == true || Find(dst)?.ExemptPeers.Contains(src) == true;

    /// <summary>Whether the first packet of a connection passes both ends, exemptions included.</summary>
    public bool Allows(IpAddr src, IpAddr dst, byte ipProto, ushort dstL4Port)
    {
        if (IsExempt(src, dst))
        {
            return true;
        }

        bool leaves = Find(src)?.Allows(Direction.Egress, dst, ipProto, dstL4Port) ?? true;
        return leaves && (Find(dst)?.Allows(Direction.Ingress, src, ipProto, dstL4Port) ?? true); // S-b3
    }
}
