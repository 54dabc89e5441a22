using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>What successive snapshots say of one pod.</summary>
internal sealed class KnownEndpoint
{
    private SharedSet? _ingress;
    private SharedSet? _egress;
    private PeerSet? _exempt;
    private uint _changedIn;
    private ImmutableArray<IpAddr> _addresses = [];

    /// <summary>Never 0.</summary>
    public required uint Id { get; init; }

    /// <summary>Generation of the last snapshot with the pod.</summary>
    public uint SeenIn { get; set; }

    /// <summary>
    /// One snapshot had the UID twice. Its records cannot be told apart from then on, so each counts as changed.
    /// </summary>
    public bool IsAmbiguous { get; set; }

    /// <summary>Whether it had one of some addresses in the last snapshot in which it had any, or there are none.</summary>
    public bool SharesAddress(ImmutableArray<IpAddr> addresses) => addresses.IsEmpty || _addresses.IsEmpty ||
        _addresses.AsSpan().ContainsAny(addresses.AsSpan());

    /// <summary>Notes its addresses; a snapshot that has the UID twice adds them up.</summary>
    public void NoteAddresses(ImmutableArray<IpAddr> addresses, bool adds)
    {
        if (!addresses.IsEmpty)
        {
            _addresses = adds ? _addresses.AddRange(addresses) : addresses;
        }
    }

    /// <summary>Notes what a snapshot says; returns the generation since which it has been the same.</summary>
    public uint Note(SharedSet? ingress, SharedSet? egress, PeerSet exempt, uint generation)
    {
        bool isSame = !IsAmbiguous && ReferenceEquals(ingress, _ingress) && ReferenceEquals(egress, _egress) &&
            exempt.Equals(_exempt);
        if (!isSame)
        {
            _ingress = ingress;
            _egress = egress;
            _exempt = exempt;
            _changedIn = generation;
        }

        return _changedIn;
    }
}
