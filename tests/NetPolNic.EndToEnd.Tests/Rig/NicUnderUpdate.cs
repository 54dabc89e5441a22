using System.Globalization;
using Dpdk.Ethdev;
using Dpdk.Flow;
using Dpdk.Mbuf;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// An emulated NIC that packets come into after each call of its reconciler: what it drops, the policy in force denies. What
/// it does not drop is the fallback's to decide, and right in any case.
/// </summary>
internal sealed unsafe class NicUnderUpdate : IDisposable
{
    private static int s_count;

    private readonly string _name;
    private readonly EthPort _port;
    private readonly RteRing _in;
    private readonly IncrementalPlanner _planner;
    private readonly List<(int Pod, int Peer, ushort L4Port, byte[] Frame)> _packets = [];
    private LargeBlock? _inForce;
    private bool _claims = true;

    /// <param name="profile">The NIC's profile.</param>
    /// <param name="device">Further arguments of the emulated NIC.</param>
    public NicUnderUpdate(string profile, string device)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        _name = string.Create(CultureInfo.InvariantCulture, $"net_emunic_u{Interlocked.Increment(ref s_count)}");
        _port = EmulatedEal.Instance.AttachVdev(_name, $"{nic.ToEmunicArgs()}{device}");
        _port.Configure(new EthPortOptions(), EmulatedEal.Pool);
        FlowTables.TryConfigure(_port);
        _port.Start();
        _in = EmulatedEal.Instance.FindRing($"{_name}_in")!;
        _planner = new IncrementalPlanner(nic, PlanOptions.Default);
        Reconciler = new FlowReconciler(new Watched(FlowTables.Open(_port), Look));
        foreach (int pod in (int[])[0, 1, 2])
        {
            foreach (int peer in LargeBlock.Peers)
            {
                foreach (ushort l4Port in LargeBlock.L4Ports)
                {
                    ProbePacket packet = ProbePacket.First(LargeBlock.PeerOf(peer), LargeBlock.PodOf(pod), 6, l4Port);
                    _packets.Add((pod, peer, l4Port, packet.ToFrame(0x020000000001, 0x020000000002)));
                }
            }
        }
    }

    public FlowReconciler Reconciler { get; }

    /// <summary>The first packet that was dropped and allowed, in words.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Packets that were dropped, and rightly so.</summary>
    public int Drops { get; private set; }

    /// <summary>How often packets came in.</summary>
    public int Looks { get; private set; }

    public string FlowApi => FlowTables.NameOf(_port);

    public int Rules => (int)_port.ReadXstats()["emunic_rules"];

    /// <summary>Puts a policy in force; how many rules its plan has.</summary>
    public int Apply(LargeBlock policy)
    {
        PolicySnapshot snapshot = policy.ToSnapshot();
        PlanUpdate update = _planner.Update(snapshot);
        _inForce ??= policy;
        Claim(Reconciler.Prepare(update));
        _inForce = policy;
        Look();
        Claim(Reconciler.Complete());
        Look();
        return update.RuleCount;
    }

    /// <summary>Tries again until the NIC holds the plan, three times at most.</summary>
    public bool Converges(int rules)
    {
        for (int i = 0; i < 3 && (Rules != rules || Reconciler.Realized.Length != rules); i++)
        {
            Claim(Reconciler.Retry());
            Look();
        }

        return Rules == rules && Reconciler.Realized.Length == rules;
    }

    /// <summary>How many of the packets that the policy denies the NIC drops; it holds the plan.</summary>
    public (int Dropped, int Denied) DropsOf(LargeBlock policy) => (
        _packets.Count(packet => IsDropped(packet.Frame)),
        _packets.Count(packet => !policy.Allows(packet.Pod, packet.Peer, packet.L4Port)));

    public void Dispose()
    {
        Reconciler.Clear();
        _port.Stop();
        _port.Close();
        EmulatedEal.Instance.DetachVdev(_name);
    }

    // A drop that the driver would not destroy and that no punt stands before is reported: nothing is claimed meanwhile.
    private void Claim(ApplyReport report) => _claims = report.Stuck.All(rule => rule.Neutralised);

    private void Look()
    {
        Looks++;
        foreach (var (pod, peer, l4Port, frame) in _claims && Wrong is null ? _packets : [])
        {
            if (!IsDropped(frame))
            {
                continue;
            }

            Drops++;
            if (_inForce!.Allows(pod, peer, l4Port))
            {
                Wrong = $"look {Looks}: pod {pod}, peer {peer}, port {l4Port} is dropped";
                return;
            }
        }
    }

    private bool IsDropped(byte[] frame)
    {
        Mbuf* mbuf = EmulatedEal.Pool.Alloc();
        Assert.True(mbuf != null && mbuf->TryWrite(frame) && _in.Enqueue(mbuf));
        Mbuf* received;
        if (_port.GetBurst(0).Rx(&received, 1) == 0)
        {
            return true;
        }

        Mempool.Free(received);
        return false;
    }

    /// <summary>Lets packets in after each call.</summary>
    private sealed class Watched(IFlowTable table, Action called) : IFlowTable
    {
        public int BatchSize => table.BatchSize;

        public bool NeedsFlush => table.NeedsFlush;

        public FlowCreateResult Create(FlowSpec spec)
        {
            FlowCreateResult result = table.Create(spec);
            called();
            return result;
        }

        public int Create(ReadOnlySpan<FlowSpec> specs, Span<FlowCreateResult> results)
        {
            int tried = table.Create(specs, results);
            called();
            return tried;
        }

        public RuleRejection? Destroy(object handle)
        {
            RuleRejection? rejection = table.Destroy(handle);
            called();
            return rejection;
        }

        public void Destroy(ReadOnlySpan<object> handles, Span<RuleRejection?> rejections)
        {
            table.Destroy(handles, rejections);
            called();
        }

        public FlowCountResult QueryCount(object handle) => table.QueryCount(handle);

        public void Tidy() => table.Tidy();

        public RuleRejection? Flush() => table.Flush();

        public void Forget() => table.Forget();
    }
}
