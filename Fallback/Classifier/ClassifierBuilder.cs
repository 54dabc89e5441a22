using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Turns policy snapshots into native tables, one after the other: tables of policy sets that the last ones had are
/// shared, the root is written anew. One thread at a time; keeps the numbers of pod UIDs.
/// </summary>
internal sealed unsafe class ClassifierBuilder
{
    private readonly EndpointIds _ids = new();
    private List<(IpAddr Addr, uint Id)> _addresses = [];
    private uint _addressesSince;
    private uint _generation;

    /// <summary>The tables of policy sets in use.</summary>
    public SetTableCache Sets { get; } = new();

    /// <summary>Builds the tables; the caller owns the result.</summary>
    public ClassifierSnapshot Build(PolicySnapshot snapshot)
    {
        // Generation 0 belongs to nothing, also after a wrap.
        _generation = _generation == uint.MaxValue ? 1 : _generation + 1;
        Dictionary<PolicySet, SharedSet> used = [];
        try
        {
            NativeBlock<byte> root = BuildRoot(snapshot, used);
            _ids.ForgetOthers(_generation);
            ((ClassifierTables*)root.Pointer)->OwnersVersion = _ids.Version;
            return new ClassifierSnapshot(snapshot, root, used, Sets);
        }
        catch
        {
            Sets.Release(used);
            throw;
        }
    }

    private NativeBlock<byte> BuildRoot(PolicySnapshot snapshot, Dictionary<PolicySet, SharedSet> used)
    {
        int addresses = 0;
        int exempt = 0;
        int isolated = 0;
        foreach (LocalEndpoint endpoint in snapshot.Endpoints)
        {
            Use(endpoint.Ingress.Set, used);
            Use(endpoint.Egress.Set, used);
            addresses += endpoint.Addresses.Length;
            exempt += endpoint.ExemptPeers.Prefixes.Length;
            isolated += endpoint.Ingress.Set.IsIsolated ? 1 : 0;
        }

        int slots = NativeLayout.PowerOfTwo(Math.Max(addresses * 2, 2));
        NativeLayout layout = default;
        layout.Reserve<ClassifierTables>(1);
        int slotsAt = layout.Reserve<AddressSlot>(slots);
        int endpointsAt = layout.Reserve<EndpointRecord>(snapshot.Endpoints.Length);
        int ids = NativeLayout.PowerOfTwo(Math.Max(snapshot.Endpoints.Length * 2, 2));
        int idsAt = layout.Reserve<IdSlot>(ids);
        int exemptAt = layout.Reserve<AddressRange>(exempt);
        int isolatedAt = layout.Reserve<int>(isolated);

        NativeBlock<byte> root = new(layout.Bytes);
        ClassifierTables* tables = (ClassifierTables*)root.Pointer;
        *tables = new ClassifierTables
        {
            Generation = _generation,
            SlotMask = (uint)slots - 1,
            Slots = (AddressSlot*)(root.Pointer + slotsAt),
            Endpoints = (EndpointRecord*)(root.Pointer + endpointsAt),
            EndpointCount = snapshot.Endpoints.Length,
            IdMask = (uint)ids - 1,
            ById = (IdSlot*)(root.Pointer + idsAt),
            Exempt = (AddressRange*)(root.Pointer + exemptAt),
            IngressIsolated = (int*)(root.Pointer + isolatedAt),
        };
        exempt = 0;
        List<(IpAddr Addr, uint Id)> owned = new(addresses);
        for (int i = 0; i < snapshot.Endpoints.Length; i++)
        {
            LocalEndpoint endpoint = snapshot.Endpoints[i];
            SharedSet? ingress = Find(endpoint.Ingress.Set, used);
            SharedSet? egress = Find(endpoint.Egress.Set, used);
            KnownEndpoint known = _ids.See(endpoint.Uid, endpoint.Addresses, _generation);
            tables->Endpoints[i] = new EndpointRecord
            {
                Id = known.Id,
                ChangedIn = known.Note(ingress, egress, endpoint.ExemptPeers, _generation),
                Ingress = ingress is null ? null : ingress.Table,
                Egress = egress is null ? null : egress.Table,
                ExemptStart = exempt,
                ExemptCount = endpoint.ExemptPeers.Prefixes.Length,
            };
            if (ingress is not null)
            {
                tables->IngressIsolated[tables->IngressIsolatedCount] = i;
                tables->IngressIsolatedCount++;
            }

            foreach (IpPrefix prefix in endpoint.ExemptPeers.Prefixes)
            {
                tables->Exempt[exempt] = new AddressRange
                {
                    First = prefix.Addr.Value,
                    Last = prefix.Last.Value,
                    IpVersion = (byte)prefix.Family,
                };
                exempt++;
            }

            foreach (IpAddr addr in endpoint.Addresses)
            {
                AddAddress(tables, addr, i);
                owned.Add((addr, known.Id));
            }

            AddId(tables, tables->Endpoints[i]);
        }

        if (!owned.SequenceEqual(_addresses))
        {
            _addresses = owned;
            _addressesSince = _generation;
        }

        tables->AddressesSince = _addressesSince;
        return root;
    }

    private void Use(PolicySet set, Dictionary<PolicySet, SharedSet> used)
    {
        if (!set.IsIsolated)
        {
            return;
        }

        SharedSet shared = Sets.Get(set);
        if (shared.LastGeneration != _generation)
        {
            used.Add(set, shared);
            shared.LastGeneration = _generation;
            shared.Users++;
        }
    }

    private static SharedSet? Find(PolicySet set, Dictionary<PolicySet, SharedSet> used) =>
        set.IsIsolated ? used[set] : null;

    private static void AddId(ClassifierTables* tables, in EndpointRecord endpoint)
    {
        uint slot = Lookup.IdHome(endpoint.Id) & tables->IdMask;
        while (tables->ById[slot].Id != 0 && tables->ById[slot].Id != endpoint.Id)
        {
            slot = (slot + 1) & tables->IdMask;
        }

        // The later one by difference, as generations wrap.
        IdSlot* at = tables->ById + slot;
        bool isLater = at->Id == 0 || unchecked((int)(endpoint.ChangedIn - at->ChangedIn)) > 0;
        *at = new IdSlot { Id = endpoint.Id, ChangedIn = isLater ? endpoint.ChangedIn : at->ChangedIn };
    }

    private static void AddAddress(ClassifierTables* tables, IpAddr addr, int endpoint)
    {
        uint slot = unchecked((uint)Hashing.Mix(addr.Value, Lookup.AddressSeed)) & tables->SlotMask;
        while (tables->Slots[slot].EndpointPlusOne != 0)
        {
            slot = (slot + 1) & tables->SlotMask;
        }

        tables->Slots[slot] = new AddressSlot
        {
            Addr = addr.Value,
            EndpointPlusOne = endpoint + 1,
            IpVersion = (byte)addr.Family,
        };
    }
}
