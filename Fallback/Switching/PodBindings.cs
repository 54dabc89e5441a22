namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Which port and MAC address each local pod's addresses belong to: learned from the first packet, and held for as long
/// as the pod is there. One worker's own. Blittable.
/// </summary>
[HotPath]
internal unsafe struct PodBindings
{
    /// <summary>Slots of each of the four blocks of memory; a power of two.</summary>
    public const int Slots = 1 << 12;

    // Half of the slots stay free.
    private const int MaxCount = Slots / 2;

    private PodBinding* _byId;
    private PodBinding* _spareById;
    private MacOwner* _byMac;
    private int _count;
    private uint _ownersVersion;

    /// <param name="bindings">Zeroed; two times <see cref="Slots"/>.</param>
    /// <param name="macs">Zeroed; <see cref="Slots"/>.</param>
    public PodBindings(PodBinding* bindings, MacOwner* macs)
    {
        _byId = bindings;
        _spareById = bindings + Slots;
        _byMac = macs;
    }

    /// <summary>The binding of an endpoint's number, or null.</summary>
    public readonly PodBinding* Find(uint id)
    {
        PodBinding* slot = _byId + SlotOf(_byId, id);
        return slot->Id == id ? slot : null;
    }

    /// <summary>Ports from which a MAC address may be used, or 0 where it is no pod's.</summary>
    public readonly ulong PortsOfMac(ulong mac)
    {
        MacOwner* owner = _byMac + MacSlotOf(mac);
        PodBinding* binding = owner->Mac == mac && owner->Id != 0 ? Find(owner->Id) : null;
        return binding == null ? 0 : binding->Ports;
    }

    /// <summary>Binds an endpoint that has no binding.</summary>
    /// <returns>False: there are too many.</returns>
    public bool Add(uint id, ulong mac, int port)
    {
        if (_count >= MaxCount)
        {
            return false;
        }

        _count++;
        _byId[SlotOf(_byId, id)] = new PodBinding { Id = id, Mac = mac, Ports = 1UL << port };
        NoteMac(mac, id);
        return true;
    }

    /// <summary>Forgets the bindings of pods that are gone, where any is.</summary>
    /// <param name="tables">The snapshot in force.</param>
    public void KeepOnly(Classifier.ClassifierTables* tables)
    {
        if (tables->OwnersVersion == _ownersVersion)
        {
            return;
        }

        _ownersVersion = tables->OwnersVersion;
        PodBinding* old = _byId;
        new Span<PodBinding>(_spareById, Slots).Clear();
        new Span<MacOwner>(_byMac, Slots).Clear();
        _byId = _spareById;
        _spareById = old;
        _count = 0;
        for (int i = 0; i < tables->EndpointCount && _count < MaxCount; i++)
        {
            uint id = tables->Endpoints[i].Id;
            PodBinding* kept = old + SlotOf(old, id);
            if (kept->Id == id && Find(id) == null)
            {
                _byId[SlotOf(_byId, id)] = *kept;
                _count++;
                NoteMac(kept->Mac, id);
            }
        }
    }

    // The numbers are ours and count up: no sender chooses them.
    private static int SlotOf(PodBinding* table, uint id)
    {
        int slot = (int)(unchecked(id * 0x9e3779b1u) >> 20);
        while (table[slot].Id != 0 && table[slot].Id != id)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }

    private readonly void NoteMac(ulong mac, uint id)
    {
        MacOwner* owner = _byMac + MacSlotOf(mac);
        if (owner->Id == 0)
        {
            *owner = new MacOwner { Mac = mac, Id = id };
        }
    }

    // Only pods' addresses stand here, one for each that is bound: a bad choice of them makes this slow, not wrong.
    private readonly int MacSlotOf(ulong mac)
    {
        int slot = (int)(Hashing.Bucket(mac, (ulong)_byMac) & (Slots - 1));
        while (_byMac[slot].Id != 0 && _byMac[slot].Mac != mac)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }
}

/// <summary>Where a local pod is; free where the number is 0.</summary>
internal struct PodBinding
{
    public uint Id;

    public ulong Mac;

    /// <summary>Ports that it was heard at: one, unless spoofing is let pass.</summary>
    public ulong Ports;
}

/// <summary>The pod that a MAC address was first seen of.</summary>
internal struct MacOwner
{
    public ulong Mac;
    public uint Id;
}
