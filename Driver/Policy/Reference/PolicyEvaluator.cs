using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// Decides flows straight from the objects, one policy after the other: slow, and meant to be obviously right. The
/// oracle of the tests and the mouth of <c>explain</c> and <c>matrix</c>. Shares no code with the resolver.
/// </summary>
public sealed class PolicyEvaluator
{
    private readonly ClusterState _state;
    private readonly ILookup<string, Pod> _podsByNode;
    private readonly ILookup<string, NetworkPolicy> _policiesByNamespace;
    private readonly RuleMatching _rules;
    private readonly IsolationMode _mode;

    public PolicyEvaluator(ClusterState state, IsolationMode mode = IsolationMode.Auto)
    {
        _state = state;
        _podsByNode = state.Pods.Where(p => !p.Terminated && p.NodeName is not null).ToLookup(p => p.NodeName!);
        _policiesByNamespace = state.Policies.ToLookup(p => p.Namespace);
        _mode = mode;
        _rules = new RuleMatching(state, mode);
    }

    /// <summary>Decides the first packet of a connection.</summary>
    /// <param name="src">Source address.</param>
    /// <param name="dst">Destination address, after Service translation (SEMANTICS b8).</param>
    /// <param name="ipProto">IP protocol number.</param>
    /// <param name="dstL4Port">Destination port, host order; ignored for protocols without ports.</param>
    /// <param name="nodeName">The node whose pods are local; null makes every pod local.</param>
    public FlowDecision Evaluate(IpAddr src, IpAddr dst, byte ipProto, ushort dstL4Port, string? nodeName = null)
    {
        Flow flow = new(src, dst, ipProto, dstL4Port);
        Pod? from = _rules.OwnerOf(src);
        bool self = src == dst || (from is not null && ReferenceEquals(from, _rules.OwnerOf(dst))); // S-b13
        return new FlowDecision(
            Decide(flow, Direction.Ingress, nodeName),
            Decide(flow, Direction.Egress, nodeName),
            self);
    }

    /// <summary>Whether a local pod owns the address and is isolated in a direction; a contested address is.</summary>
    public bool IsIsolated(IpAddr addr, Direction direction, string? nodeName = null)
    {
        List<Pod> claimants = [.. _rules.ClaimantsOf(addr)];
        if (!claimants.Exists(p => nodeName is null || p.NodeName == nodeName))
        {
            return false;
        }

        return claimants.Count > 1 || Isolating(claimants[0], direction).Count > 0;
    }

    /// <summary>
    /// Whether the flow passes on some destination port; <see cref="FlowDecision.Combined"/> for all of them.
    /// </summary>
    internal bool AllowsSomePort(IpAddr src, IpAddr dst, byte ipProto, string? nodeName) =>
        PortsThatMatter().Any(n => Evaluate(src, dst, ipProto, n, nodeName).Combined == Verdict.Allow);

    /// <summary>One port number of each class that no policy tells apart.</summary>
    private IEnumerable<ushort> PortsThatMatter()
    {
        IEnumerable<int> named = _state.Pods.SelectMany(p => p.Ports).Select(p => (int)p.Number);
        IEnumerable<int> ends = _state.Policies
            .SelectMany(p => p.Ingress.Concat(p.Egress))
            .SelectMany(r => r.Ports ?? [])
            .SelectMany(p => new[] { p.First, p.Last })
            .OfType<ushort>()
            .Select(n => (int)n);
        return named.Concat(ends).SelectMany(n => new[] { n - 1, n, n + 1 }).Append(0).Append(ushort.MaxValue)
            .Where(n => n is >= 0 and <= ushort.MaxValue)
            .Select(n => (ushort)n)
            .Distinct();
    }

    private DirectionDecision Decide(Flow flow, Direction direction, string? nodeName)
    {
        IpAddr here = direction == Direction.Ingress ? flow.Dst : flow.Src;
        IpAddr peer = direction == Direction.Ingress ? flow.Src : flow.Dst;
        List<Pod> claimants = [.. _rules.ClaimantsOf(here)];
        List<Pod> local = [.. claimants.Where(p => nodeName is null || p.NodeName == nodeName)];
        if (claimants.Count == 0)
        {
            List<Pod> host = [.. _state.Pods.Where(p => !p.Terminated && p.HostNetwork && p.Addresses.Contains(here))];
            return Allow(host.Count == 0 ? DecisionReason.NotAPod : DecisionReason.HostNetwork, direction, host);
        }

        if (local.Count == 0)
        {
            return Allow(DecisionReason.NotLocal, direction, claimants);
        }

        if (local.TrueForAll(p => IsOwnNode(p, peer)))
        {
            bool isolated = claimants.Count > 1 || Isolating(claimants[0], direction).Count > 0;
            return Allow(DecisionReason.OwnNode, direction, claimants) with { IsIsolated = isolated };
        }

        return claimants.Count > 1
            ? Allow(DecisionReason.Contested, direction, claimants) with { Verdict = Verdict.Deny, IsIsolated = true }
            : DecideByPolicy(flow, claimants[0], direction);
    }

    private DirectionDecision DecideByPolicy(Flow flow, Pod pod, Direction direction)
    {
        List<RuleOrigin> isolating = Isolating(pod, direction);
        if (isolating.Count == 0)
        {
            return Allow(DecisionReason.NotIsolated, direction, [pod]); // S-b2
        }

        List<RuleOrigin> allowing = [];
        foreach (NetworkPolicy policy in Selecting(pod))
        {
            if (HasRulesFor(policy, direction))
            {
                allowing.AddRange(_rules.Allowing(policy, direction, flow)); // S-b3
            }
        }

        bool allowed = allowing.Count > 0;
        allowing.Sort();
        return new DirectionDecision(
            direction,
            allowed ? Verdict.Allow : Verdict.Deny,
            allowed ? DecisionReason.AllowedByRule : DecisionReason.NoRuleAllows,
            [$"{pod.Namespace}/{pod.Name}"],
            true,
            [.. isolating],
            [.. allowing]);
    }

    private static DirectionDecision Allow(DecisionReason reason, Direction direction, List<Pod> pods) => new(
        direction,
        Verdict.Allow,
        reason,
        [.. pods.Select(p => $"{p.Namespace}/{p.Name}").Order(StringComparer.Ordinal)],
        false,
        [],
        []);

    /// <summary>S-b12: an address of the node that the pod runs on, by any pod there that tells.</summary>
    private bool IsOwnNode(Pod pod, IpAddr peer)
    {
        if (pod.NodeAddresses.Contains(peer))
        {
            return true;
        }

        return pod.NodeName is { } node && _podsByNode[node].Any(other =>
            other.NodeAddresses.Contains(peer) || (other.HostNetwork && other.Addresses.Contains(peer)));
    }

    /// <summary>What isolates a pod in a direction.</summary>
    private List<RuleOrigin> Isolating(Pod pod, Direction direction)
    {
        List<RuleOrigin> found = [];
        if (_mode != IsolationMode.Pod && direction == Direction.Ingress && IsAnnotated(pod.Namespace)) // S-a3
        {
            found.Add(RuleOrigin.OfAnnotation(pod.Namespace));
        }

        foreach (NetworkPolicy policy in Selecting(pod))
        {
            bool isolates = _mode switch
            {
                IsolationMode.Namespace => false,
                IsolationMode.Pod => true,
                _ => policy.Api == PolicyApi.V1,
            };
            if (isolates && HasType(policy, direction))
            {
                found.Add(new RuleOrigin(policy.Uid, policy.Namespace, policy.Name, direction, -1, -1, -1));
            }
        }

        found.Sort();
        return found;
    }

    /// <summary>Whether the rules of a policy count in a direction (S-a2, S-a12, S-b4).</summary>
    private bool HasRulesFor(NetworkPolicy policy, Direction direction)
    {
        bool needsAnnotation = _mode switch
        {
            IsolationMode.Namespace => true,
            IsolationMode.Pod => false,
            _ => policy.Api == PolicyApi.V1Beta1,
        };
        return HasType(policy, direction) &&
            (!needsAnnotation || (direction == Direction.Ingress && IsAnnotated(policy.Namespace)));
    }

    private static bool HasType(NetworkPolicy policy, Direction direction) => policy.Api == PolicyApi.V1Beta1
        ? direction == Direction.Ingress
        : (direction == Direction.Ingress && policy.AppliesToIngress) ||
            (direction == Direction.Egress && policy.AppliesToEgress);

    private IEnumerable<NetworkPolicy> Selecting(Pod pod) =>
        _policiesByNamespace[pod.Namespace].Where(p => RuleMatching.Matches(p.PodSelector, pod.Labels));

    private bool IsAnnotated(string ns) =>
        AnnotationReading.AsksForDefaultDeny(_state.Namespaces.LastOrDefault(n => n.Name == ns)?.IsolationAnnotation);
}
