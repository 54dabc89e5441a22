using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Finds the largest region of one protocol of one address and direction that is denied in every connection state,
/// and the covers that it needs. Three forms, tried in the order of what they drop:
/// <list type="bullet">
/// <item>by L4 header: ports count, fragments are excluded;</item>
/// <item>by the IP header's protocol: whole peers only, so that fragments, which carry no ports, are denied too;</item>
/// <item>bare SYNs, which are never replies: the only form where the pod may have asked for what arrives.</item>
/// </list>
/// </summary>
internal sealed class ProtoPlanner
{
    private readonly NicCapabilities _nic;
    private readonly FlowLowering _lowering;
    private readonly RuleTemplates _templates;
    private readonly PlanOptions _options;
    private readonly UnitContext _unit;
    private readonly L4Proto _proto;
    private readonly List<RuleView> _new;
    private readonly List<RuleView> _exactReplies;
    private readonly List<RuleView> _replies;
    private readonly FlowMatch _byL4;
    private readonly FlowMatch _byHeader;
    private readonly FlowMatch _bareSyn;
    private readonly bool _nicMatchesSyn;
    private readonly bool _canMatchSyn;
    private readonly bool _synAbove;

    internal ProtoPlanner(
        NicCapabilities nic,
        FlowLowering lowering,
        RuleTemplates templates,
        PlanOptions options,
        UnitContext unit,
        L4Proto proto)
    {
        _nic = nic;
        _lowering = lowering;
        _templates = templates;
        _options = options;
        _unit = unit;
        _proto = proto;
        IpFamily family = unit.Own.Family;
        _new = RuleView.Of(unit.New, proto, family, unit.Symbols, unit.Form.IgnoresExceptions);
        _exactReplies = RuleView.Of(unit.Reverse, proto, family, unit.Symbols, unit.Form.IgnoresExceptions);
        _replies = unit.Form.WidensReplies ? _exactReplies.ConvertAll(Widened) : _exactReplies;
        IpPrefix any = IpPrefix.Everything(family);
        IpPrefix own = IpPrefix.Host(unit.Own);
        FlowMatch region = unit.Direction == Direction.Ingress
            ? new FlowMatch(family, any, own)
            : new FlowMatch(family, own, any);
        _byHeader = region with { Proto = (byte)proto, ProtoBy = ProtoBy.Header };
        _byL4 = region with { Proto = (byte)proto, ProtoBy = ProtoBy.L4, NotFragment = true };
        _bareSyn = _byL4 with { TcpFlagsSpec = FlowMatch.BareSyn, TcpFlagsMask = FlowMatch.SynMask };
        _nicMatchesSyn = lowering.Lower(_bareSyn with { Proto = (byte)L4Proto.Tcp }).IsExact;
        _canMatchSyn = proto == L4Proto.Tcp && _nicMatchesSyn;
        _synAbove = _nicMatchesSyn && templates.HasReplies;
    }

    /// <summary>
    /// The drop, or null. <paramref name="failure"/> says why not all that policy denies is dropped; null where it
    /// is, or where policy denies nothing.
    /// </summary>
    internal DropPlan? Plan(out PlanFailure? failure)
    {
        failure = null;
        if (_options.KeepEstablished)
        {
            failure = new PlanFailure(
                PuntReason.NeedsConnectionState, null, "connections outlive a policy change (S-b15, keep)");
        }
        else if (!_unit.Reverse.Set.IsIsolated)
        {
            failure = new PlanFailure(
                PuntReason.NeedsConnectionState,
                null,
                "the pod may have asked for it: its other direction is open (S-b14)");
        }
        else if (TryWhole(out failure) is { } whole)
        {
            if (_proto == L4Proto.Tcp ? _unit.Form.Tcp == UnitForm.OfTcp.Everything : _unit.Form.Others)
            {
                return whole;
            }

            failure = PlanFailure.TooManyRules(_nic);
        }

        if (_proto != L4Proto.Tcp || failure is null || _unit.Form.Tcp == UnitForm.OfTcp.Nothing)
        {
            return null;
        }

        DropPlan? syn = Try(_bareSyn, CoversByL4(withReplies: false), out PlanFailure? synFailure);
        if (syn is null && synFailure is not null && failure.Reason == PuntReason.NeedsConnectionState)
        {
            failure = synFailure;
        }

        return syn;
    }

    /// <summary>
    /// For a NIC that cannot punt part of what it drops: single pairs of local addresses that need no cover, because
    /// policy denies the whole protocol between them in both roles.
    /// </summary>
    internal IEnumerable<FlowMatch> PlanPairs()
    {
        if (_options.KeepEstablished || !_unit.Reverse.Set.IsIsolated || _templates.Drop is null)
        {
            return [];
        }

        return _unit.LocalPeers
            .Where(peer => !_new.Concat(_exactReplies).Any(rule => rule.Peers.Any(prefix => prefix.Contains(peer))))
            .SelectMany(peer => ((FlowMatch[])[Pair(_byHeader, peer), Pair(_byL4, peer)])
                .Where(region => _lowering.Lower(region).IsExact).Take(1));
    }

    // Whatever port anybody sends from would be all there is to drop.
    private RuleView Widened(RuleView exact)
    {
        IReadOnlyList<IpPrefix> blocks = PeerBlocks.Around(exact.Peers, _unit.Form.MostReplyPeers);
        return exact.IsEveryPort && blocks.Any(block => block.Length == 0) ? exact : exact with { Peers = blocks };
    }

    private FlowMatch Pair(FlowMatch region, IpAddr peer) => _unit.Direction == Direction.Ingress
        ? region with { Src = IpPrefix.Host(peer) }
        : region with { Dst = IpPrefix.Host(peer) };

    private DropPlan? TryWhole(out PlanFailure? failure)
    {
        bool headerFirst = HeaderIsAsGood();
        DropPlan? plan = headerFirst ? TryByHeader(out failure) : TryByL4(out failure);
        if (plan is not null || failure is null)
        {
            return plan;
        }

        return headerFirst ? TryByL4(out _) : TryByHeader(out _);
    }

    private DropPlan? TryByL4(out PlanFailure? failure)
    {
        if (L4Fields.ItemOf((byte)_proto) is { } item && !_nic.Has(item))
        {
            failure = PlanFailure.OfField(L4Fields.Of((byte)_proto, source: false), _nic) with
            {
                Reason = PuntReason.ProtocolUnsupported,
            };
            return null;
        }

        return Try(_byL4, CoversByL4(withReplies: true), out failure);
    }

    private DropPlan? TryByHeader(out PlanFailure? failure) => Try(_byHeader, CoversByHeader(), out failure);

    // Where whole peers are covered anyway the protocol byte is enough, and drops fragments as well.
    private bool HeaderIsAsGood() =>
        _lowering.Lower(_byHeader).IsExact &&
        _new.TrueForAll(rule => rule.IsEveryPort) &&
        (_canMatchSyn ? _replies.Count == 0 : _replies.TrueForAll(rule => rule.IsEveryPort));

    private DropPlan? Try(FlowMatch region, CoverSet covers, out PlanFailure? failure)
    {
        LoweringResult lowered = _lowering.Lower(region);
        bool swallowed = lowered.IsExact && (covers.Swallows(region) ||
            (region.TcpFlagsMask == 0 && covers.Swallows(region with { ExceptBareSyn = true })));
        failure = !lowered.IsExact ? PlanFailure.OfField(lowered.Missing!.Value, _nic)
            : _templates.Drop is null ? new PlanFailure(
                PuntReason.ActionUnsupported, null, $"{_nic.Name}: action drop is {NicCapabilities.NotListed}")
            : swallowed ? Swallowed(covers, region)
            : covers.Matches.Count > 0 && _templates.Cover is null ? CoverImpossible()
            : null;
        return failure is null && !swallowed ? new DropPlan(region, covers) : null;
    }

    // Null where policy itself allows all of it.
    private PlanFailure? Swallowed(CoverSet covers, FlowMatch region)
    {
        CoverSet exact = NewCovers();
        bool allowed = exact.Widened.Count == 0 && exact.Swallows(region);
        return allowed ? null
            : covers.Widened.Count > 0 ? PlanFailure.OfField(covers.Widened.Min, _nic)
            : region.ProtoBy == ProtoBy.Header ? PlanFailure.OfField(
                _unit.Own.Family == IpFamily.V4 ? MatchField.Ipv4Frag : MatchField.Ipv6HasFrag, _nic)
            : new PlanFailure(
                PuntReason.NeedsConnectionState,
                null,
                "the pod may have asked for it: it may connect to any peer (S-b14)");
    }

    private PlanFailure CoverImpossible()
    {
        bool tooFew = _nic.Priorities.Value < RuleClasses.ForCovers;
        return tooFew
            ? new PlanFailure(
                PuntReason.PrioritiesUnsupported,
                null,
                $"{_nic.Name}: {_nic.Priorities.Value} priority, {_nic.Priorities.Source}")
            : new PlanFailure(
                PuntReason.ActionUnsupported,
                null,
                $"{_nic.Name}: actions queue and rss are {NicCapabilities.NotListed}");
    }

    private CoverSet CoversByL4(bool withReplies)
    {
        CoverSet covers = NewCovers();
        foreach (RuleView rule in withReplies ? _replies : [])
        {
            // One cover for every protocol of the peer, unless it would keep bare SYNs from being dropped.
            if (rule.AllTraffic && (_synAbove || !_nicMatchesSyn))
            {
                AddPeers(covers, rule, exceptBareSyn: _synAbove);
            }
            else
            {
                covers.AddReplies(
                    rule, _proto, !_canMatchSyn ? BareSyns.Covered : _synAbove ? BareSyns.Above : BareSyns.ByFlags);
            }
        }

        return covers;
    }

    private CoverSet NewCovers()
    {
        CoverSet covers = ExemptCovers();
        foreach (RuleView rule in _new)
        {
            if (rule.AllTraffic)
            {
                AddPeers(covers, rule, exceptBareSyn: false);
            }
            else
            {
                covers.AddNew(rule, _proto);
            }
        }

        return covers;
    }

    private static void AddPeers(CoverSet covers, RuleView rule, bool exceptBareSyn)
    {
        foreach (IpPrefix peer in rule.Peers)
        {
            if (exceptBareSyn)
            {
                covers.AddPeerReplies(peer, rule.Origins);
            }
            else
            {
                covers.AddPeer(peer, rule.Origins);
            }
        }
    }

    private CoverSet CoversByHeader()
    {
        CoverSet covers = ExemptCovers();
        AddByHeader(covers, _new, exceptBareSyn: false);
        AddByHeader(covers, _replies, exceptBareSyn: _synAbove && _proto != L4Proto.Tcp);
        return covers;
    }

    private void AddByHeader(CoverSet covers, List<RuleView> rules, bool exceptBareSyn)
    {
        foreach (RuleView rule in rules)
        {
            if (rule.AllTraffic)
            {
                AddPeers(covers, rule, exceptBareSyn);
                continue;
            }

            foreach (IpPrefix peer in rule.Peers)
            {
                covers.AddProtocol(peer, _proto, rule.Origins);
            }
        }
    }

    private CoverSet ExemptCovers()
    {
        CoverSet covers = new(_lowering, _options.MaxExpansion, _unit.Own, _unit.Direction);
        foreach (IpPrefix peer in _unit.Exempt)
        {
            // The node is every local pod's: one cover for all of them.
            if (_unit.IsNode(peer))
            {
                covers.AddPeerOfAll(peer);
            }
            else
            {
                covers.AddPeer(peer, []);
            }
        }

        return covers;
    }
}
