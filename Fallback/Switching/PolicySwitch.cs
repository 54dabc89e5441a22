using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Owns the memory of what <see cref="BurstPipeline"/> works on, besides the engine's: stations, pods' places, floods.
/// </summary>
internal sealed unsafe class PolicySwitch : IDisposable
{
    private readonly NativeBlock<SwitchState> _state = new(1);
    private readonly NativeBlock<MacEntry> _macs;
    private readonly NativeBlock<PodBinding> _bindings = new(2 * PodBindings.Slots);
    private readonly NativeBlock<MacOwner> _owners = new(PodBindings.Slots);
    private readonly NativeBlock<FloodLimit> _limits;
    private readonly NativeBlock<ExpressPacket> _express;

    /// <param name="layout">The ports' roles.</param>
    /// <param name="options">Dimensions.</param>
    /// <param name="seed">Random, so that nobody can aim at a bucket.</param>
    /// <param name="engine">Decides; outlives the switch.</param>
    /// <param name="places">The configured places; what it points to outlives the switch.</param>
    public PolicySwitch(
        in PortLayout layout, FallbackOptions options, ulong seed, EngineState* engine, in PlaceTable places = default)
    {
        _macs = new NativeBlock<MacEntry>(MacTable.EntriesFor(options.MacCapacity));
        _limits = new NativeBlock<FloodLimit>(layout.Count * SwitchState.LimitsPerPort);
        _express = new NativeBlock<ExpressPacket>(Math.Max((int)options.BurstPkts, 1));
        *_state.Pointer = new SwitchState
        {
            Engine = engine,
            Ports = layout,
            Macs = new MacTable(_macs.Pointer, _macs.Length, options.MacAgeSeconds, seed, engine->Counters),
            Bindings = new PodBindings(_bindings.Pointer, _owners.Pointer),
            Places = places,
            FloodLimits = _limits.Pointer,
            Express = _express.Pointer,
            FloodPktsPerSecond = options.FloodPktsPerSecond,
            Guards = options.GuardsSources,
        };
    }

    /// <summary>What the static entry points work on.</summary>
    public SwitchState* State => _state.Pointer;

    /// <summary>Forgets the places of pods that the snapshot in force does not have. At a burst's begin.</summary>
    public void BeginBurst()
    {
        SwitchState* state = _state.Pointer;
        if (state->Engine->Tables != null)
        {
            state->Bindings.KeepOnly(state->Engine->Tables);
        }
    }

    /// <summary>
    /// Notes who is behind the port that a well-formed frame came in at, as if it had come in here. Inside a burst, with
    /// tables.
    /// </summary>
    public void Learn(ClassifierTables* tables, in ParsedPacket packet, int inPort, long nowMs)
    {
        int source = packet.Status == ParseStatus.Ip
            ? Lookup.FindEndpoint(tables, packet.Key.SrcAddr, packet.Key.IpVersion)
            : ClassifierTables.None;
        fixed (ParsedPacket* at = &packet)
        {
            SourceGuard.Check(_state.Pointer, at, source, inPort, nowMs);
        }
    }

    public void Dispose()
    {
        _macs.Dispose();
        _bindings.Dispose();
        _owners.Dispose();
        _limits.Dispose();
        _express.Dispose();
        _state.Dispose();
    }
}
