using Dpdk.Flow;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>A NIC's table in memory: refuses duplicates and what does not fit, and fails when told to.</summary>
internal sealed class FakeFlowTable(int size = int.MaxValue) : IFlowTable, IFakeNic
{
    private const int Eio = 5;
    private const int Enospc = 28;

    private readonly List<(object Handle, FlowSpec Spec)> _rules = [];
    private readonly HashSet<(FlowAttr, string)> _matches = [];

    /// <summary>Decides the fate of the next call: null lets it through.</summary>
    public Func<string, FlowSpec, RejectReason?> Fault { get; set; } = (_, _) => null;

    /// <summary>Called after each change.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Rules in order of creation.</summary>
    public IEnumerable<FlowSpec> Rules => _rules.Select(rule => rule.Spec);

    public int Count => _rules.Count;

    /// <summary>Calls so far, failed ones included.</summary>
    public int Calls { get; private set; }

    public IFlowTable Table => this;

    public bool IsInOrder => true;

    public FlowCreateResult Create(FlowSpec spec)
    {
        Calls++;
        (FlowAttr, string) match = (spec.Attr, TestpmdSyntax.FormatPattern(spec.Pattern));
        RejectReason? reason = Fault("create", spec)
            ?? (_rules.Count >= size ? RejectReason.TableFull : (RejectReason?)null)
            ?? (_matches.Contains(match) ? RejectReason.Duplicate : null);
        if (reason is not null)
        {
            return new FlowCreateResult(null, Rejection(reason.Value));
        }

        object handle = new();
        _rules.Add((handle, spec));
        _matches.Add(match);
        Changed();
        return new FlowCreateResult(handle, null);
    }

    public RuleRejection? Destroy(object handle)
    {
        Calls++;
        int index = _rules.FindIndex(rule => ReferenceEquals(rule.Handle, handle));
        Assert.True(index >= 0, "a rule is destroyed twice");
        FlowSpec spec = _rules[index].Spec;
        if (Fault("destroy", spec) is { } reason)
        {
            return Rejection(reason);
        }

        _rules.RemoveAt(index);
        _matches.Remove((spec.Attr, TestpmdSyntax.FormatPattern(spec.Pattern)));
        Changed();
        return null;
    }

    /// <summary>Loses every rule, as a port does that is stopped.</summary>
    public void Lose()
    {
        _rules.Clear();
        _matches.Clear();
    }

    public FlowCountResult QueryCount(object handle) => new(new FlowCounters(7, 700), null);

    private static RuleRejection Rejection(RejectReason reason) =>
        new(reason, FlowErrorType.Unspecified, -1, reason == RejectReason.TableFull ? Enospc : Eio, "fault");
}
