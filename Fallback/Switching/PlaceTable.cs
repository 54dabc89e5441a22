namespace NetPolNic.Fallback.Switching;

/// <summary>
/// The configured places of pods' addresses, in native memory. Small and read once per pod, so a list. Blittable.
/// </summary>
internal unsafe struct PlaceTable
{
    public PlaceEntry* Entries;

    public int Count;

    /// <summary>Ports that have a list, and so accept nothing else.</summary>
    public ulong ListedPorts;

    /// <summary>Entries of the ports' lists, for a block that the caller owns.</summary>
    public static List<PlaceEntry> EntriesOf(IReadOnlyList<SwitchPort> ports)
    {
        List<PlaceEntry> entries = [];
        for (int port = 0; port < ports.Count; port++)
        {
            foreach (PodPlace place in ports[port].Pods)
            {
                entries.Add(new PlaceEntry
                {
                    Addr = place.Addr.Value,
                    Mac = place.Mac,
                    Port = port,
                    IpVersion = (byte)place.Addr.Family,
                });
            }
        }

        return entries;
    }

    /// <summary>Whether an address may be behind a port, with a MAC address, as far as is configured.</summary>
    public readonly bool Admits(UInt128 addr, byte ipVersion, ulong mac, int port)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Entries[i].Addr == addr && Entries[i].IpVersion == ipVersion)
            {
                return Entries[i].Port == port && (Entries[i].Mac == 0 || Entries[i].Mac == mac);
            }
        }

        return (ListedPorts >> port & 1) == 0;
    }
}

/// <summary>One configured address.</summary>
internal struct PlaceEntry
{
    public UInt128 Addr;
    public ulong Mac;
    public int Port;

    /// <summary>4 or 6.</summary>
    public byte IpVersion;
}
