using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Numbers for pod UIDs. A UID keeps its number as long as every snapshot has it; a pod that was gone gets a new one,
/// so that nothing remembered of an address outlives its pod (S-b17). Under the publisher's lock only.
/// </summary>
internal sealed class EndpointIds
{
    private readonly Dictionary<string, KnownEndpoint> _known = new(StringComparer.Ordinal);
    // A connection keeps 24 bits of a number: the same ones come again after so many pods that none is left of the first.
    private const uint LastId = (1 << 24) - 1;

    private uint _last;

    /// <summary>Changes with the set of numbers.</summary>
    public uint Version { get; private set; }

    /// <summary>What is known of a UID, which the snapshot of this generation has.</summary>
    /// <remarks>
    /// A pod all of whose addresses are new is as good as another: its network was made anew, and it is elsewhere.
    /// </remarks>
    public KnownEndpoint See(string uid, ImmutableArray<IpAddr> addresses, uint generation)
    {
        bool isKnown = _known.TryGetValue(uid, out KnownEndpoint? known);
        bool isSecond = isKnown && known!.SeenIn == generation;
        if (isSecond)
        {
            known!.IsAmbiguous = true;
        }
        else if (!isKnown || !known!.SharesAddress(addresses))
        {
            _last = _last == LastId ? 1 : _last + 1;
            known = new KnownEndpoint { Id = _last };
            _known[uid] = known;
            Version = unchecked(Version + 1);
        }

        known!.SeenIn = generation;
        known.NoteAddresses(addresses, isSecond);
        return known;
    }

    /// <summary>Forgets the UIDs that the snapshot of this generation does not have.</summary>
    public void ForgetOthers(uint generation)
    {
        foreach ((string uid, KnownEndpoint known) in _known)
        {
            if (known.SeenIn != generation)
            {
                _known.Remove(uid);
                Version = unchecked(Version + 1);
            }
        }
    }
}
