namespace NetPolNic.Fallback.Classifier;

/// <summary>The native, immutable form of a policy snapshot; all that a worker sees of it.</summary>
internal unsafe struct ClassifierTables
{
    /// <summary>No endpoint, or no policy set.</summary>
    public const int None = -1;

    /// <summary>Counts up by one with each snapshot that a publisher publishes; never 0.</summary>
    public uint Generation;

    /// <summary>Slots - 1, a power of two less one; at most half of the slots are used.</summary>
    public uint SlotMask;

    /// <summary>Address → endpoint, open addressing, linear probing.</summary>
    public AddressSlot* Slots;

    public EndpointRecord* Endpoints;

    public int EndpointCount;

    public AddressRange* Exempt;

    public SetRecord* Sets;

    /// <summary>First address of each interval of every set; a set's part starts at address 0.</summary>
    public uint* V4Starts;

    /// <summary>Index in <see cref="PortLists"/> of each interval, parallel to <see cref="V4Starts"/>.</summary>
    public int* V4Ports;

    public UInt128* V6Starts;

    public int* V6Ports;

    public PortList* PortLists;

    public L4PortInterval* PortIntervals;

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

/// <summary>A local pod.</summary>
internal struct EndpointRecord
{
    /// <summary>Number of the pod's UID, never 0; a pod that comes back gets a new one (S-b17).</summary>
    public uint Id;

    /// <summary>Policy set, or <see cref="ClassifierTables.None"/> where not isolated.</summary>
    public int IngressSet;

    /// <summary>Policy set, or <see cref="ClassifierTables.None"/> where not isolated.</summary>
    public int EgressSet;

    public int ExemptStart;

    public int ExemptCount;
}

/// <summary>Addresses from First to Last, inclusive.</summary>
internal struct AddressRange
{
    public UInt128 First;
    public UInt128 Last;

    /// <summary>4 or 6.</summary>
    public byte IpVersion;
}

/// <summary>Where a policy set's intervals are.</summary>
internal struct SetRecord
{
    public int V4Start;
    public int V4Count;
    public int V6Start;
    public int V6Count;
}

/// <summary>The ports that are open to one interval of addresses.</summary>
internal struct PortList
{
    public int Start;
    public int Count;

    /// <summary>Not 0: every IP protocol (S-b16).</summary>
    public byte AllTraffic;
}

/// <summary>Ports First to Last of one protocol; each is protocol &lt;&lt; 16 | port.</summary>
internal struct L4PortInterval
{
    public uint First;
    public uint Last;
}
