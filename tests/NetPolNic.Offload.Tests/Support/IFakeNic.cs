using Dpdk.Flow;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>A NIC's rules in memory, and what can go wrong with them.</summary>
internal interface IFakeNic
{
    /// <summary>What a reconciler is given.</summary>
    IFlowTable Table { get; }

    /// <summary>Decides the fate of the next call, by its name and its rule: null lets it through.</summary>
    Func<string, FlowSpec, RejectReason?> Fault { get; set; }

    /// <summary>Called after each change of a single rule.</summary>
    Action Changed { get; set; }

    /// <summary>Rules in order of creation.</summary>
    IEnumerable<FlowSpec> Rules { get; }

    int Count { get; }

    /// <summary>Calls so far, failed ones included.</summary>
    int Calls { get; }

    /// <summary>Rules come in the order in which they are asked for.</summary>
    bool IsInOrder { get; }

    /// <summary>Loses every rule, as a port does that is stopped.</summary>
    void Lose();
}
