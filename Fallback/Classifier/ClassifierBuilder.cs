using System.Numerics;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>Turns a policy snapshot into native tables. Control thread only; keeps the numbers of pod UIDs.</summary>
internal sealed unsafe class ClassifierBuilder
{
    private readonly EndpointIds _ids = new();
    private uint _generation;

    /// <summary>Builds the tables; the caller owns the result.</summary>
    public ClassifierSnapshot Build(PolicySnapshot snapshot)
    {
        uint[] ids = _ids.Next(snapshot);
        Draft draft = new();
        for (int i = 0; i < ids.Length; i++)
        {
            draft.Add(snapshot.Endpoints[i], ids[i]);
        }

        return draft.ToSnapshot(++_generation);
    }

    /// <summary>The tables while they grow.</summary>
    private sealed class Draft
    {
        private readonly List<EndpointRecord> _endpoints = [];
        private readonly List<(IpAddr Addr, int Endpoint)> _addresses = [];
        private readonly List<AddressRange> _exempt = [];
        private readonly List<SetRecord> _sets = [];
        private readonly List<uint> _v4Starts = [];
        private readonly List<int> _v4Ports = [];
        private readonly List<UInt128> _v6Starts = [];
        private readonly List<int> _v6Ports = [];
        private readonly List<int> _isolated = [];
        private readonly PortListPool _ports = new();
        private readonly Dictionary<PolicySet, int> _bySet = [];
        private readonly List<IDisposable> _blocks = [];
        private long _memoryBytes;

        public void Add(LocalEndpoint endpoint, uint id)
        {
            int index = _endpoints.Count;
            EndpointRecord record = new()
            {
                Id = id,
                IngressSet = Add(endpoint.Ingress.Set),
                EgressSet = Add(endpoint.Egress.Set),
                ExemptStart = _exempt.Count,
                ExemptCount = endpoint.ExemptPeers.Prefixes.Length,
            };
            foreach (IpPrefix prefix in endpoint.ExemptPeers.Prefixes)
            {
                _exempt.Add(new AddressRange
                {
                    First = prefix.Addr.Value,
                    Last = prefix.Last.Value,
                    IpVersion = (byte)prefix.Family,
                });
            }

            foreach (IpAddr addr in endpoint.Addresses)
            {
                _addresses.Add((addr, index));
            }

            if (record.IngressSet != ClassifierTables.None)
            {
                _isolated.Add(index);
            }

            _endpoints.Add(record);
        }

        public ClassifierSnapshot ToSnapshot(uint generation)
        {
            uint slots = BitOperations.RoundUpToPowerOf2((uint)Math.Max(_addresses.Count * 2, 2));
            ClassifierTables tables = new()
            {
                Generation = generation,
                SlotMask = slots - 1,
                Slots = Keep(FillSlots((int)slots)),
                Endpoints = Keep(NativeBlock<EndpointRecord>.CopyOf(_endpoints)),
                EndpointCount = _endpoints.Count,
                Exempt = Keep(NativeBlock<AddressRange>.CopyOf(_exempt)),
                Sets = Keep(NativeBlock<SetRecord>.CopyOf(_sets)),
                V4Starts = Keep(NativeBlock<uint>.CopyOf(_v4Starts)),
                V4Ports = Keep(NativeBlock<int>.CopyOf(_v4Ports)),
                V6Starts = Keep(NativeBlock<UInt128>.CopyOf(_v6Starts)),
                V6Ports = Keep(NativeBlock<int>.CopyOf(_v6Ports)),
                PortLists = Keep(NativeBlock<PortList>.CopyOf(_ports.Lists)),
                PortIntervals = Keep(NativeBlock<L4PortInterval>.CopyOf(_ports.Intervals)),
                IngressIsolated = Keep(NativeBlock<int>.CopyOf(_isolated)),
                IngressIsolatedCount = _isolated.Count,
            };
            return new ClassifierSnapshot(tables, _blocks, _memoryBytes);
        }

        private int Add(PolicySet set)
        {
            if (!set.IsIsolated)
            {
                return ClassifierTables.None;
            }

            if (_bySet.TryGetValue(set, out int known))
            {
                return known;
            }

            SetRecord record = new() { V4Start = _v4Starts.Count, V6Start = _v6Starts.Count };
            foreach (IntervalSweep.Stretch stretch in IntervalSweep.Cut(set.Rules, IpFamily.V4))
            {
                _v4Starts.Add((uint)stretch.Start);
                _v4Ports.Add(_ports.Union(set.Rules, stretch.Rules));
            }

            foreach (IntervalSweep.Stretch stretch in IntervalSweep.Cut(set.Rules, IpFamily.V6))
            {
                _v6Starts.Add(stretch.Start);
                _v6Ports.Add(_ports.Union(set.Rules, stretch.Rules));
            }

            record.V4Count = _v4Starts.Count - record.V4Start;
            record.V6Count = _v6Starts.Count - record.V6Start;
            _sets.Add(record);
            _bySet.Add(set, _sets.Count - 1);
            return _sets.Count - 1;
        }

        private NativeBlock<AddressSlot> FillSlots(int count)
        {
            NativeBlock<AddressSlot> slots = new(count);
            uint mask = (uint)count - 1;
            foreach ((IpAddr addr, int endpoint) in _addresses)
            {
                uint slot = unchecked((uint)Hashing.Mix(addr.Value, Lookup.AddressSeed)) & mask;
                while (slots.Pointer[slot].EndpointPlusOne != 0)
                {
                    slot = (slot + 1) & mask;
                }

                slots.Pointer[slot] = new AddressSlot
                {
                    Addr = addr.Value,
                    EndpointPlusOne = endpoint + 1,
                    IpVersion = (byte)addr.Family,
                };
            }

            return slots;
        }

        private T* Keep<T>(NativeBlock<T> block)
            where T : unmanaged
        {
            _blocks.Add(block);
            _memoryBytes += block.MemoryBytes;
            return block.Pointer;
        }
    }
}
