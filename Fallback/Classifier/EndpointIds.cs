namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Numbers for pod UIDs. A UID keeps its number as long as every snapshot has it; a pod that was gone gets a new one,
/// so that nothing remembered of an address outlives its pod (S-b17). Under the publisher's lock only.
/// </summary>
internal sealed class EndpointIds
{
    private readonly Dictionary<string, KnownEndpoint> _known = new(StringComparer.Ordinal);
    private uint _last;

    /// <summary>What is known of a UID, which the snapshot of this generation has.</summary>
    public KnownEndpoint See(string uid, uint generation)
    {
        if (!_known.TryGetValue(uid, out KnownEndpoint? known))
        {
            known = new KnownEndpoint { Id = ++_last };
            _known.Add(uid, known);
        }
        else if (known.SeenIn == generation)
        {
            known.IsAmbiguous = true;
        }

        known.SeenIn = generation;
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
            }
        }
    }
}
