using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Numbers for pod UIDs. A UID keeps its number as long as every snapshot has it; a pod that was gone gets a new one,
/// so that nothing remembered of an address outlives its pod (S-b17). Control thread only.
/// </summary>
internal sealed class EndpointIds
{
    private Dictionary<string, uint> _ids = new(StringComparer.Ordinal);
    private uint _last;

    /// <summary>Numbers of a snapshot's endpoints, in their order; none is 0.</summary>
    public uint[] Next(PolicySnapshot snapshot)
    {
        Dictionary<string, uint> next = new(snapshot.Endpoints.Length, StringComparer.Ordinal);
        uint[] ids = new uint[snapshot.Endpoints.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            string uid = snapshot.Endpoints[i].Uid;
            if (!next.TryGetValue(uid, out ids[i]))
            {
                ids[i] = _ids.TryGetValue(uid, out uint known) ? known : ++_last;
                next.Add(uid, ids[i]);
            }
        }

        _ids = next;
        return ids;
    }
}
