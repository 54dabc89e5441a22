using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// Walks a case's sequence through a node and through the reference model, and finds the first difference: a verdict
/// (I3), a port, a NIC drop of what some state allows (I1), a NIC pass of what some state denies (I2).
/// </summary>
internal sealed class Walk
{
    private const int InFlightPerMoment = 2;

    private readonly Case _case;
    private readonly NodeRig _rig;
    private readonly ConnectionOracle _oracle;
    private readonly PolicyEvaluator[] _policies;
    private readonly PolicySnapshot[] _snapshots;
    private readonly List<ProbePacket> _sent = [];
    private readonly List<string> _log = [];
    private int _inForce;
    private int _next;

    private Walk(Case of, NodeRig rig)
    {
        _case = of;
        _rig = rig;
        PolicyResolver resolver = new(of.Mode);
        _snapshots = [resolver.Resolve(of.State, of.Node), resolver.Resolve(of.Changed, of.Node)];
        _policies = [new(of.State, of.Mode), new(of.Changed, of.Mode)];
        _oracle = new ConnectionOracle(_policies[0], of.Keep ? EstablishedMode.Keep : EstablishedMode.Cut, of.Node);
    }

    /// <summary>Packets that were sent, and how many of them the NIC decided.</summary>
    public WalkCount Count { get; private set; }

    /// <summary>The sequence up to the first difference, or null.</summary>
    /// <param name="of">The case.</param>
    /// <param name="quirk">Quirk of the emulated NIC, or null.</param>
    /// <param name="started">Called once the first policy is in force; for sabotage.</param>
    /// <param name="changed">Called after each policy change; what it returns is a difference.</param>
    /// <param name="count">Adds up what was sent.</param>
    public static string? FirstDifference(
        Case of,
        string? quirk = null,
        Action<NodeRig>? started = null,
        Func<NodeRig, string?>? changed = null,
        Action<WalkCount>? count = null)
    {
        using NodeRig rig = new(of.Profile, of.Keep, quirk);
        return FirstDifference(of, rig, started, changed, count);
    }

    /// <summary>The same on a rig that the caller has made.</summary>
    public static string? FirstDifference(
        Case of,
        NodeRig rig,
        Action<NodeRig>? started = null,
        Func<NodeRig, string?>? changed = null,
        Action<WalkCount>? count = null)
    {
        Walk walk = new(of, rig);
        string? difference = walk.Run(started, changed);
        count?.Invoke(walk.Count);
        return difference is null ? null : string.Join('\n', walk._log.Append($"*** {difference}"));
    }

    private string? Run(Action<NodeRig>? started, Func<NodeRig, string?>? changed)
    {
        _rig.Start(_snapshots[0]);
        started?.Invoke(_rig);
        string? difference = changed?.Invoke(_rig);
        while (difference is null && _next < _case.Steps.Length)
        {
            Step step = _case.Steps[_next++];
            difference = step.Op == 0 ? Change() ?? changed?.Invoke(_rig) : Send(step);
        }

        return difference;
    }

    /// <summary>
    /// Changes the policy, with the next packets of the sequence sent between the steps of that (I4).
    /// </summary>
    private string? Change()
    {
        string? difference = null;
        int moment = 0;
        _log.Add("policy changes");
        _rig.Node.Apply(_snapshots[_inForce ^ 1], () =>
        {
            if (moment == Moments.FirstOfNewPolicy)
            {
                _inForce ^= 1;
                _oracle.OnPolicyChange(_policies[_inForce]);
                _log.Add("  the fallback has the new policy");
            }

            _log.Add($"  moment {moment++}");
            for (int i = 0; i < InFlightPerMoment && _next < _case.Steps.Length && difference is null; i++)
            {
                Step step = _case.Steps[_next];
                if (step.Op == 0)
                {
                    break;
                }

                _next++;
                difference = Send(step);
            }
        });
        return difference;
    }

    private string? Send(Step step)
    {
        ProbePacket packet = PacketMaker.Make(step, _sent);
        Dressing dressing = Dressings.Of(step.Choice);
        _sent.Add(packet);
        bool expected = _oracle.Decide(packet.ToAbstract()) == Verdict.Allow;
        Outcome outcome = _rig.Send(packet, dressing);
        Count = Count.And(outcome);
        _log.Add($"{packet}{(dressing == Dressing.None ? "" : $" in {dressing}")}: {outcome}");
        string? difference = Compare(packet, dressing, outcome, expected);
        return difference is null ? null : $"{difference}; {Rules(packet)}";
    }

    private string? Compare(ProbePacket packet, Dressing dressing, Outcome outcome, bool expected)
    {
        if (outcome.IsAllowed != expected)
        {
            return $"the model says {(expected ? "allow" : "deny")}";
        }

        if (outcome.NicDropped && !_oracle.DeniedInAnyState(packet.ToAbstract()))
        {
            return "I1: the NIC drops what is not denied in any state";
        }

        if (outcome.NicMarked && !_oracle.AllowedInAnyState(packet.ToAbstract()))
        {
            return "I2: the NIC passes what is not allowed in any state";
        }

        // Stations are known on the untagged network only; a tagged frame is flooded.
        EmulatedPort to = _rig.PortOf(packet.Dst);
        bool tagged = dressing is Dressing.Vlan or Dressing.VlanAndOptions;
        bool wellDelivered = !expected ||
            (tagged ? outcome.DeliveredTo.Contains(to) : outcome.DeliveredTo.SequenceEqual([to]));
        return wellDelivered ? null : $"it left by {string.Join(", ", outcome.DeliveredTo)} instead of {to}";
    }

    private string Rules(ProbePacket packet)
    {
        FlowTableInterpreter interpreter = new([], _rig.Nic);
        IEnumerable<PlannedRule> matching = _rig.Node.ReconcilerOf(_rig.PortOf(packet.Src)).Realized
            .Where(rule => interpreter.Matches(rule.Spec.Pattern, packet.ToHeaders()));
        IEnumerable<string> lines = matching.Select(rule => $"  {rule} for {rule.Pod} {string.Join(", ", rule.Origins)}");
        return $"rules that match it in the NIC:\n{string.Join('\n', lines)}";
    }
}
