namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// The root of the native, immutable form of a policy snapshot; all that a worker sees of it. What belongs to one policy
/// set stands in a <see cref="SetTable"/> of its own, which successive snapshots share.
/// </summary>
internal unsafe struct ClassifierTables
{
    /// <summary>No endpoint.</summary>
    public const int None = -1;

    /// <summary>Counts up by one with each snapshot that a publisher publishes; never 0.</summary>
    public uint Generation;

    /// <summary>Slots - 1, a power of two less one; at most half of the slots are used.</summary>
    public uint SlotMask;

    /// <summary>Another one where other pods are there, or one's addresses have all changed.</summary>
    public uint OwnersVersion;

    /// <summary>Generation since which every address is the same endpoint's, or nobody's.</summary>
    public uint AddressesSince;

    /// <summary>Slots - 1 of <see cref="ById"/>, a power of two less one; at most half of the slots are used.</summary>
    public uint IdMask;

    /// <summary>Number of an endpoint → since when its policy stands, open addressing, linear probing.</summary>
    public IdSlot* ById;

    /// <summary>Address → endpoint, open addressing, linear probing.</summary>
    public AddressSlot* Slots;

    public EndpointRecord* Endpoints;

    public int EndpointCount;

    public AddressRange* Exempt;

    /// <summary>Indexes of the endpoints that are ingress-isolated.</summary>
    public int* IngressIsolated;

    public int IngressIsolatedCount;
}

/// <summary>One slot of the address table.</summary>
internal struct AddressSlot
{
    public UInt128 Addr;

    /// <summary>Index of the endpoint plus one; 0 is a free slot.</summary>
    public int EndpointPlusOne;

    /// <summary>4 or 6.</summary>
    public byte IpVersion;
}

/// <summary>One slot of the table by number; free where the number is 0.</summary>
internal struct IdSlot
{
    public uint Id;

    /// <summary>As <see cref="EndpointRecord.ChangedIn"/>; the latest where several endpoints share the number.</summary>
    public uint ChangedIn;
}

/// <summary>A local pod.</summary>
internal unsafe struct EndpointRecord
{
    /// <summary>Number of the pod's UID, never 0; a pod that comes back gets a new one (S-b17).</summary>
    public uint Id;

    /// <summary>
    /// Generation since which sets and exempt peers are these: what was judged since need not be judged again.
    /// </summary>
    public uint ChangedIn;

    /// <summary>Policy set, or null where not isolated.</summary>
    public SetTable* Ingress;

    /// <summary>Policy set, or null where not isolated.</summary>
    public SetTable* Egress;

    public int ExemptStart;

    public int ExemptCount;

    /// <summary>Whether a verdict of an older generation about this endpoint still holds.</summary>
    /// <remarks>By difference, as generations wrap: one from before the last half turn counts as changed.</remarks>
    public readonly bool IsUnchangedSince(uint generation) => unchecked((int)(ChangedIn - generation)) <= 0;
}

/// <summary>Addresses from First to Last, inclusive.</summary>
internal struct AddressRange
{
    public UInt128 First;
    public UInt128 Last;

    /// <summary>4 or 6.</summary>
    public byte IpVersion;
}
